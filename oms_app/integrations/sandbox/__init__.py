"""Servers on this machine that speak other companies' protocols, with a shop behind them."""
