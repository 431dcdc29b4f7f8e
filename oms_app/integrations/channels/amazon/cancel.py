"""Cancels an order at Amazon, which takes cancellations as files only and works through them within minutes."""

from collections.abc import Mapping
from typing import Any

from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.amazon.client import CREATE_FEED, CREATE_FEED_DOCUMENT, Client
from oms_app.integrations.channels.amazon.read import by_amazon

TYPE = "POST_FLAT_FILE_ORDER_ACKNOWLEDGEMENT_DATA"
_CONTENT = "text/tab-separated-values; charset=UTF-8"
_FOR_AMAZON = "This row for Amazon.com use only.  Do not modify or delete."
_HEAD = (
    ("TemplateType=OrderCancellation", "Version=1.0/1.0.3", _FOR_AMAZON),
    ("order-id", "cancellation-reason-code", "amazon-order-item-code"),
)
_REASONS = (
    ("NoInventory", ("stock", "inventory", "unavailable", "short")),
    ("ShippingAddressUndeliverable", ("address", "pin", "undeliverable")),
    ("RiskAssessmentInformationNotValid", ("fraud", "risk")),
    ("PricingError", ("price",)),
    ("BuyerCanceled", ("customer", "buyer", "changed", "duplicate")),
)
_ANY_REASON = "GeneralAdjustment"


def tell(client: Client, order: Mapping[str, Any], reason: str) -> None:
    """Hand in the cancelling of a whole order; one that is cancelled is left alone.

    Handed in twice it is refused there and changes nothing, so that nothing has to be kept of it.
    """
    status = (order.get("fulfillment") or {}).get("fulfillmentStatus")
    if status == "CANCELLED":
        return
    if by_amazon(order):
        raise Rejected("Amazon ships this order itself (FBA): only Amazon or its buyer cancels it.")
    if status in ("PARTIALLY_SHIPPED", "SHIPPED"):
        raise Rejected("Amazon has parcels of this order: it cannot be cancelled there any more.")
    document = client.call(CREATE_FEED_DOCUMENT, body={"contentType": _CONTENT}, private=True)
    client.hand_in(document["url"], text(order, reason).encode(), _CONTENT)
    feed = {
        "feedType": TYPE,
        "marketplaceIds": [client.marketplace.id],
        "inputFeedDocumentId": document["feedDocumentId"],
    }
    client.call(CREATE_FEED, body=feed)


def text(order: Mapping[str, Any], reason: str) -> str:
    """The file: every item of the order, with Amazon's word for the reason."""
    said = reason.lower()
    code = next((code for code, signs in _REASONS if any(sign in said for sign in signs)), _ANY_REASON)
    rows = [*_HEAD, *((order["orderId"], code, item["orderItemId"]) for item in order["orderItems"])]
    return "".join("\t".join(row) + "\r\n" for row in rows)
