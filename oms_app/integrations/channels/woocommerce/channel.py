"""A connected WooCommerce shop: what the port asks for, in WooCommerce's own calls."""

import html
import json
from collections.abc import Sequence
from typing import Any

from oms_app.domain import money
from oms_app.domain.channels import (
    Article,
    Cancellation,
    ChannelOrder,
    ChannelStatus,
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
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.woocommerce import orders, parcels, read, stock, subscriptions
from oms_app.integrations.channels.woocommerce.client import Client
from oms_app.integrations.channels.woocommerce.products import Products
from oms_app.integrations.http import Http

_KEY = "_oms_key"
_LEFT = (ChannelStatus.SHIPPED, ChannelStatus.DELIVERED)


class WooCommerce:
    """One shop. See `Channel` and `Listings` in the port.

    Writes look first: WooCommerce has no key that makes a second harmless.
    """

    def __init__(self, connection: Connection, http: Http):
        self._connection = connection
        self._client = Client(connection, http)
        self._products = Products(self._client, connection.currency)
        self._notify = _yes(connection, "notify")
        self._pay_back = _yes(connection, "pay_back")

    def test(self) -> str:
        """The site's name; raises Rejected where the key may not read the shop or its currency is another."""
        currency = self._client.get("data/currencies/current")["code"]
        if currency != self._connection.currency:
            raise Rejected(
                f"The shop keeps its money in {currency}, this channel in {self._connection.currency}: "
                "connect it as a channel of that currency."
            )
        return self._client.name()

    def orders(self, position: Position) -> Page:
        """Orders changed since then, a page."""
        return orders.page(self._client, position)

    def order(self, external_id: str) -> Raw:
        """One order as it is now."""
        return orders.one(self._client, external_id)

    def articles(self, page: str = "") -> tuple[tuple[Article, ...], str]:
        """A page of the products, each with all of its variations."""
        return self._products.page(page)

    def push_product(self, listing: Listing) -> Article:
        """Have a product there as a draft; WooCommerce itself refuses a second one of its SKU."""
        return self._products.push(listing)

    def acknowledge(self, external_id: str, number: str) -> None:
        """Our number as a meta field of the order; told twice it is the same."""
        self._client.put(f"orders/{external_id}", {"meta_data": [{"key": read.NUMBER, "value": number}]})

    def fulfil(self, fulfilment: Fulfilment) -> Done:
        """A meta field and a note about the parcel; the order is completed with its last unit."""
        order = read.read(self.order(fulfilment.external_id).body)
        name = parcels.name_of(fulfilment.key)
        known = next((each for each in order.parcels if each.external_id == name), None)
        units = dict(known.units) if known else _in_parcel(order, fulfilment)
        if known is None:
            change: dict[str, Any] = {"meta_data": [parcels.as_meta(fulfilment, units)]}
            if order.status not in _LEFT and units == _to_ship(order):
                change["status"] = "completed"
            self._client.put(f"orders/{fulfilment.external_id}", change)
        named = {line.external_id: line.name for line in order.lines}
        self._note(fulfilment.external_id, parcels.note(fulfilment, named, units))
        return Done(name)

    def _note(self, external_id: str, text: str) -> None:
        """Write a note on the order that is not there yet."""
        path = f"orders/{external_id}/notes"
        said = {html.unescape(each["note"]).strip() for each in self._client.get(path)}
        if text not in said:
            self._client.post(path, {"note": text, "customer_note": self._notify})

    def cancel(self, cancellation: Cancellation) -> None:
        """Cancel the order; money goes back by `refund`, on its own. WooCommerce itself would cancel anything."""
        order = read.read(self.order(cancellation.external_id).body)
        if order.status is ChannelStatus.CANCELLED:
            return
        if order.status in _LEFT or order.parcels:
            raise Rejected("WooCommerce has this order as shipped: it cannot be cancelled any more.")
        reason = {"key": read.CANCEL_REASON, "value": cancellation.reason[:255]}
        change = {"status": "cancelled", "meta_data": [reason]}
        self._client.put(f"orders/{cancellation.external_id}", change)

    def refund(self, refund: Refund) -> Done:
        """Send money back, through the payment gateway where one took it; the refund carries our key."""
        order = json.loads(self.order(refund.external_id).body)
        before = order.get(read.REFUNDS, [])
        for each in before:
            if any(meta["key"] == _KEY and meta["value"] == refund.key for meta in each["meta_data"]):
                return Done(str(each["id"]))
        if refund.currency != order["currency"]:
            raise Rejected(f"WooCommerce has this order in {order['currency']}, not in {refund.currency}.")
        left = money.to_minor(order["total"], refund.currency) - sum(
            money.to_minor(each["amount"], refund.currency) for each in before
        )
        if refund.amount > left:
            has = money.show(left, refund.currency)
            raise Rejected(f"WooCommerce has only {has} of this order that can go back.")
        wanted = {
            "amount": money.to_major(refund.amount, refund.currency),
            "reason": refund.reason,
            "api_refund": self._pay_back and not read.is_cod(order),
            "api_restock": False,
            "meta_data": [{"key": _KEY, "value": refund.key}],
            "line_items": [{"id": int(line), "quantity": count, "refund_total": 0} for line, count in refund.units],
        }
        return Done(str(self._client.post(f"orders/{refund.external_id}/refunds", wanted)["id"]))

    def stock(self, levels: Sequence[Level], key: str) -> tuple[Told, ...]:
        """Say how many units there are of each product and variation."""
        return stock.tell(self._client, levels)

    def subscribe(self, address: str) -> None:
        """Have webhooks sent, and those that WooCommerce disabled switched on again."""
        subscriptions.subscribe(self._client, self._connection, address)


def _yes(connection: Connection, name: str) -> bool:
    return connection.settings.get(name, "").strip().lower() != "no"


def _to_ship(order: ChannelOrder) -> dict[str, int]:
    """What is still to leave, by line id."""
    gone: dict[str, int] = {}
    for parcel in order.parcels:
        for line, count in parcel.units:
            gone[line] = gone.get(line, 0) + count
    left = {each.external_id: each.quantity - each.cancelled - gone.get(each.external_id, 0) for each in order.lines}
    return {line: count for line, count in left.items() if count > 0}


def _in_parcel(order: ChannelOrder, fulfilment: Fulfilment) -> dict[str, int]:
    """What a new parcel holds; all that is left where it does not say. Raises Rejected for more than that."""
    if order.status is ChannelStatus.CANCELLED:
        raise Rejected("The order is cancelled in WooCommerce.")
    left = _to_ship(order)
    units = dict(fulfilment.units) or left
    for line, count in units.items():
        if count > left.get(line, 0):
            over = count - left.get(line, 0)
            raise Rejected(f"WooCommerce has {over} fewer of line {line} left to ship than this parcel holds.")
    if not units:
        raise Rejected("WooCommerce has nothing left to ship of this order.")
    return units
