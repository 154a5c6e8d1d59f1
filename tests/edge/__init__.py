"""The edge: two hundred and seventeen ways of asking wrongly, and what a running hub makes of each."""
