"""Tells Shopify of parcels: what of them it knows already, and which of its fulfilment orders take the rest."""

from collections.abc import Mapping
from typing import Any

from oms_app.domain.channels import Done, Fulfilment
from oms_app.domain.errors import NotFound, Rejected
from oms_app.integrations.channels.shopify.client import Client
from oms_app.integrations.channels.shopify.read import gid, number

_TAKES = ("OPEN", "IN_PROGRESS")
_WAITS = ("ON_HOLD", "SCHEDULED")


def fulfil(client: Client, fulfilment: Fulfilment, *, notify: bool) -> Done:
    """Tell of a parcel; one that Shopify has under this tracking number is not told again."""
    order = _standing(client, fulfilment.external_id)
    known = told(order, fulfilment)
    left = units(order, fulfilment)
    if fulfilment.units:
        left = {line: count - known[1].get(line, 0) for line, count in left.items()}
    left = {line: count for line, count in left.items() if count > 0}
    first = known[0]
    if not left and first:
        return Done(first)
    for parts in plan(order, left):
        said = client.act("fulfil", {"fulfillment": _parcel(fulfilment, parts, notify)})
        first = first or number(said["fulfillment"]["id"])
    return Done(first)


def _standing(client: Client, external_id: str) -> dict[str, Any]:
    """The order's parcels and what is left to ship, both whole."""
    about = {"id": gid("Order", external_id)}
    order: dict[str, Any] | None = client.call("parcels", about | {"lines": 20})["order"]
    if order is None:
        raise NotFound(f"Shopify has no order {external_id}.")
    for parcel in order["fulfillments"]:
        client.complete(parcel["id"], parcel["fulfillmentLineItems"], "fulfillmentLineItems")
    parts: list[dict[str, Any]] = []
    after = None
    while True:
        said = client.call("to_fulfil", {**about, "first": 5, "after": after, "lines": 20})["order"]
        parts += said["fulfillmentOrders"]["nodes"]
        page = said["fulfillmentOrders"]["pageInfo"]
        if not page["hasNextPage"] or page["endCursor"] == after:
            break
        after = page["endCursor"]
    for part in parts:
        client.complete(part["id"], part["lineItems"], "lineItems")
    return {**order, "cancelledAt": said["cancelledAt"], "fulfillmentOrders": {"nodes": parts}}


def units(order: Mapping[str, Any], fulfilment: Fulfilment) -> dict[str, int]:
    """What is in the parcel by line id; of one that does not say, everything that is still to leave."""
    if fulfilment.units:
        return dict(fulfilment.units)
    open_lines = [line for part in order["fulfillmentOrders"]["nodes"] for line in part["lineItems"]["nodes"]]
    left: dict[str, int] = {}
    for each in open_lines:
        line = number(each["lineItem"]["id"])
        left[line] = left.get(line, 0) + each["remainingQuantity"]
    return {line: count for line, count in left.items() if count}


def told(order: Mapping[str, Any], fulfilment: Fulfilment) -> tuple[str, dict[str, int]]:
    """What Shopify knows of this parcel: its own id of it, and the units.

    A parcel without a tracking number is known by its units, once Shopify has no such units left to ship; one that
    does not say what it holds is the last without a number, once nothing is left.
    """
    first, known = "", dict[str, int]()
    rest = not fulfilment.units and not units(order, fulfilment)
    for each in order["fulfillments"]:
        if each["status"] != "SUCCESS":
            continue
        numbers = [info["number"] for info in each["trackingInfo"] if info["number"]]
        lines = {number(line["lineItem"]["id"]): line["quantity"] for line in each["fulfillmentLineItems"]["nodes"]}
        if fulfilment.tracking:
            same = fulfilment.tracking in numbers
        elif rest and not numbers:
            first, known = number(each["id"]), lines
            continue
        else:
            same = not numbers and not first and lines == dict(fulfilment.units) and not _fits(order, lines)
        if same:
            first = first or number(each["id"])
            for line, count in lines.items():
                known[line] = known.get(line, 0) + count
    return first, known


def plan(order: Mapping[str, Any], left: Mapping[str, int]) -> list[list[dict[str, Any]]]:
    """The fulfilment orders that take these units, apart by location as Shopify wants it. Raises Rejected."""
    needed = dict(left)
    by_place: dict[str, list[dict[str, Any]]] = {}
    for part in order["fulfillmentOrders"]["nodes"]:
        if part["status"] not in _TAKES:
            continue
        taken = []
        for line in part["lineItems"]["nodes"]:
            count = min(needed.get(number(line["lineItem"]["id"]), 0), line["remainingQuantity"])
            if count > 0:
                needed[number(line["lineItem"]["id"])] -= count
                taken.append({"id": line["id"], "quantity": count})
        if taken:
            place = ((part["assignedLocation"] or {}).get("location") or {}).get("id", "")
            by_place.setdefault(place, []).append(
                {"fulfillmentOrderId": part["id"], "fulfillmentOrderLineItems": taken}
            )
    if short := {line: count for line, count in needed.items() if count > 0}:
        raise _refusal(order, short)
    if not by_place:
        raise Rejected("Shopify has nothing left to ship of this order.")
    return list(by_place.values())


def _fits(order: Mapping[str, Any], lines: Mapping[str, int]) -> bool:
    try:
        plan(order, lines)
    except Rejected:
        return False
    return True


def _refusal(order: Mapping[str, Any], short: Mapping[str, int]) -> Rejected:
    if order["cancelledAt"]:
        return Rejected("The order is cancelled in Shopify.")
    waiting = [part for part in order["fulfillmentOrders"]["nodes"] if part["status"] in _WAITS]
    reasons = {hold["displayReason"] for part in waiting for hold in part["fulfillmentHolds"]}
    if waiting:
        why = f" ({', '.join(sorted(reasons))})" if reasons else ""
        return Rejected(f"Shopify holds this order{why}: release it there, then send this again.")
    line, count = next(iter(short.items()))
    return Rejected(f"Shopify has {count} fewer of line {line} left to ship than this parcel holds.")


def _parcel(fulfilment: Fulfilment, parts: list[dict[str, Any]], notify: bool) -> dict[str, Any]:
    tracked = {"company": fulfilment.courier, "number": fulfilment.tracking, "url": fulfilment.tracking_url}
    return {
        "lineItemsByFulfillmentOrder": parts,
        "notifyCustomer": notify,
        "trackingInfo": {name: value for name, value in tracked.items() if value},
    }
