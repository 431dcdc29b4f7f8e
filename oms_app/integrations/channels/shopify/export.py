"""The first load: Shopify writes all orders into a file, which is read in parts and can be resumed at any of them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from oms_app.domain.channels import Page, Position, Raw
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.integrations.channels.shopify.client import Client
from oms_app.integrations.channels.shopify.operations import bulk
from oms_app.integrations.channels.shopify.orders import Orders, as_raw, since
from oms_app.integrations.channels.shopify.read import gid, number

_PART = 2_000_000
"""Bytes of the file that are read at once."""
_READ_BACK = 5
_WAITS = ("CREATED", "RUNNING")
_WAIT_S = 5.0
_TOKEN = re.compile(r"(?P<state>wait|file):(?P<id>\d+):(?P<at>\d+)")
_CONNECTIONS = {
    "LineItem": "lineItems",
    "ShippingLine": "shippingLines",
    "FulfillmentOrder": "fulfillmentOrders",
}


def history(client: Client, orders: Orders, position: Position) -> Page:
    """A part of all orders since then. The token is `wait:ID:TURN` while Shopify writes, then `file:ID:BYTE`."""
    if not position.page:
        query = bulk("orders").replace('"SINCE"', json.dumps(since(position.since)))
        operation = client.act("export", {"query": query})["bulkOperation"]
        return Page((), f"wait:{number(operation['id'])}:1", wait_s=_WAIT_S)
    token = _TOKEN.fullmatch(position.page)
    if not token:
        raise Rejected("This is no place in an export of Shopify's; start the first load again.")
    return _part(client, orders, token["state"], token["id"], int(token["at"]))


def _part(client: Client, orders: Orders, state: str, export: str, at: int) -> Page:
    operation = client.call("export_state", {"id": gid("BulkOperation", export)})["bulkOperation"]
    if operation is None or operation["status"] == "EXPIRED":
        raise Rejected("Shopify has thrown this export away (it keeps one for a week); start the first load again.")
    total = int(operation["rootObjectCount"])
    if operation["status"] in _WAITS:
        return Page((), f"wait:{export}:{at + 1}", wait_s=_WAIT_S, total=total)
    if operation["status"] != "COMPLETED":
        why = operation["errorCode"] or operation["status"]
        raise Unavailable(f"Shopify broke off the export: {str(why).lower()}.", details={"sent": True})
    start = at if state == "file" else 0
    size = int(operation["fileSize"] or 0)
    if not operation["url"] or start >= size:
        return Page((), total=total)
    whole, end = _read(client, operation["url"], start, size)
    items = tuple(_raws(orders, assembled(whole)))
    return Page(items, f"file:{export}:{end}" if end < size else "", total=total)


def _read(client: Client, url: str, start: int, size: int) -> tuple[bytes, int]:
    """Whole orders from `start` on, and the byte where the next one begins."""
    length = _PART
    while True:
        part = client.lines(url, start, length)
        if start + len(part) >= size:
            return part, size
        if not part:
            raise Unavailable("The export of Shopify ended early.", details={"sent": True})
        if cut := _last_order(part):
            return part[:cut], start + cut
        length *= 2  # one order larger than the part


def _last_order(part: bytes) -> int:
    """Where the last order of a part begins; it may go on in the next. 0: there is no other before it."""
    end = part.rfind(b"\n") + 1
    while end > 0:
        begin = part.rfind(b"\n", 0, end - 1) + 1
        if begin == 0:
            return 0
        if b'"__parentId"' not in part[begin:end]:
            return begin
        end = begin
    return 0


def assembled(lines: bytes) -> Iterator[dict[str, Any]]:
    """Orders of a file in which each is followed by what belongs to it, as `order.graphql` would give them."""
    order: dict[str, Any] | None = None
    for line in lines.splitlines():
        node = json.loads(line)
        if "__parentId" not in node:
            if order:
                yield order
            order = node | {name: {"nodes": []} for name in _CONNECTIONS.values()}
        elif order and node["__parentId"] == order["id"]:
            order[_CONNECTIONS[node["__typename"]]]["nodes"].append(node)
    if order:
        yield order


def _raws(orders: Orders, found: Iterator[dict[str, Any]]) -> Iterator[Raw]:
    """Orders as they are stored. An export has no lines of parcels and refunds: where these matter, it is read back."""
    again: list[str] = []
    for order in found:
        sent = [each for each in order["fulfillments"] if each["status"] == "SUCCESS"]
        partly = bool(sent) and (order["displayFulfillmentStatus"] != "FULFILLED" or len(sent) > 1)
        if order["refunds"] or partly or order["cancelledAt"] or order["returnStatus"] != "NO_RETURN":
            again.append(order["id"])
            continue
        for parcel in order["fulfillments"]:
            all_lines = [{"quantity": each["quantity"], "lineItem": each} for each in order["lineItems"]["nodes"]]
            parcel["fulfillmentLineItems"] = {"nodes": all_lines if parcel in sent else []}
        yield as_raw(order)
    for start in range(0, len(again), _READ_BACK):
        yield from orders.several(again[start : start + _READ_BACK])
