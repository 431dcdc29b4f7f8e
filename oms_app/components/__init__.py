"""Reusable pieces of screen: given values and events, they know no state."""
