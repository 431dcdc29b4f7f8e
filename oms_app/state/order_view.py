"""An order and its timeline as the order page shows them: every number and moment already written out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from oms_app.domain import lifecycle, moments, money, timeline
from oms_app.domain.lifecycle import FLOW, LIFECYCLE, Stage
from oms_app.domain.orders import AddressView, EventView, HoldView, LineView, NextMove, OrderView
from oms_app.domain.pickups import Chance
from oms_app.domain.sla import Sla
from oms_app.settings import get_settings
from oms_app.state import order_parcels
from oms_app.state.order_parcels import ParcelRow, SplitRow

KINDS = {"capture": "Paid", "authorise": "Authorised", "release": "Authorisation void", "refund": "Refunded"}
LATE_WORDS = {Sla.LATE: "Late", Sla.DUE: "Due soon", Sla.OK: "On time"}


@dataclass(frozen=True, slots=True)
class Step:
    """A stage the order may be sent to; `blocked` says why not just now, `pays` what a payment would clear."""

    stage: str = ""
    title: str = ""
    blocked: str = ""
    pays: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of the order."""

    sku: str
    name: str
    price: str
    total: str
    ordered: int
    allocated: int
    picked: int
    packed: int
    shipped: int
    cancelled: int
    wishes: str = ""
    parts: str = ""


@dataclass(frozen=True, slots=True)
class HoldRow:
    """An open hold."""

    id: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A word and what it stands for."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A recorded payment."""

    kind: str
    amount: str
    text: str


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note."""

    body: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field of an event: before → after."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline."""

    id: int
    time: str
    title: str
    by: str
    reason: str
    audience: str
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the timeline, newest first inside."""

    title: str
    lines: list[Happening]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """The order, ready to be shown."""

    shown: str = ""
    version: int = 0
    stage: str = ""
    stage_title: str = ""
    sla: str = "ok"
    sla_text: str = ""
    priority: int = 0
    priority_why: list[str] = field(default_factory=list)
    pickup: str = ""
    pickup_severity: str = "info"
    demo: bool = False
    b2b: bool = False
    placed: str = ""
    total: str = ""
    currency: str = ""
    owed: str = ""
    owed_amount: str = ""
    refundable: str = ""
    over: str = ""
    over_amount: str = ""
    short: str = ""
    channel: str = ""
    customer: str = ""
    next: Step = field(default_factory=Step)
    others: list[Step] = field(default_factory=list)
    holds: list[HoldRow] = field(default_factory=list)
    lines: list[LineRow] = field(default_factory=list)
    sums: list[Fact] = field(default_factory=list)
    about: list[Fact] = field(default_factory=list)
    buyer: list[Fact] = field(default_factory=list)
    ship_to: list[str] = field(default_factory=list)
    bill_to: list[str] = field(default_factory=list)
    payments: list[PaymentRow] = field(default_factory=list)
    payment_status: str = ""
    parcels: list[ParcelRow] = field(default_factory=list)
    open_parcels: list[tuple[str, str]] = field(default_factory=list)
    divisible: list[SplitRow] = field(default_factory=list)
    shipped: list[SplitRow] = field(default_factory=list)
    goes_in_part: bool = False
    notes: list[NoteRow] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    assignee: str = ""


def order_page(order: OrderView) -> OrderPage:
    """The order with everything written out."""
    zone, now = ZoneInfo(get_settings().timezone), datetime.now(UTC)
    onward, others = _steps(order)
    owed, over = order.balance_due, order.refund_due
    return OrderPage(
        shown=order.number,
        version=order.version,
        stage=order.stage,
        stage_title=LIFECYCLE[order.stage].title,
        sla={Sla.LATE: "late", Sla.DUE: "due"}.get(order.sla, "ok"),
        sla_text=_sla_text(order, now),
        priority=order.priority,
        priority_why=[f"{words} {points:+}" for words, points in order.score.parts],
        pickup=_pickup(order, zone),
        pickup_severity=_PICKUP_SEVERITY[order.forecast.chance if order.forecast else None],
        demo=order.demo,
        b2b=bool(order.gstin),
        placed=moments.show(order.placed_at, zone),
        total=money.show(order.total, order.currency),
        currency=order.currency,
        owed=money.show(owed, order.currency) if owed else "",
        owed_amount=money.to_major(owed, order.currency) if owed else "",
        refundable=money.show(order.refundable, order.currency) if order.refundable else "",
        over=money.show(over, order.currency) if over else "",
        over_amount=money.to_major(over, order.currency) if over else "",
        short=_short(order.shortfall) if order.stage in lifecycle.OPEN_STAGES else "",
        channel=order.channel_title,
        customer=order.customer.name if order.customer else "",
        next=onward,
        others=others,
        holds=[_hold(each, zone) for each in order.holds],
        lines=[_line(order, line) for line in order.lines],
        sums=_sums(order),
        about=_about(order, zone),
        buyer=_buyer(order),
        ship_to=_address(order.ship_to),
        bill_to=_address(order.bill_to) if order.bill_to != order.ship_to else [],
        payments=[
            PaymentRow(
                KINDS.get(p.kind, p.kind.capitalize()),
                money.show(p.amount, order.currency),
                " · ".join(filter(None, (p.method, p.reference, p.actor, moments.show(p.at, zone)))),
            )
            for p in order.payments
        ],
        payment_status=order.payment_status.replace("_", " "),
        parcels=order_parcels.rows(order),
        open_parcels=order_parcels.choices(order),
        divisible=order_parcels.divisible(order),
        shipped=order_parcels.shipped(order),
        goes_in_part=onward.blocked.endswith(lifecycle.SPLIT),
        notes=[NoteRow(n.body, f"{n.author} · {moments.show(n.at, zone)}") for n in reversed(order.notes)],
        tags=list(order.tags),
        assignee=order.assignee,
    )


def days(events: Sequence[EventView], audience: str, currency: str) -> list[Day]:
    """The timeline by day, newest first; `audience` leaves only that part, "" all of it."""
    zone = ZoneInfo(get_settings().timezone)
    kept = [event for event in reversed(events) if audience in ("", timeline.audience(event))]
    by_day = groupby(kept, key=lambda event: moments.show_day(event.at, zone))
    return [Day(title, [_happening(event, zone, currency) for event in group]) for title, group in by_day]


def _happening(event: EventView, zone: ZoneInfo, currency: str) -> Happening:
    return Happening(
        id=event.id,
        time=moments.show_time(event.at, zone),
        title=timeline.title(event),
        by=f"{event.actor} · {event.source}",
        reason=event.reason,
        audience=timeline.audience(event),
        changes=[Change(*row) for row in timeline.changes(event, currency)],
    )


def _steps(order: OrderView) -> tuple[Step, list[Step]]:
    """The next stage of the flow, and the other stages the order may go to."""
    after = FLOW[FLOW.index(order.stage) + 1 :] if order.stage in FLOW else ()
    moves = {move.to: move for move in order.next_moves}
    following = next((stage for stage in after if stage in moves), None)
    others = [_step(move) for stage, move in moves.items() if stage is not following]
    return (_step(moves[following]) if following else Step()), others


def _step(move: NextMove) -> Step:
    words = {Stage.CANCELLED: "Cancel the order"}
    return Step(move.to, words.get(move.to, LIFECYCLE[move.to].title), move.blocked, move.pays)


def _sla_text(order: OrderView, now: datetime) -> str:
    if order.ship_by is None or order.stage is Stage.CANCELLED:
        return ""
    if order.stage not in lifecycle.OPEN_STAGES:
        return "Left late" if order.sla is Sla.LATE else "Left on time"
    return f"{LATE_WORDS[order.sla]}: ship {moments.until(order.ship_by, now)}"


def expires(at: datetime | None) -> str:
    """How long an unpaid order still keeps its stock; empty where nothing ends."""
    now = datetime.now(UTC)
    return f"Expires {moments.until(at, now) if at > now else 'now'} unless paid" if at else ""


_PICKUP_SEVERITY = {None: "info", Chance.MAY_MISS: "due", Chance.WILL_MISS: "late"}


def _pickup(order: OrderView, zone: ZoneInfo) -> str:
    if order.forecast is None:
        return ""
    at = moments.show_time(order.forecast.at, zone)
    if not order.forecast.known:
        return f"Today's {at} pickup: not enough history to say"
    words = {None: "Makes", Chance.MAY_MISS: "May miss", Chance.WILL_MISS: "Will miss"}
    return f"{words[order.forecast.chance]} today's {at} pickup"


def _line(order: OrderView, line: LineView) -> LineRow:
    return LineRow(
        sku=line.sku,
        name=line.name,
        price=money.show_micros(line.unit_price_micros, order.currency),
        total=money.show(line.total, order.currency),
        ordered=line.quantity,
        allocated=line.allocated,
        picked=line.picked,
        packed=line.packed,
        shipped=line.shipped,
        cancelled=line.cancelled,
        wishes="; ".join(f"{name}: {text}" if text else name for name, text in line.personalisation),
        parts=", ".join(f"{part.units} × {part.sku}" for part in line.parts),
    )


def _short(units: int) -> str:
    return f"{units} {'unit waits' if units == 1 else 'units wait'} for stock" if units else ""


def _sums(order: OrderView) -> list[Fact]:
    rows = (
        ("Lines", order.subtotal),
        ("Discount", -order.discount),
        ("Shipping", order.shipping),
        ("Tax added", order.tax_added),
        ("Authorised", order.authorised),
        ("Paid", order.captured),
        ("Refunded", -order.refunded),
    )
    shown = [Fact(name, money.show(amount, order.currency)) for name, amount in rows if amount or name == "Paid"]
    at = next((index for index, fact in enumerate(shown) if fact.name == "Paid"), len(shown))
    return [*shown[:at], Fact("Total", money.show(order.total, order.currency)), *shown[at:]]


def _about(order: OrderView, zone: ZoneInfo) -> list[Fact]:
    rows = (
        ("Placed", moments.show(order.placed_at, zone)),
        ("Channel", order.channel_title),
        ("Their number", order.external_id or ""),
        ("Ship by", moments.show(order.ship_by, zone) if order.ship_by else ""),
        ("Shipped", moments.show(order.shipped_at, zone) if order.shipped_at else ""),
        ("Delivered", moments.show(order.delivered_at, zone) if order.delivered_at else ""),
        ("Service", order.service.replace("_", " ").capitalize()),
        ("Ships from", order.location),
        ("Payment", "Cash on delivery" if order.payment_method == "cod" else order.payment_method.capitalize()),
        ("Pays later", "May go before it is paid" if order.on_account and order.captured < order.total else ""),
        ("GSTIN", order.gstin),
        ("Works on it", order.assignee or "Nobody"),
        ("Cancelled because", order.cancel_reason),
    )
    return [Fact(name, value) for name, value in rows if value]


def _buyer(order: OrderView) -> list[Fact]:
    buyer = order.customer
    if buyer is None:
        return []
    bought = f"{buyer.orders} {'order' if buyer.orders == 1 else 'orders'}, {money.show(buyer.spent, order.currency)}"
    rows = (("E-mail", buyer.email), ("Phone", buyer.phone), ("Lifetime", bought))
    return [Fact(name, value) for name, value in rows if value]


def _address(address: AddressView | None) -> list[str]:
    if address is None:
        return []
    country = "" if address.country == "IN" else address.country
    town = " ".join(filter(None, (address.city, address.postal_code)))
    rows = (address.name, address.line1, address.line2, town, address.state, country, address.phone)
    return [row for row in rows if row]


def _hold(hold: HoldView, zone: ZoneInfo) -> HoldRow:
    why = " ".join(filter(None, (hold.reason, hold.fix)))
    return HoldRow(hold.id, hold.kind, f"{why} ({hold.opened_by}, {moments.show(hold.opened_at, zone)})")
