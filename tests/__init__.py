"""The tests of the shop; `make test` runs them all."""
