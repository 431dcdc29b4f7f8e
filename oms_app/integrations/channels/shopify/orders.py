"""Reads orders whole: pages that fit what one call may cost, and what does not fit into a page fetched after it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oms_app.domain.channels import Page, Position, Raw
from oms_app.domain.errors import NotFound, Rejected
from oms_app.integrations.channels.shopify.client import Client, TooCostly
from oms_app.integrations.channels.shopify.read import gid, moment, number

_SIZES: Mapping[str, Mapping[str, int]] = {
    "orders": {"first": 25, "lines": 10},
    "order": {"lines": 20},
    "orders_by_id": {"lines": 10},
}
_fits: dict[str, dict[str, dict[str, int]]] = {}
"""Sizes by store: they shrink as the store says that a call costs too much, and stay so for this process."""


class Orders:
    """Orders of one store."""

    def __init__(self, client: Client):
        self._client = client
        self._sizes = _fits.setdefault(client.address, {name: dict(sizes) for name, sizes in _SIZES.items()})

    def page(self, position: Position) -> Page:
        """Orders changed since then, oldest change first."""
        found = self.sized("orders", {"query": since(position.since), "after": position.page or None})["orders"]
        following = found["pageInfo"]["endCursor"] if found["pageInfo"]["hasNextPage"] else ""
        if following and following == position.page:
            raise Rejected("Shopify answers the same page of orders again and again.")
        return Page(tuple(self.raw(each) for each in found["nodes"]), following)

    def one(self, external_id: str) -> Raw:
        """An order as it is now. Raises NotFound."""
        order = self.sized("order", {"id": gid("Order", external_id)})["order"]
        if order is None:
            raise NotFound(f"Shopify has no order {external_id}.")
        return self.raw(order)

    def several(self, ids: list[str]) -> list[Raw]:
        """Orders by global id, fewer at once where they cost too much; those that are gone are left out."""
        if len(ids) == 1:
            return [self.raw(each) for each in self.sized("orders_by_id", {"ids": ids})["nodes"] if each]
        try:
            found = self._client.call("orders_by_id", {"ids": ids, **self._sizes["orders_by_id"]})["nodes"]
        except TooCostly:
            half = len(ids) // 2
            return [*self.several(ids[:half]), *self.several(ids[half:])]
        return [self.raw(each) for each in found if each]

    def sized(self, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of a call made smaller until the store does not find it too costly."""
        sizes = self._sizes[name]
        while True:
            try:
                return self._client.call(name, {**variables, **sizes})
            except TooCostly:
                largest = max(sizes, key=lambda each: sizes[each])
                if sizes[largest] == 1:
                    raise
                sizes[largest] = max(sizes[largest] // 2, 1)

    def raw(self, order: dict[str, Any]) -> Raw:
        """The order with everything of it, as it is stored."""
        self._client.complete(order["id"], order["lineItems"], "lineItems")
        for refund in order["refunds"]:
            self._client.complete(refund["id"], refund["refundLineItems"], "refundLineItems")
        for parcel in order["fulfillments"]:
            self._client.complete(parcel["id"], parcel["fulfillmentLineItems"], "fulfillmentLineItems")
        if order["returnStatus"] != "NO_RETURN":
            said = self._client.call("returns", {"id": order["id"], "first": 5, "lines": 10})
            order["returns"] = (said["order"] or {}).get("returns") or {"nodes": []}
        return as_raw(order)


def as_raw(order: Mapping[str, Any]) -> Raw:
    """An order as it is stored."""
    return Raw("order", number(order["id"]), moment(order["updatedAt"]), json.dumps(order, ensure_ascii=False))


def since(then: datetime) -> str:
    """The search for orders changed at that moment or later; Shopify counts in whole seconds."""
    return f"updated_at:>='{then:%Y-%m-%dT%H:%M:%SZ}'"
