"""The smallest channel there can be: a shop in memory that keeps the promises of the port, for tests of its users."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from oms_app.domain.channels import (
    Article,
    Cancellation,
    Capability,
    ChannelKind,
    ChannelLine,
    ChannelOrder,
    ChannelParcel,
    ChannelPayment,
    ChannelRefund,
    ChannelReturn,
    ChannelStatus,
    Connection,
    Delivery,
    Done,
    Fulfilment,
    Level,
    Listing,
    Page,
    Position,
    Raw,
    Refund,
    Setting,
    Told,
)
from oms_app.domain.errors import NotFound, OmsError, Unauthenticated
from oms_app.domain.orders import AddressDraft, CustomerDraft
from oms_app.domain.payments import PaymentKind
from oms_app.integrations.http import Http
from oms_app.integrations.ports import Adapter

_PRICE = 100_000_000
START = datetime(2026, 11, 1, 6, tzinfo=UTC)


@dataclass
class CornerShop:
    """Its orders as JSON by id; `others` are articles besides `stock_by_sku`; `fails` is raised by the next call."""

    orders_by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    stock_by_sku: dict[str, int] = field(default_factory=dict)
    others: list[Article] = field(default_factory=list)
    fulfilments: dict[str, Fulfilment] = field(default_factory=dict)
    cancelled: dict[str, Cancellation] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    taken_up: dict[str, Listing] = field(default_factory=dict)
    fails: OmsError | None = None
    page_size: int = 2
    wait_s: float = 0
    newest_first: bool = False
    calls: int = 0

    def sells(self, number: str, *lines: tuple[str, int], minute: int = 0, **values: Any) -> dict[str, Any]:
        """Somebody buys: (SKU, units) at ₹100 each; returns the order, which a test may change."""
        total = 10_000 * sum(units for _, units in lines)
        self.orders_by_id[number] = {
            "id": number,
            "updated": (START + timedelta(minutes=minute)).isoformat(),
            "status": "open",
            "lines": [{"id": f"{number}-{place}", "sku": s, "units": u} for place, (s, u) in enumerate(lines)],
            "paid": total,
            "city": "Pune",
            "parcels": [],
            "refunds": [],
        } | values
        return self.orders_by_id[number]

    def changes(self, number: str, *, minute: int, **values: Any) -> None:
        """Something of an order is another now."""
        self.orders_by_id[number] |= {"updated": (START + timedelta(minutes=minute)).isoformat()} | values

    def adapter(self) -> Adapter:
        """The kind of channel whose every connection is this shop."""
        settings = (Setting("address", "Address"), Setting("token", "Token", secret=True))
        kind = ChannelKind("corner", "Corner shop", settings, frozenset(Capability))
        return Adapter(kind, self._connect, read, verify)

    def _connect(self, connection: Connection, http: Http) -> "CornerShop":
        return self

    def _answer(self) -> None:
        self.calls += 1
        if self.fails is not None:
            raised, self.fails = self.fails, None
            raise raised

    def test(self) -> str:
        self._answer()
        return "The corner shop"

    def orders(self, position: Position) -> Page:
        self._answer()
        found = sorted((raw_of(each) for each in self.orders_by_id.values()), key=lambda raw: raw.updated_at)
        found = [raw for raw in found if raw.updated_at >= position.since]
        if self.newest_first:
            found.reverse()
        start = int(position.page or 0)
        end = start + self.page_size
        return Page(tuple(found[start:end]), str(end) if end < len(found) else "", self.wait_s)

    def history(self, position: Position) -> Page:
        page = self.orders(position)
        return Page(page.items, page.following, total=len(self.orders_by_id))

    def order(self, external_id: str) -> Raw:
        self._answer()
        if external_id not in self.orders_by_id:
            raise NotFound(f"There is no order {external_id}.")
        return raw_of(self.orders_by_id[external_id])

    def articles(self, page: str = "") -> tuple[tuple[Article, ...], str]:
        self._answer()
        return (*map(self._article, self.stock_by_sku), *self.others), ""

    def push_product(self, listing: Listing) -> Article:
        self._answer()
        if listing.sku not in self.stock_by_sku:
            self.stock_by_sku[listing.sku], self.taken_up[listing.sku] = 0, listing
        return self._article(listing.sku)

    def _article(self, sku: str) -> Article:
        title = self.taken_up[sku].title if sku in self.taken_up else sku
        return Article(sku, sku, title, available=self.stock_by_sku[sku])

    def acknowledge(self, external_id: str, number: str) -> None:
        self._answer()
        self.orders_by_id[external_id]["ours"] = number

    def fulfil(self, fulfilment: Fulfilment) -> Done:
        self._answer()
        self.fulfilments.setdefault(fulfilment.key, fulfilment)
        return Done(f"parcel-{fulfilment.key}")

    def cancel(self, cancellation: Cancellation) -> None:
        self._answer()
        self.cancelled.setdefault(cancellation.key, cancellation)

    def refund(self, refund: Refund) -> Done:
        self._answer()
        self.refunds.setdefault(refund.key, refund)
        return Done(f"refund-{refund.key}")

    def stock(self, levels: Sequence[Level], key: str) -> tuple[Told, ...]:
        self._answer()
        for level in levels:
            if level.sku in self.stock_by_sku:
                self.stock_by_sku[level.sku] = level.available
        unknown = "No such article."
        return tuple(
            Told(each.sku, each.available, "" if each.sku in self.stock_by_sku else unknown) for each in levels
        )

    def subscribe(self, address: str) -> None:
        self._answer()


def raw_of(order: dict[str, Any]) -> Raw:
    """An order as it is sent."""
    return Raw("order", order["id"], datetime.fromisoformat(order["updated"]), json.dumps(order))


def read(body: str) -> ChannelOrder:
    """An order as it is understood."""
    order = json.loads(body)
    lines = tuple(
        ChannelLine(
            each["id"], each["sku"], each["sku"], each["units"], 100_000_000, True, cancelled=each.get("off", 0)
        )
        for each in order["lines"]
    )
    paid = (ChannelPayment(f"pay-{order['id']}", PaymentKind.CAPTURE, order["paid"], "upi", START),)
    return ChannelOrder(
        external_id=order["id"],
        number=f"#{order['id']}",
        status=ChannelStatus(order["status"]),
        placed_at=START + timedelta(minutes=order.get("placed", 0)),
        updated_at=datetime.fromisoformat(order["updated"]),
        currency="INR",
        total=10_000 * sum(line.quantity - line.cancelled for line in lines),
        customer=CustomerDraft("Asha Rao", email="asha@customer.example", phone="98765 43210"),
        lines=lines,
        ship_to=AddressDraft("Asha Rao", "98765 43210", "12 MG Road", "", order["city"], "Maharashtra", "411001"),
        payments=paid if order["paid"] else (),
        refunds=tuple(
            ChannelRefund(name, amount, START, key=key[0] if key else "") for name, amount, *key in order["refunds"]
        ),
        parcels=tuple(
            ChannelParcel(name, "Delhivery", f"AWB-{name}", START, tuple(order.get("sent", {}).get(name, {}).items()))
            for name in order["parcels"]
        ),
        returns=tuple(
            ChannelReturn(name, f"{name}-R1", status, START, ((lines[0].external_id, 1),), "Too small")
            for name, status in order.get("returns", {}).items()
        ),
    )


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> Delivery:
    """A webhook: its secret is the token itself."""
    if headers.get("x-token") != connection.secrets["token"]:
        raise Unauthenticated("The token is another one.")
    said = json.loads(body)
    resource = raw_of(said["order"]) if "order" in said else None
    return Delivery(said["id"], "order", resource, tuple(said.get("changed", ())))
