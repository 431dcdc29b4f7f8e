"""Storage; decides nothing."""
