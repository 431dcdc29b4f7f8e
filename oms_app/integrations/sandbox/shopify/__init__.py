"""A Shopify store on this machine: its Admin GraphQL, cost points, tokens, exports and signed webhooks."""

from oms_app.integrations.sandbox.shopify.store import ShopifySandbox

__all__ = ["ShopifySandbox"]
