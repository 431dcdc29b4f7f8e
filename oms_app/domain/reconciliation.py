"""Reconciliation: an order as its channel has it now beside ours; what differs, each with the way to mend it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oms_app.domain import money
from oms_app.domain.channels import Capability, ChannelOrder, ChannelStatus
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.parcels import GONE
from oms_app.domain.payments import PaymentKind

SPAN = timedelta(days=30)
"""How far back orders are compared, unless somebody says."""


_MAY_CHANGE = (Stage.PLACED, Stage.PROCESSING, Stage.READY, Stage.PICKING)
"""Until it is packed an order can be changed as the channel has it."""


class DifferenceKind(StrEnum):
    """What the channel and the shop do not agree about."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    CURRENCY = "currency"
    LINES = "lines"
    TOTAL = "total"
    PAID = "paid"
    REFUNDED = "refunded"
    SHIPPED = "shipped"
    TRACKING = "tracking"
    CANCELLED = "cancelled"
    STOCK = "stock"


TITLES: Mapping[DifferenceKind, str] = {
    DifferenceKind.MISSING: "Not here",
    DifferenceKind.UNKNOWN: "Not on the channel",
    DifferenceKind.UNREADABLE: "Cannot be read",
    DifferenceKind.CURRENCY: "Currency",
    DifferenceKind.LINES: "Lines",
    DifferenceKind.TOTAL: "Total",
    DifferenceKind.PAID: "Paid",
    DifferenceKind.REFUNDED: "Given back",
    DifferenceKind.SHIPPED: "Sent",
    DifferenceKind.TRACKING: "Tracking number",
    DifferenceKind.CANCELLED: "Cancelled on one side",
    DifferenceKind.STOCK: "Stock",
}


class Fix(StrEnum):
    """How a difference is mended."""

    PLACE = "place"
    """The order is placed here."""
    TAKE = "take"
    """What the channel has is taken over again."""
    TELL = "tell"
    """The channel is told again what we have."""
    PERSON = "person"
    """Nobody but a person can say which side is right."""


class RunState(StrEnum):
    """Where a reconciliation is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """Another one was asked for before it came to its end."""


class Part(StrEnum):
    """What a reconciliation goes through, one after the other."""

    NEW = "new"
    """What the channel has to tell is read first: what was only not read yet is no difference."""
    ORDERS = "orders"
    """The channel's orders, by its own pages."""
    OURS = "ours"
    """Our orders of that time which the channel did not show."""
    STOCK = "stock"
    """What the channel sells, and how many units it believes there are."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that differs: a sentence with what each side has, and the way to mend it."""

    kind: DifferenceKind
    said: str
    fix: Fix


@dataclass(frozen=True, slots=True)
class OurLine:
    """A line of ours in the channel's own units: ordered and not cancelled, and sent.

    external_id  the channel's id of it; empty where the channel has no such line
    """

    external_id: str
    sku: str
    units: int
    shipped: int


@dataclass(frozen=True, slots=True)
class OurOrder:
    """An order of ours as the channel's is compared with it. Money in minor units of `currency`.

    refunded  what is given back of the money that came in for it
    tracking  numbers of the parcels that left
    into      the stage of the order that it came into, for which it was cancelled here
    fuller    another order came into it, with lines and money that the channel does not know of it
    """

    number: str
    stage: Stage
    currency: str
    total: int
    captured: int
    refunded: int
    cod: bool
    lines: tuple[OurLine, ...]
    tracking: tuple[str, ...] = ()
    into: Stage | None = None
    fuller: bool = False


def compare(
    theirs: ChannelOrder, ours: OurOrder | None, can: frozenset[Capability], *, problem: str = ""
) -> tuple[Difference, ...]:
    """What differs between an order of a channel and ours.

    can      what the channel can be told: nothing is held against it that it cannot know
    problem  why the order could not be taken over, where that was tried
    """
    if ours is None:
        return tuple(_missing(theirs, problem))
    if (cancelled := _cancelled(theirs, ours, can)) is not None:
        return cancelled
    if theirs.currency != ours.currency:
        said = f"The channel has it in {theirs.currency}, here it is in {ours.currency}."
        return (Difference(DifferenceKind.CURRENCY, said, Fix.PERSON),)
    return (*_contents(theirs, ours), *_money(theirs, ours, can), *_parcels(theirs, ours, can))


def compare_level(available: int | None, wanted: int, *, problem: str = "") -> Difference | None:
    """What differs between the units a channel believes there are (None: nobody told it) and those it may sell."""
    if available == wanted:
        return None
    why = f" It said: {problem}" if problem else ""
    there = "was not told" if available is None else f"has {available:,}"
    said = f"The channel {there}, {wanted:,} may be sold.{why}"
    return Difference(DifferenceKind.STOCK, said, Fix.TELL)


def nightly(now: datetime, last: datetime, at: int) -> bool:
    """Whether nobody looked since the last time it was `at` o'clock; both moments in the shop's own zone."""
    due = now.replace(hour=at, minute=0, second=0, microsecond=0)
    return last < (due if now >= due else due - timedelta(days=1))


def _missing(theirs: ChannelOrder, problem: str) -> Iterator[Difference]:
    if theirs.status not in (ChannelStatus.PENDING, ChannelStatus.CANCELLED):
        total = money.show(theirs.total, theirs.currency)
        why = f" It could not be taken: {problem}" if problem else ""
        yield Difference(DifferenceKind.MISSING, f"The channel has it at {total}, it is not here.{why}", Fix.PLACE)


def _cancelled(theirs: ChannelOrder, ours: OurOrder, can: frozenset[Capability]) -> tuple[Difference, ...] | None:
    """What there is to say where a side cancelled the order; None where neither did."""
    there, here = theirs.status is ChannelStatus.CANCELLED, ours.stage is Stage.CANCELLED
    if there and here:
        return tuple(_given_back(theirs, ours, can))
    if there:
        fix = Fix.TAKE if ours.stage in OPEN_STAGES else Fix.PERSON
        return (Difference(DifferenceKind.CANCELLED, f"The channel cancelled it, here it is {ours.stage}.", fix),)
    if here and ours.into not in (None, Stage.CANCELLED):
        return tuple(_merged(theirs, ours, can))
    if here:
        fix = Fix.TELL if Capability.CANCEL in can and theirs.status is ChannelStatus.OPEN else Fix.PERSON
        return (Difference(DifferenceKind.CANCELLED, f"Here it is cancelled, on the channel {theirs.status}.", fix),)
    return None


def _merged(theirs: ChannelOrder, ours: OurOrder, can: frozenset[Capability]) -> Iterator[Difference]:
    """Of an order that came into another one: both sides agree about whether it has left, and what went back of it."""
    here, there = ours.into in GONE, theirs.status in (ChannelStatus.SHIPPED, ChannelStatus.DELIVERED)
    if here and not there and Capability.FULFIL in can:
        said = "Here it left with the order that it came into, on the channel it is open."
        yield Difference(DifferenceKind.SHIPPED, said, Fix.TELL)
    if there and not here:
        said = "The channel has it as sent, here it came into another order that has not left."
        yield Difference(DifferenceKind.SHIPPED, said, Fix.PERSON)
    yield from _given_back(theirs, ours, can)


def _contents(theirs: ChannelOrder, ours: OurOrder) -> Iterator[Difference]:
    wanted = {line.external_id: line.quantity - line.cancelled for line in theirs.lines}
    here = {line.external_id: line.units for line in ours.lines if line.external_id}
    named = {line.external_id: line.sku or line.name or line.external_id for line in theirs.lines}
    named |= {line.external_id: line.sku for line in ours.lines if line.external_id}
    parts = [
        f"of {named[name]} the channel has {wanted.get(name, 0)}, here are {here.get(name, 0)}"
        for name in {**wanted, **here}
        if wanted.get(name, 0) != here.get(name, 0)
    ]
    # Lines that somebody added here, or that came from another order, are never taken off by themselves.
    added = [f"of {each.sku} {each.units} were added here" for each in _added(ours)]
    fix = Fix.TAKE if ours.stage in _MAY_CHANGE else Fix.PERSON
    if parts or added:
        said = "; ".join([*parts, *added])
        yield Difference(DifferenceKind.LINES, f"{said[:1].upper()}{said[1:]}.", fix if parts else Fix.PERSON)
    elif theirs.total != ours.total and not _taken_out(theirs) and not ours.fuller:
        sums = money.show(theirs.total, theirs.currency), money.show(ours.total, ours.currency)
        yield Difference(DifferenceKind.TOTAL, f"The channel has {sums[0]}, here it is {sums[1]}.", fix)


def _added(ours: OurOrder) -> list[OurLine]:
    """Lines that somebody added here; those of another order that came in are its own."""
    return [] if ours.fuller else [each for each in ours.lines if not each.external_id and each.units]


def _taken_out(theirs: ChannelOrder) -> bool:
    """Whether units were taken out: some channels keep the total as it was ordered then, others do not."""
    return any(line.cancelled for line in theirs.lines)


def _money(theirs: ChannelOrder, ours: OurOrder, can: frozenset[Capability]) -> Iterator[Difference]:
    paid = captured(theirs)
    # What a courier collects at the door is recorded here, and no channel is told of it.
    if paid > ours.captured or (paid < ours.captured and not ours.cod and not ours.fuller):
        fix = Fix.TAKE if paid > ours.captured else Fix.PERSON
        sums = money.show(paid, theirs.currency), money.show(ours.captured, ours.currency)
        yield Difference(DifferenceKind.PAID, f"On the channel {sums[0]} came in, here {sums[1]}.", fix)
    yield from _given_back(theirs, ours, can)


def _given_back(theirs: ChannelOrder, ours: OurOrder, can: frozenset[Capability]) -> Iterator[Difference]:
    there = refunded(theirs)
    if there == ours.refunded or theirs.currency != ours.currency:
        return
    if not there and Capability.SETTLEMENTS in can and Capability.REFUND not in can:
        return  # its orders do not tell of money that went back, its settlements do
    fix = Fix.TELL if Capability.REFUND in can else Fix.PERSON
    if there > ours.refunded:  # of a merged one the other order holds the money: it is recorded there, by hand
        fix = Fix.TAKE if ours.into is None else Fix.PERSON
    sums = money.show(there, theirs.currency), money.show(ours.refunded, ours.currency)
    yield Difference(DifferenceKind.REFUNDED, f"On the channel {sums[0]} went back, here {sums[1]}.", fix)


def _parcels(theirs: ChannelOrder, ours: OurOrder, can: frozenset[Capability]) -> Iterator[Difference]:
    sent = shipped_there(theirs)
    more = sum(max(sent.get(line.external_id, 0) - line.shipped, 0) for line in ours.lines if line.external_id)
    less = sum(max(line.shipped - sent.get(line.external_id, 0), 0) for line in ours.lines if line.external_id)
    there, here = sum(sent.values()), sum(line.shipped for line in ours.lines)
    if more:
        said = f"The channel has {there} units as sent, here {here} left: ship or cancel it here."
        yield Difference(DifferenceKind.SHIPPED, said, Fix.PERSON)
    elif less and Capability.FULFIL in can:
        yield Difference(DifferenceKind.SHIPPED, f"Here {here} units left, the channel has {there} as sent.", Fix.TELL)
    elif here and not less and Capability.FULFIL in can:
        yield from _tracking(theirs, ours)


def _tracking(theirs: ChannelOrder, ours: OurOrder) -> Iterator[Difference]:
    there = {parcel.tracking for parcel in theirs.parcels if parcel.tracking}
    lacking = [number for number in ours.tracking if number and number not in there]
    if lacking and theirs.parcels:
        said = f"Here it left as {', '.join(lacking)}, the channel has {', '.join(sorted(there)) or 'no number'}."
        yield Difference(DifferenceKind.TRACKING, said, Fix.PERSON)


def captured(theirs: ChannelOrder) -> int:
    """Minor units that came in on the channel's side."""
    signs = {PaymentKind.CAPTURE: 1, PaymentKind.VOID: -1}
    return max(sum(signs.get(each.kind, 0) * each.amount for each in theirs.payments), 0)


def refunded(theirs: ChannelOrder) -> int:
    """Minor units that went back on the channel's side."""
    return sum(each.amount for each in theirs.refunds)


def shipped_there(theirs: ChannelOrder) -> dict[str, int]:
    """Units the channel has as sent, by its line id."""
    wanted = {line.external_id: line.quantity - line.cancelled for line in theirs.lines}
    gone = theirs.status in (ChannelStatus.SHIPPED, ChannelStatus.DELIVERED)
    if any(not parcel.units for parcel in theirs.parcels) or (gone and not theirs.parcels):
        return wanted
    sent: dict[str, int] = {}
    for parcel in theirs.parcels:
        for name, units in parcel.units:
            sent[name] = sent.get(name, 0) + units
    return sent
