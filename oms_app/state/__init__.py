"""What a browser sees: Reflex states whose handlers call one service."""
