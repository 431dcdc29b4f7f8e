"""Reads orders of a WooCommerce shop whole: pages that nothing slips through, and refunds with their lines."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from oms_app.domain.channels import Page, Position, Raw
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.woocommerce.client import AT_ONCE, Client
from oms_app.integrations.channels.woocommerce.read import REFUNDS, moment

_EXACT = 6
"""Decimals asked for: as many as WooCommerce keeps. With the shop's own two, a price loses what its tax left over."""
_MOST_LEFT_OUT = 500
"""Ids that fit into an address; orders of one second beyond them are paged by number."""


def page(client: Client, position: Position) -> Page:
    """Orders changed since then, oldest change first.

    A page begins with the second that the last one ended in, less what it gave of that second: an order that changes
    meanwhile goes to the end, and pushes none of the others from a page to come onto one that was read.
    """
    since, given, number = _walk(position)
    query: dict[str, Any] = {
        "modified_after": f"{since - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}",
        "dates_are_gmt": "true",
        "orderby": "modified",
        "order": "asc",
        "per_page": AT_ONCE,
        "dp": _EXACT,
    }
    if number > 1:
        query["page"] = number
    elif given:
        query["exclude"] = ",".join(str(each) for each in given)
    found, total = client.listed("orders", **query)
    if {each["id"] for each in found} & set(given):
        raise Rejected("WooCommerce answers the same page of orders again and again.")
    items = tuple(_whole(client, each) for each in found)
    if len(found) < AT_ONCE:
        return Page(items, total=None if position.page else total)
    last = items[-1].updated_at
    stay = given if last == since else []
    stay = stay + [each["id"] for each, raw in zip(found, items, strict=True) if raw.updated_at == last]
    following = _token(last, stay, number if last == since else 1)
    if following == position.page:
        raise Rejected("WooCommerce answers the same page of orders again and again.")
    return Page(items, following, total=None if position.page else total)


def one(client: Client, external_id: str) -> Raw:
    """An order as it is now. Raises NotFound."""
    return _whole(client, client.get(f"orders/{external_id}", dp=_EXACT))


def _walk(position: Position) -> tuple[datetime, list[int], int]:
    """Where a page begins: its second, ids of that second that were given, and the number of the page."""
    if not position.page:
        return position.since.astimezone(UTC).replace(microsecond=0), [], 1
    said = json.loads(position.page)
    return datetime.fromisoformat(said["since"]), said["given"], said["page"]


def _token(last: datetime, given: list[int], number: int) -> str:
    if number > 1:
        number, given = number + 1, given[-1:]
    elif len(given) > _MOST_LEFT_OUT:
        number, given = len(given) // AT_ONCE + 1, []
    return json.dumps({"since": last.isoformat(), "given": given, "page": number})


def _whole(client: Client, order: dict[str, Any]) -> Raw:
    """The order with the lines of its refunds, as it is stored."""
    if order.get("refunds"):
        order[REFUNDS] = refunds(client, str(order["id"]))
    return as_raw(order)


def refunds(client: Client, external_id: str) -> list[dict[str, Any]]:
    """An order's refunds, the oldest first."""
    found, total = client.listed(f"orders/{external_id}/refunds", per_page=AT_ONCE, dp=_EXACT)
    if total and total > len(found):
        raise Rejected(f"Order {external_id} has more refunds than WooCommerce tells at once.")
    return sorted(found, key=lambda each: each["id"])


def as_raw(order: Mapping[str, Any]) -> Raw:
    """An order as it is stored."""
    return Raw("order", str(order["id"]), moment(order["date_modified_gmt"]), json.dumps(order, ensure_ascii=False))
