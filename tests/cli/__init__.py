"""The `oms` command."""
