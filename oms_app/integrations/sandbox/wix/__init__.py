"""A Wix site on this machine: its REST API with both catalogues, tokens, a search that lags, and signed webhooks."""

from oms_app.integrations.sandbox.wix.site import WixSandbox

__all__ = ["WixSandbox"]
