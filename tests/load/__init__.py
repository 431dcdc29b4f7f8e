"""Load, measured over the raw socket: programs to run by hand, each says what it found and what was promised."""
