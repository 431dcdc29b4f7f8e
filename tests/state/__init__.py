"""States and what they send, without a browser."""
