"""The shop behind a sandbox: articles with stock, orders, money, parcels and a clock. It knows no vendor."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.buyers import BUYERS, Buyer

MANUAL_GATEWAYS = {"Cash on Delivery (COD)"}


@dataclass(slots=True)
class Article:
    """Something on sale. `price` in minor units, `tax_percent` of it."""

    number: int
    sku: str
    title: str
    price: int
    stock: int = 0
    barcode: str = ""
    tax_percent: int = 5
    tracked: bool = True


@dataclass(slots=True)
class Line:
    """A line of an order: `price` of one and `discount` of all in minor units; `order_discount` is its share."""

    number: int
    sku: str
    title: str
    quantity: int
    price: int
    discount: int = 0
    tax_percent: int = 5
    cancelled: int = 0
    order_discount: int = 0
    personalisation: tuple[tuple[str, str], ...] = ()

    @property
    def net(self) -> int:
        """What is asked for it after every discount."""
        return self.price * self.quantity - self.discount - self.order_discount


@dataclass(slots=True)
class Payment:
    """Money that moved, or is to move: `kind` is capture, authorise, void or due (COD, bank transfer)."""

    number: int
    kind: str
    amount: int
    gateway: str
    at: datetime


@dataclass(slots=True)
class Refund:
    """Money that went back, with the units that came back or were taken out, by line number."""

    number: int
    amount: int
    at: datetime
    reason: str = ""
    units: dict[int, int] = field(default_factory=dict)
    returned: bool = False
    payment: int = 0


@dataclass(slots=True)
class Parcel:
    """What left, by line number."""

    number: int
    courier: str
    tracking: str
    url: str
    at: datetime
    units: dict[int, int]
    delivered_at: datetime | None = None
    cancelled: bool = False


@dataclass(slots=True)
class Return:
    """Goods that a buyer sends back, by line number. `status` is requested, open, closed or declined."""

    number: int
    units: dict[int, int]
    at: datetime
    reason: str = ""
    status: str = "requested"


@dataclass(slots=True)
class Order:
    """An order with everything that happened to it, minor units of `currency`."""

    number: int
    name: str
    placed_at: datetime
    updated_at: datetime
    currency: str
    buyer: Buyer
    lines: list[Line]
    tax_included: bool = True
    shipping: int = 0
    discount: int = 0
    gateway: str = "Razorpay Secure"
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    note: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    tags: list[str] = field(default_factory=list)
    service: str = "Standard"
    hold: str = ""
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    known_as: str = ""
    """What our shop calls it, once the channel was told."""

    @property
    def cod(self) -> bool:
        """Whether the courier collects the money."""
        return self.gateway in MANUAL_GATEWAYS

    def tax(self, line: Line) -> int:
        """The tax of a line, minor units, inside its price or on top of it."""
        part = line.tax_percent / (100 + line.tax_percent) if self.tax_included else line.tax_percent / 100
        return int(line.net * part + 0.5)

    @property
    def total(self) -> int:
        """What the buyer pays in all."""
        goods = sum(line.net + (0 if self.tax_included else self.tax(line)) for line in self.lines)
        return goods + self.shipping

    @property
    def captured(self) -> int:
        """What came in."""
        return sum(each.amount for each in self.payments if each.kind == "capture")

    @property
    def refunded(self) -> int:
        """What went back."""
        return sum(each.amount for each in self.refunds)

    def shipped(self, line: Line) -> int:
        """Units of a line that left."""
        return sum(parcel.units.get(line.number, 0) for parcel in self.parcels if not parcel.cancelled)

    def to_ship(self, line: Line) -> int:
        """Units of a line that are still to leave."""
        return 0 if self.cancelled_at else line.quantity - line.cancelled - self.shipped(line)


def unused() -> int:
    """A number after every one of an earlier sandbox, so that its orders are not taken for those: tenths of seconds."""
    return int((datetime.now(UTC) - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds() * 10)


class Refusal(Exception):
    """The shop says no; each vendor's sandbox puts it into that vendor's words."""


class Shop:
    """State of one sandbox, safe over threads. Every change of an order stamps it and tells the listeners."""

    def __init__(
        self,
        articles: Sequence[tuple[str, str, int, int]] = (),
        *,
        name: str = "Sandbox Handlooms",
        currency: str = "INR",
        buyers: Sequence[Buyer] = BUYERS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        last: int = 1000,
    ):
        """`articles` are (SKU, title, price in minor units, stock); numbers begin after `last`."""
        self.name, self.currency, self.buyers, self.clock = name, currency, tuple(buyers), clock
        self.lock = threading.RLock()
        self.articles: dict[str, Article] = {}
        self.orders: dict[int, Order] = {}
        self.listeners: list[Callable[[str, Order], None]] = []
        self.extra: dict[str, Any] = {}
        self.keys: dict[str, tuple[str, Any]] = {}
        self.last = last
        for sku, title, price, stock in articles:
            self.offer(sku, title, price, stock)

    def next_number(self) -> int:
        """A number that nothing else has."""
        with self.lock:
            self.last += 1
            return self.last

    def offer(self, sku: str, title: str, price: int, stock: int = 0, **more: Any) -> Article:
        """Put an article on sale."""
        article = Article(self.next_number(), sku, title, price, stock, **more)
        self.articles[sku] = article
        return article

    def place(
        self,
        lines: Sequence[tuple[str, int]] | Sequence[Line],
        *,
        buyer: Buyer | None = None,
        paid: bool = True,
        cod: bool = False,
        **more: Any,
    ) -> Order:
        """An order comes in, of (SKU, units) or of lines made by the caller; `more` are fields of Order."""
        with self.lock:
            now = self.clock()
            number = self.next_number()
            if cod:
                more["gateway"] = "Cash on Delivery (COD)"
            made = [each if isinstance(each, Line) else self.line(*each) for each in lines]
            order = Order(
                number, f"#{number}", now, now, self.currency, buyer or self.buyers[0], made, **more
            )  # fmt: skip
            for line, share in zip(made, money.spread(order.discount, [each.net for each in made]), strict=True):
                line.order_discount = share
            kind = "capture" if paid and not order.cod else "due"
            order.payments.append(Payment(self.next_number(), kind, order.total, order.gateway, now))
            self.orders[number] = order
            self._tell("created", order)
            return order

    def line(self, sku: str, quantity: int, **more: Any) -> Line:
        """A line of an article at its price; an unknown SKU costs a hundred."""
        article = self.articles.get(sku) or Article(0, sku, f"Article {sku}", 100 * 10 ** money.digits(self.currency))
        fields: dict[str, Any] = {"price": article.price, "tax_percent": article.tax_percent} | more
        return Line(self.next_number(), sku, article.title, quantity, **fields)

    def arrive(self, rng: Random) -> Order:
        """A buyer buys something by chance."""
        skus = rng.sample(sorted(self.articles), k=min(len(self.articles), rng.choice((1, 1, 1, 2, 2, 3))))
        return self.place(
            [(sku, rng.choice((1, 1, 1, 2, 3))) for sku in skus],
            buyer=rng.choice(self.buyers),
            cod=rng.random() < 0.35,
            shipping=rng.choice((0, 4_900, 9_900)),
        )

    def changed_since(self, since: datetime) -> list[Order]:
        """Orders changed at that moment or later, oldest change first; one moment's by number."""
        with self.lock:
            changed = [order for order in self.orders.values() if order.updated_at >= since]
        return sorted(changed, key=lambda order: (order.updated_at, order.number))

    def touch(self, order: Order) -> None:
        """Say that an order changed."""
        order.updated_at = self.clock()
        self._tell("updated", order)

    def fulfil(self, order: Order, units: Mapping[int, int], *, courier: str, tracking: str, url: str = "") -> Parcel:
        """A parcel leaves. Raises Refusal for more units than are to leave."""
        with self.lock:
            if order.cancelled_at:
                raise Refusal("The order is cancelled.")
            lines = {line.number: line for line in order.lines}
            for number, count in units.items():
                if number not in lines or not 0 < count <= order.to_ship(lines[number]):
                    raise Refusal("Invalid fulfillment order line item quantity requested.")
            parcel = Parcel(self.next_number(), courier, tracking, url, self.clock(), dict(units))
            order.parcels.append(parcel)
            self.touch(order)
            return parcel

    def refund(
        self, order: Order, amount: int, *, reason: str = "", units: Mapping[int, int] | None = None, payment: int = 0
    ) -> Refund:
        """Money goes back; `units` that have not left are taken out of the order. Raises Refusal beyond what came."""
        with self.lock:
            if amount > order.captured - order.refunded:
                raise Refusal("Refund amount exceeds what can be refunded.")
            lines = {line.number: line for line in order.lines}
            left = all(order.to_ship(lines[number]) < count for number, count in (units or {}).items())
            for number, count in (units or {}).items():
                lines[number].cancelled += min(count, order.to_ship(lines[number]))
            refund = Refund(
                self.next_number(), amount, self.clock(), reason, dict(units or {}), bool(units) and left, payment
            )
            order.refunds.append(refund)
            self.touch(order)
            return refund

    def cancel(self, order: Order, reason: str, *, restock: bool = False) -> None:
        """Nothing of it is to leave any more. Raises Refusal where something has left or it is cancelled."""
        with self.lock:
            if order.cancelled_at:
                raise Refusal("The order is already cancelled.")
            if order.parcels:
                raise Refusal("Cannot cancel an order that has been fulfilled.")
            for line in order.lines:
                if restock and (article := self.articles.get(line.sku)):
                    article.stock += line.quantity - line.cancelled
                line.cancelled = line.quantity
            order.cancelled_at, order.cancel_reason = self.clock(), reason
            self.touch(order)

    def deliver(self, order: Order, parcel: Parcel) -> None:
        """A parcel arrived."""
        parcel.delivered_at = self.clock()
        self.touch(order)

    def send_back(self, order: Order, units: Mapping[int, int], *, reason: str = "", status: str = "open") -> Return:
        """A buyer sends goods back. Raises Refusal for more units than left."""
        with self.lock:
            lines = {line.number: line for line in order.lines}
            if any(count > order.shipped(lines[number]) for number, count in units.items()):
                raise Refusal("More than was sent cannot come back.")
            back = Return(self.next_number(), dict(units), self.clock(), reason, status)
            order.returns.append(back)
            self.touch(order)
            return back

    def once(self, key: str, payload: str, act: Callable[[], Any]) -> Any:
        """What `act` answered the first time this key came. Raises Refusal where it comes with something else."""
        with self.lock:
            if key in self.keys:
                before, answer = self.keys[key]
                if before != payload:
                    raise Refusal("The same idempotency key came with other parameters.")
                return answer
            answer = act()
            self.keys[key] = (payload, answer)
            return answer

    def _tell(self, topic: str, order: Order) -> None:
        for listener in self.listeners:
            listener(topic, order)
