"""One module per slice: its reads and its race-safe writes."""
