"""Machines come in: REST, webhooks, health, metrics."""
