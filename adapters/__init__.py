"""How agencies are reached: one module or package for each channel. `README.md` says how to write another."""
