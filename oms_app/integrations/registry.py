"""Every kind of channel there is: one line each."""

from collections.abc import Mapping

from oms_app.integrations.channels import amazon, csv_files, shopify, vendure, wix, woocommerce
from oms_app.integrations.ports import Adapter

_ALL: tuple[Adapter, ...] = (
    amazon.ADAPTER,
    csv_files.ADAPTER,
    shopify.ADAPTER,
    vendure.ADAPTER,
    wix.ADAPTER,
    woocommerce.ADAPTER,
)

ADAPTERS: Mapping[str, Adapter] = {each.kind.name: each for each in _ALL}
