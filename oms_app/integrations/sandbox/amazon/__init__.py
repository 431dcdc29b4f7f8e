"""A sandbox that speaks Amazon's Selling Partner API: tokens, limits, orders, listings and settlement reports."""

from oms_app.integrations.sandbox.amazon.account import AmazonSandbox

__all__ = ["AmazonSandbox"]
