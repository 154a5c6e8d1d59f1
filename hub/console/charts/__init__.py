"""Pictures: figures to places on a sheet. Pure geometry, in the units of each picture's viewBox; templates draw it."""
