"""A connected Shopify store: what the port asks for, in Shopify's own operations."""

from collections.abc import Sequence
from typing import Any

from oms_app.domain.channels import (
    Article,
    Cancellation,
    Connection,
    Done,
    Fulfilment,
    Level,
    Listing,
    Page,
    Position,
    Raw,
    Refund,
    Told,
)
from oms_app.domain.errors import NotFound, Rejected
from oms_app.integrations.channels.shopify import export, fulfil, products, refund, stock
from oms_app.integrations.channels.shopify.client import Client
from oms_app.integrations.channels.shopify.orders import Orders
from oms_app.integrations.channels.shopify.read import gid, number
from oms_app.integrations.http import Http

TOPICS = ("orders/create", "orders/updated", "orders/cancelled", "refunds/create", "fulfillments/update")
SCOPES = (
    "read_customers",
    "read_locations",
    "read_returns",
    "write_inventory",
    "write_merchant_managed_fulfillment_orders",
    "write_orders",
    "write_products",
)
"""What the store has to allow; a `write_` scope contains its `read_`. Orders older than 60 days: read_all_orders."""

_TAG = "in-oms"
_NUMBER = {"namespace": "oms", "key": "number", "type": "single_line_text_field"}
_HOLD = "oms"
_REASONS = (
    ("CUSTOMER", ("customer", "buyer", "changed", "duplicate")),
    ("FRAUD", ("fraud",)),
    ("INVENTORY", ("stock", "inventory", "unavailable")),
    ("DECLINED", ("payment", "declined", "unpaid", "expired")),
    ("STAFF", ("staff", "mistake", "error")),
)
_HOLD_REASONS = (
    ("AWAITING_PAYMENT", ("payment", "cod")),
    ("HIGH_RISK_OF_FRAUD", ("fraud", "risk")),
    ("INCORRECT_ADDRESS", ("address", "pin", "phone")),
    ("INVENTORY_OUT_OF_STOCK", ("stock", "short")),
)


class Shopify:
    """One store. See `Channel`, `History`, `Holds` and `Listings` in the port."""

    def __init__(self, connection: Connection, http: Http):
        self._connection = connection
        self._client = Client(connection, http)
        self._orders = Orders(self._client)
        self._notify = connection.settings.get("notify", "yes").strip().lower() != "no"
        self._place = ""

    def test(self) -> str:
        """The store's name; raises Rejected where a permission is missing or the currency is another."""
        said = self._client.call("shop")
        granted = {each["handle"] for each in said["currentAppInstallation"]["accessScopes"]}
        granted |= {f"read_{scope.removeprefix('write_')}" for scope in granted if scope.startswith("write_")}
        if missing := [scope for scope in SCOPES if scope not in granted]:
            raise Rejected(f"The app in Shopify lacks these permissions: {', '.join(missing)}.")
        if said["shop"]["currencyCode"] != self._connection.currency:
            raise Rejected(
                f"The store keeps its money in {said['shop']['currencyCode']}, this channel in "
                f"{self._connection.currency}: connect it as a channel of that currency."
            )
        return str(said["shop"]["name"])

    def orders(self, position: Position) -> Page:
        """Orders changed since then, a page."""
        return self._orders.page(position)

    def history(self, position: Position) -> Page:
        """Orders since then out of Shopify's own export."""
        return export.history(self._client, self._orders, position)

    def order(self, external_id: str) -> Raw:
        """One order as it is now."""
        return self._orders.one(external_id)

    def articles(self, page: str = "") -> tuple[tuple[Article, ...], str]:
        """Variants of every product, a page."""
        return products.page(self._client, page)

    def push_product(self, listing: Listing) -> Article:
        """Have a product there as a draft, at the address that its SKU alone makes."""
        return products.push(self._client, listing, self._connection.currency, self._location)

    def acknowledge(self, external_id: str, number: str) -> None:
        """A tag that the seller can filter orders by, and our number as a metafield; told twice they are the same."""
        order = gid("Order", external_id)
        metafields = [{**_NUMBER, "ownerId": order, "value": number}]
        self._client.act("acknowledge", {"id": order, "tags": [_TAG], "metafields": metafields})

    def fulfil(self, fulfilment: Fulfilment) -> Done:
        """Tell of a parcel that left."""
        return fulfil.fulfil(self._client, fulfilment, notify=self._notify)

    def cancel(self, cancellation: Cancellation) -> None:
        """Cancel the order; money goes back by `refund`, on its own."""
        order = self._client.call("standing", {"id": gid("Order", cancellation.external_id)})["order"]
        if order is None:
            raise NotFound(f"Shopify has no order {cancellation.external_id}.")
        if order["cancelledAt"]:
            return
        self._client.act(
            "cancel",
            {
                "id": order["id"],
                "reason": _word(cancellation.reason, _REASONS),
                "refund": {"originalPaymentMethodsRefund": False},
                "restock": cancellation.restocked,
                "notify": self._notify,
                "note": cancellation.reason[:255],
            },
        )

    def refund(self, wanted: Refund) -> Done:
        """Send money back to where it came from."""
        return refund.refund(self._client, wanted)

    def stock(self, levels: Sequence[Level], key: str) -> tuple[Told, ...]:
        """Say how many units there are at the store's location."""
        return stock.tell(self._client, levels, key, self._location())

    def subscribe(self, address: str) -> None:
        """Have webhooks sent; only ids travel, because the order is read back."""
        said = self._client.call("subscriptions", {"uri": address, "first": 50})["webhookSubscriptions"]["nodes"]
        known = {each["topic"] for each in said if each["uri"] == address}
        for topic in TOPICS:
            word = topic.upper().replace("/", "_")
            if word not in known:
                fields = ["id", "order_id", "updated_at"] if not topic.startswith("orders/") else ["id", "updated_at"]
                subscription = {"uri": address, "format": "JSON", "includeFields": fields}
                self._client.act("subscribe", {"topic": word, "subscription": subscription})

    def hold(self, external_id: str, reason: str) -> None:
        """Hold every open part of the order under our own name."""
        for part in self._parts(external_id):
            ours = any(each["heldByRequestingApp"] for each in part["fulfillmentHolds"])
            if part["status"] in ("OPEN", "ON_HOLD", "SCHEDULED") and not ours:
                word = _word(reason, _HOLD_REASONS)
                hold = {"reason": word, "reasonNotes": reason[:255], "handle": _HOLD, "notifyMerchant": False}
                self._client.act("hold", {"id": part["id"], "hold": hold})

    def release(self, external_id: str) -> None:
        """Take our own holds back."""
        for part in self._parts(external_id):
            ours = [each["id"] for each in part["fulfillmentHolds"] if each["heldByRequestingApp"]]
            if ours:
                self._client.act("release", {"id": part["id"], "holds": ours})

    def _parts(self, external_id: str) -> list[dict[str, Any]]:
        order = self._client.call("holds", {"id": gid("Order", external_id), "first": 20})["order"]
        if order is None:
            raise NotFound(f"Shopify has no order {external_id}.")
        parts: list[dict[str, Any]] = order["fulfillmentOrders"]["nodes"]
        return parts

    def _location(self) -> str:
        """Where stock is kept: the one that was chosen, else the store's first."""
        if not self._place:
            chosen = self._connection.settings.get("location", "").strip()
            asked = gid("Location", number(chosen)) if chosen else None
            place = self._client.call("location", {"id": asked})["location"]
            if place is None:
                raise Rejected(f"Shopify has no location {chosen}.")
            self._place = place["id"]
        return self._place


def _word(reason: str, words: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Shopify's own word for a reason of ours."""
    said = reason.lower()
    return next((word for word, signs in words if any(sign in said for sign in signs)), "OTHER")
