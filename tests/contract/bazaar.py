"""The example of docs/adding-a-channel.md: an adapter for Bazaar, a shop system that does not exist."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from oms_app.domain import channels as c
from oms_app.domain import money
from oms_app.domain.errors import Malformed, NotFound, OmsError, Rejected, Unauthenticated
from oms_app.domain.orders import AddressDraft, CustomerDraft, PaymentMethod
from oms_app.domain.payments import PaymentKind
from oms_app.integrations.http import Http
from oms_app.integrations.ports import Adapter


class Bazaar:
    """A connected shop. Bazaar takes our keys into its addresses: what is put there twice is there once."""

    def __init__(self, connection: c.Connection, http: Http):
        self._root, self._http = connection.settings["address"].rstrip("/"), http
        self._headers = {"Authorization": f"Bearer {connection.secrets.get('token', '')}"}

    def _call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        try:
            return self._http.call(method, self._root + path, headers=self._headers, body=body, query=query).json()
        except Rejected as refusal:
            if refusal.details["status"] == 404:
                raise NotFound(f"Bazaar has nothing at {path}.") from refusal
            raise

    def test(self) -> str:
        return str(self._call("GET", "/shop")["name"])

    def orders(self, position: c.Position) -> c.Page:
        found = self._call("GET", "/orders", since=position.since.isoformat(), after=position.page)
        if found["after"] and found["after"] == position.page:
            raise Rejected("Bazaar answers the same page again and again.")
        return c.Page(tuple(_raw(each) for each in found["orders"]), found["after"])

    def order(self, external_id: str) -> c.Raw:
        return _raw(self._call("GET", f"/orders/{external_id}"))

    def articles(self, page: str = "") -> tuple[tuple[c.Article, ...], str]:
        found = self._call("GET", "/articles", after=page)
        return tuple(
            c.Article(each["id"], each["sku"], each["title"], money.to_micros(each["price"]), available=each["stock"])
            for each in found["articles"]
        ), found["after"]

    def acknowledge(self, external_id: str, number: str) -> None:
        self._call("PUT", f"/orders/{external_id}/number", {"number": number})

    def fulfil(self, parcel: c.Fulfilment) -> c.Done:
        said = {"courier": parcel.courier, "tracking": parcel.tracking, "url": parcel.tracking_url}
        path = f"/orders/{parcel.external_id}/parcels/{quote(parcel.key, safe='')}"
        return c.Done(self._call("PUT", path, said | {"units": dict(parcel.units)})["id"])

    def cancel(self, cancellation: c.Cancellation) -> None:
        said = {"reason": cancellation.reason, "restock": cancellation.restocked}
        self._call("PUT", f"/orders/{cancellation.external_id}/cancellation", said)

    def refund(self, refund: c.Refund) -> c.Done:
        said = {"amount": money.to_major(refund.amount, refund.currency), "reason": refund.reason}
        path = f"/orders/{refund.external_id}/refunds/{quote(refund.key, safe='')}"
        return c.Done(self._call("PUT", path, said | {"units": dict(refund.units)})["id"])

    def stock(self, levels: Sequence[c.Level], key: str) -> tuple[c.Told, ...]:
        problems = self._call("PUT", "/stock", {each.sku: each.available for each in levels})
        return tuple(c.Told(each.sku, each.available, problems.get(each.sku, "")) for each in levels)

    def subscribe(self, address: str) -> None:
        self._call("PUT", "/hooks", {"address": address})


def _raw(order: Mapping[str, Any]) -> c.Raw:
    return c.Raw("order", order["id"], datetime.fromisoformat(order["changed"]), json.dumps(order))


def read(body: str) -> c.ChannelOrder:
    """An order out of Bazaar's JSON: a pure function, so that what was stored can be read again."""
    try:
        return _order(json.loads(body))
    except (AttributeError, KeyError, TypeError, ValueError, OmsError) as error:
        raise Malformed(f"This is no order of Bazaar's: {error}.") from error


def _order(said: Mapping[str, Any]) -> c.ChannelOrder:
    def minor(amount: str) -> int:
        return money.to_minor(amount, said["currency"])

    def at(moment: Mapping[str, Any]) -> datetime:
        return datetime.fromisoformat(moment["at"])

    def line(each: Mapping[str, Any]) -> c.ChannelLine:
        price, wishes = money.to_micros(each["price"]), tuple((name, text) for name, text in each["wishes"])
        cuts = {"discount": minor(each["discount"]), "tax": minor(each["tax"]), "cancelled": each["cancelled"]}
        named = (each["id"], each["sku"], each["title"], each["units"], price, said["tax_included"])
        return c.ChannelLine(*named, **cuts, personalisation=wishes)

    return c.ChannelOrder(
        external_id=said["id"],
        number=said["number"],
        status=c.ChannelStatus(said["state"]),
        placed_at=datetime.fromisoformat(said["placed"]),
        updated_at=datetime.fromisoformat(said["changed"]),
        currency=said["currency"],
        total=minor(said["total"]),
        customer=CustomerDraft(**said["buyer"]),
        lines=tuple(line(each) for each in said["lines"]),
        ship_to=AddressDraft(**said["address"]),
        payment_method=PaymentMethod.COD if said["cod"] else PaymentMethod.PREPAID,
        payments=tuple(
            c.ChannelPayment(each["id"], PaymentKind.CAPTURE, minor(each["amount"]), "other", at(each))
            for each in said["paid"]
        ),
        refunds=tuple(
            c.ChannelRefund(each["id"], minor(each["amount"]), at(each), each["reason"], tuple(each["units"].items()))
            for each in said["refunds"]
        ),
        parcels=tuple(
            c.ChannelParcel(each["id"], each["courier"], each["tracking"], at(each), tuple(each["units"].items()))
            for each in said["parcels"]
        ),
        shipping=minor(said["shipping"]),
        discount=minor(said["discount"]),
        note=said["note"],
        service=said["service"],
    )


def verify(connection: c.Connection, headers: Mapping[str, str], body: bytes) -> c.Delivery:
    """A webhook that Bazaar signed: it says which order changed, and the order is read back."""
    secret = connection.secrets.get("token", "").encode()
    right = hmac.new(secret, body, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(headers.get("x-bazaar-signature", "").encode(), right.encode()):
        raise Unauthenticated("The signature of this webhook is not Bazaar's.")
    return c.Delivery(headers["x-bazaar-id"], "order", changed=(json.loads(body)["order"],))


ADAPTER = Adapter(
    c.ChannelKind(
        name="bazaar",
        title="Bazaar",
        settings=(c.Setting("address", "Shop"), c.Setting("token", "Token", secret=True)),
        capabilities=frozenset(c.Capability)
        - {c.Capability.BULK_LOAD, c.Capability.HOLD, c.Capability.LISTING, c.Capability.SETTLEMENTS},
    ),
    Bazaar,
    read,
    verify,
)
