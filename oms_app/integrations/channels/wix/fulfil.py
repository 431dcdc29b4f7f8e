"""Tells Wix of parcels: one that it knows already is only told what is new about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from oms_app.domain.channels import Done, Fulfilment
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.wix import orders
from oms_app.integrations.channels.wix.client import Client

_KNOWN = {
    "fedex": "fedex",
    "ups": "ups",
    "usps": "usps",
    "dhl": "dhl",
    "dhlexpress": "dhl",
    "canadapost": "canadaPost",
}
"""Couriers whose tracking pages Wix knows, by our name for them without spaces."""


def fulfil(client: Client, fulfilment: Fulfilment) -> Done:
    """Tell of a parcel that left. Raises Rejected where there are fewer units left to ship than it holds."""
    order = orders.standing(client, fulfilment.external_id)
    told = orders.parcels(client, [fulfilment.external_id]).get(fulfilment.external_id, [])
    left = to_ship(order, told)
    units = dict(fulfilment.units) or {line: count for line, count in left.items() if count > 0}
    tracking = tracked(fulfilment)
    if same := known(told, fulfilment, units, left):
        if tracking and _is_new(same.get("trackingInfo") or {}, tracking):
            said = {"id": same["id"], "trackingInfo": tracking}
            client.patch(
                "/ecom/v1/fulfillments/{}/orders/{}",
                same["id"],
                fulfilment.external_id,
                fulfillment=said,
                orderId=fulfilment.external_id,
            )
        return Done(same["id"])
    if order.get("status") == "CANCELED":
        raise Rejected("The order is cancelled in Wix.")
    short = {line: count - left.get(line, 0) for line, count in units.items() if count > left.get(line, 0)}
    if short or not units:
        line, count = next(iter(short.items()), ("", 0))
        raise Rejected(
            f"Wix has {count} fewer of line {line} left to ship than this parcel holds."
            if short
            else "Wix has nothing left to ship of this order."
        )
    parcel: dict[str, Any] = {"lineItems": [{"id": line, "quantity": count} for line, count in units.items()]}
    if tracking:
        parcel["trackingInfo"] = tracking
    made = client.post(
        "/ecom/v1/fulfillments/orders/{orderId}/create-fulfillment", orderId=fulfilment.external_id, fulfillment=parcel
    )
    return Done(made["fulfillmentId"])


def to_ship(order: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Units that have not left yet, by line."""
    left = {line["id"]: int(line["quantity"]) for line in order["lineItems"]}
    for parcel in told:
        for line in parcel.get("lineItems") or []:
            left[line["id"]] = left.get(line["id"], 0) - int(line.get("quantity") or 0)
    return left


def known(
    told: Sequence[Mapping[str, Any]], fulfilment: Fulfilment, units: Mapping[str, int], left: Mapping[str, int]
) -> Mapping[str, Any] | None:
    """What Wix has of this parcel: the same tracking number, or the same units without one that cannot leave again.

    The latter is what somebody marked as fulfilled in Wix: it gets the number. A parcel that does not say what it holds
    is the last without a number, once nothing is left.
    """
    bare, rest = None, not fulfilment.units and not units
    for each in told:
        number = (each.get("trackingInfo") or {}).get("trackingNumber")
        if fulfilment.tracking and number == fulfilment.tracking:
            return each
        held = {line["id"]: int(line.get("quantity") or 0) for line in each.get("lineItems") or []}
        if rest and not number:
            bare = each
        elif not number and held == dict(units) and any(left.get(line, 0) < count for line, count in held.items()):
            bare = bare or each
    return bare


def tracked(fulfilment: Fulfilment) -> dict[str, str]:
    """Courier, number and page of a parcel. Of couriers whose page Wix knows it makes the link itself."""
    if not fulfilment.tracking:
        return {}
    courier = _KNOWN.get("".join(fulfilment.courier.lower().split()))
    said = {"trackingNumber": fulfilment.tracking, "shippingProvider": courier or fulfilment.courier}
    if not courier:
        said["trackingLink"] = fulfilment.tracking_url
    return {name: value for name, value in said.items() if value}


def _is_new(told: Mapping[str, Any], tracking: Mapping[str, str]) -> bool:
    return any(told.get(name) != value for name, value in tracking.items())
