"""A WooCommerce shop on this machine: its REST API v3 and signed webhooks."""

from oms_app.integrations.sandbox.woocommerce.store import WooCommerceSandbox

__all__ = ["WooCommerceSandbox"]
