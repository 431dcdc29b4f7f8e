"""One module per slice: its tables."""
