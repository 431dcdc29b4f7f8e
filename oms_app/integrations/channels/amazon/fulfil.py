"""Tells Amazon of parcels: what of them it knows already, and what it is told in its own words."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from oms_app.domain.channels import Done, Fulfilment
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.amazon.client import CONFIRM_SHIPMENT, Client
from oms_app.integrations.channels.amazon.read import EASY_SHIP, by_amazon, programs

_CARRIERS = (
    ("Delhivery", "delhivery"),
    ("BlueDart", "blue\\s*dart"),
    ("DTDC", "dtdc"),
    ("Ecom Express", "ecom\\s*express"),
    ("XpressBees", "xpress\\s*bees"),
    ("Ekart", "e-?kart"),
    ("India Post", "india\\s*post|speed\\s*post"),
    ("Shadowfax", "shadowfax"),
    ("FedEx", "fed\\s*ex"),
    ("UPS", "ups"),
    ("USPS", "usps"),
    ("DHL", "dhl"),
    ("Aramex", "aramex"),
)
"""Carriers by Amazon's own code; any other goes as "Other" with its name."""
_OTHER = "Other"


def tell(client: Client, order: Mapping[str, Any], fulfilment: Fulfilment) -> Done:
    """Tell of a parcel; one that Amazon has under our reference or tracking number is not told again."""
    if by_amazon(order):
        raise Rejected("Amazon ships this order itself (FBA).")
    reference = reference_of(fulfilment.key)
    for package in order.get("packages") or ():
        known = package.get("trackingNumber") or ""
        if package["packageReferenceId"] == reference or (known and known == fulfilment.tracking):
            return Done(package["packageReferenceId"])
    if EASY_SHIP in programs(order):
        return Done(reference)  # its own courier took the parcel; Amazon refuses to be told of it
    items = contents(order, fulfilment)
    client.call(
        CONFIRM_SHIPMENT, body=confirmation(client.marketplace.id, reference, fulfilment, items), order=order["orderId"]
    )
    return Done(reference)


def reference_of(key: str) -> str:
    """Amazon's number of a parcel inside its order, from our name of the act: told again, it is the same parcel."""
    return str(int.from_bytes(hashlib.sha256(key.encode()).digest()[:6]) % 2_000_000_000 + 1)


def contents(order: Mapping[str, Any], fulfilment: Fulfilment) -> dict[str, int]:
    """Units by item; of a parcel that does not say, everything that is still to leave. Raises Rejected for none."""
    found = dict(fulfilment.units) or {
        item["orderItemId"]: waiting
        for item in order["orderItems"]
        if (waiting := (item.get("fulfillment") or {}).get("quantityUnfulfilled", item["quantityOrdered"])) > 0
    }
    if not found:
        raise Rejected("Amazon has nothing left to ship of this order.")
    return found


def confirmation(marketplace: str, reference: str, fulfilment: Fulfilment, items: Mapping[str, int]) -> dict[str, Any]:
    """The body that confirms a shipment."""
    code = carrier(fulfilment.courier)
    named = {"carrierName": fulfilment.courier} if code == _OTHER and fulfilment.courier else {}
    return {
        "marketplaceId": marketplace,
        "packageDetail": {
            "packageReferenceId": reference,
            "carrierCode": code,
            **named,
            "trackingNumber": fulfilment.tracking,
            "shipDate": written(fulfilment.shipped_at),
            "orderItems": [{"orderItemId": item, "quantity": count} for item, count in items.items()],
        },
    }


def carrier(courier: str) -> str:
    """Amazon's code of a carrier."""
    for code, pattern in _CARRIERS:
        if re.search(rf"\b(?:{pattern})\b", courier, re.IGNORECASE):
            return code
    return _OTHER


def written(moment: datetime) -> str:
    """A moment as Amazon wants it: UTC, whole milliseconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
