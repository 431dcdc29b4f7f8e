"""Every sandbox there is, by the kind of channel it stands in for: one line each."""

from collections.abc import Callable, Mapping

from oms_app.integrations.sandbox.amazon import AmazonSandbox
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.shop import Shop
from oms_app.integrations.sandbox.shopify import ShopifySandbox
from oms_app.integrations.sandbox.vendor import Sandbox
from oms_app.integrations.sandbox.wix import WixSandbox
from oms_app.integrations.sandbox.woocommerce import WooCommerceSandbox

SANDBOXES: Mapping[str, Callable[[Shop, Faults], Sandbox]] = {
    "amazon": AmazonSandbox,
    "shopify": ShopifySandbox,
    "wix": WixSandbox,
    "woocommerce": WooCommerceSandbox,
}
