"""Reads orders whole: Wix keeps an order, its parcels and its payments apart, here they are one."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from oms_app.domain.channels import Page, Position, Raw
from oms_app.domain.errors import NotFound, Rejected
from oms_app.integrations.channels.wix.client import Client

_AT_ONCE = 100
_UPDATED = "updatedDate"
_NOTHING_LEFT = "NOT_FULFILLED"
"""Of such an order no parcels are asked for: Wix takes 200 calls a minute."""


def page(client: Client, position: Position) -> Page:
    """Orders changed since then, oldest change first."""
    search: dict[str, Any] = {"cursorPaging": {"limit": _AT_ONCE}}
    if position.page:
        search["cursorPaging"]["cursor"] = position.page
    else:
        search |= {
            "filter": {_UPDATED: {"$gte": instant(position.since)}},
            "sort": [{"fieldName": _UPDATED, "order": "ASC"}],
        }
    said = client.post("/ecom/v1/orders/search", search=search)
    following = after(said.get("metadata"))
    if following and following == position.page:
        raise Rejected("Wix answers the same page of orders again and again.")
    return Page(tuple(_whole(client, said.get("orders") or [])), following)


def one(client: Client, external_id: str) -> Raw:
    """An order as it is now. Raises NotFound."""
    (raw,) = _whole(client, [standing(client, external_id)])
    return raw


def standing(client: Client, external_id: str) -> dict[str, Any]:
    """The order without its parcels and payments. Raises NotFound."""
    try:
        order: dict[str, Any] = client.get("/ecom/v1/orders/{id}", id=external_id)["order"]
    except Rejected as refusal:
        if refusal.details.get("status") == 404:
            raise NotFound(f"Wix has no order {external_id}.") from refusal
        raise
    return order


def parcels(client: Client, external_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """What left, by order."""
    said = client.post("/ecom/v1/fulfillments/list-by-ids", orderIds=list(external_ids))
    return {each["orderId"]: each.get("fulfillments") or [] for each in said.get("ordersWithFulfillments") or []}


def transactions(client: Client, external_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Money that came and went, by order."""
    said = client.post("/ecom/v1/payments/list-by-ids", orderIds=list(external_ids))
    return {each["orderId"]: each for each in said.get("orderTransactions") or []}


def after(metadata: dict[str, Any] | None) -> str:
    """The cursor of the page that follows; empty: there is none."""
    metadata = metadata or {}
    return "" if metadata.get("hasNext") is False else (metadata.get("cursors") or {}).get("next") or ""


def instant(moment: datetime) -> str:
    """A moment as Wix writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _whole(client: Client, orders: Sequence[dict[str, Any]]) -> list[Raw]:
    ids = [each["id"] for each in orders]
    if not ids:
        return []
    sent = [each["id"] for each in orders if each.get("fulfillmentStatus") != _NOTHING_LEFT]
    left = parcels(client, sent) if sent else {}
    money = transactions(client, ids)
    return [
        Raw(
            "order",
            order["id"],
            datetime.fromisoformat(order[_UPDATED]),
            json.dumps(
                {
                    "order": order,
                    "fulfillments": left.get(order["id"], []),
                    "transactions": money.get(order["id"], {}),
                },
                ensure_ascii=False,
            ),
        )
        for order in orders
    ]
