"""The business: plain Python, no I/O, time is passed in."""
