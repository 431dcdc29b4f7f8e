"""One folder per sales channel."""
