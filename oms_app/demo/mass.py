"""Orders of the demo shop by the thousand, as rows: made in a process of their own, away from the database.

An order here is a shorter story than one of sales.py and journey.py: no holds, notes or refunds, one location, and
once it is delivered nothing is left of its reservations.
"""

import marshal
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from oms_app.demo import shop
from oms_app.demo.catalogue import ARTICLES
from oms_app.demo.people import Person, person
from oms_app.demo.sales import FREE_FROM, SHIPPING, external_id
from oms_app.domain.clock import from_ms, order_id_at, to_ms
from oms_app.domain.days import DAY_MS, HOUR_MS, offsets, weekday
from oms_app.domain.durations import EDGES
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.rollups import DUE_LATE, DUE_ON_TIME, DUE_WAITING, IN_STAGE, STAGE_SLOTS, Counts, Kind
from oms_app.domain.search_document import Document, Subject, document

ORDER = (
    *("id", "number", "channel_id", "external_id", "stage", "stage_at", "version", "placed_at", "updated_at"),
    *("ship_by", "shipped_at", "delivered_at", "customer_id", "customer_name", "city", "state", "postal_code"),
    *("country", "gstin", "ship_to_id", "bill_to_id", "location_id", "currency", "subtotal", "discount", "shipping"),
    *("total", "captured", "on_account", "payment_method", "payment_status", "units", "shortfall", "cancel_reason"),
)
LINE = (
    *("order_id", "position", "product_id", "sku", "name", "quantity", "allocated", "picked", "packed", "shipped"),
    *("cancelled", "unit_price_micros", "total"),
)
CUSTOMER = ("id", "channel_id", "name", "email", "phone", "gstin", "demo", "created_at")
ADDRESS = ("id", "customer_id", "name", "phone", "line1", "line2", "city", "state", "postal_code", "country")
DWELL = ("order_id", "placed", "processing", "ready", "picking", "packed")

_SHIP_WITHIN = 48 * HOUR_MS
_STAGE, _HOUR, _DUE, _PRODUCT = map(int, (Kind.STAGE, Kind.HOUR, Kind.DUE, Kind.PRODUCT))
_DURATIONS = (*map(int, IN_STAGE.values()), *map(int, (Kind.PROCESSING, Kind.FULFILMENT, Kind.DELIVERY)))
_LATE, _SHORT, _CANCELLED, _COMES_BACK, _FIRM, _DISCOUNT = 0.05, 0.03, 0.045, 0.45, 0.04, 0.2
_LINES = (1, 2, 2, 2, 2, 3, 3, 3, 4, 4)
_SHARES = tuple(accumulate(article.popularity for article in ARTICLES))
_CHANNELS = tuple(accumulate(channel.share for channel in shop.CHANNELS))
_REASONS = ("Ordered by mistake", "Found it cheaper elsewhere", "Wants another size", "Cannot wait so long")
_WAREHOUSE = dict.fromkeys(
    ("Rajasthan", "Delhi", "Haryana", "Punjab", "Chandigarh", "Uttarakhand", "Uttar Pradesh", "Bihar", "Ladakh"), "JAI"
) | dict.fromkeys(("Karnataka", "Tamil Nadu", "Kerala", "Andhra Pradesh", "Telangana", "Puducherry"), "BLR")
"""The warehouse that serves a State; Bhiwandi serves the others."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What orders stand on: ids of channels and products in the order of the demo shop's lists, locations by code."""

    channels: tuple[int, ...]
    locations: dict[str, int]
    products: tuple[int, ...]
    now: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chunk to be made: placement times with a number and a parcel id each, ids of customers and addresses."""

    seed: str
    placed: Sequence[int]
    numbers: Sequence[int]
    parcels: Sequence[int]
    customers: Sequence[int]
    addresses: Sequence[int]
    tie: int


@dataclass(slots=True)
class Made:
    """The rows of a chunk, and its share of the projections."""

    orders: list[tuple[Any, ...]] = field(default_factory=list)
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    customers: list[tuple[Any, ...]] = field(default_factory=list)
    addresses: list[tuple[Any, ...]] = field(default_factory=list)
    tags: list[tuple[int, str]] = field(default_factory=list)
    journeys: list[tuple[Any, ...]] = field(default_factory=list)
    dwells: list[tuple[Any, ...]] = field(default_factory=list)
    documents: list[tuple[int, str, str]] = field(default_factory=list)
    """Fields of `Document`."""
    cells: dict[tuple[Any, ...], Counts] = field(default_factory=dict)
    shelves: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """(product id, location id) → (units issued, units reserved)."""

    def packed(self) -> bytes:
        """All of it as bytes for another process: plain tuples marshal three times as fast as they pickle."""
        return marshal.dumps([getattr(self, part.name) for part in fields(self)])

    @classmethod
    def unpacked(cls, packed: bytes) -> "Made":
        """What `packed` made into bytes."""
        return cls(*marshal.loads(packed))  # noqa: S302 - our own process wrote it


@dataclass(frozen=True, slots=True)
class _Buyer:
    """Somebody who has bought, with the keys of their rows."""

    id: int
    address_id: int
    person: Person


class _Line(NamedTuple):
    """An order line; `price` in rupees."""

    product_id: int
    sku: str
    name: str
    price: int
    quantity: int
    allocated: int
    total: int


class _Story(NamedTuple):
    """One order: keys, moments in milliseconds (0: not yet), money in minor units."""

    id: int
    number: str
    parcel_id: int
    channel: int
    channel_id: int
    external_id: str | None
    location_id: int
    buyer: _Buyer
    stage: Stage
    at: int
    steps: list[int | None]
    reached: int
    paid_at: int | None
    cod: bool
    lines: list[_Line]
    units: int
    missing: int
    subtotal: int
    discount: int
    shipping: int
    total: int
    courier: str
    awb: str
    tag: str


def make(wanted: Wanted, ground: Ground) -> Made:
    """Make a chunk; the same seed makes the same."""
    return _Maker(wanted, ground).make()


def make_packed(wanted: Wanted, ground: Ground) -> bytes:
    """The same, packed for another process."""
    return make(wanted, ground).packed()


class _Maker:
    """One chunk in the making."""

    def __init__(self, wanted: Wanted, ground: Ground):
        self.wanted, self.ground = wanted, ground
        self.rng = Random(wanted.seed)  # noqa: S311 - a story, not a secret
        self.now = to_ms(ground.now)
        first, last = wanted.placed[0], wanted.placed[-1] + 30 * DAY_MS
        self.offsets = offsets(from_ms(first), from_ms(last), ZoneInfo(ground.zone))[::-1]
        self.keys = zip(wanted.customers, wanted.addresses, strict=True)
        self.buyers: list[_Buyer] = []
        self.made = Made()

    def make(self) -> Made:
        wanted = self.wanted
        for index, each in enumerate(zip(wanted.placed, wanted.numbers, wanted.parcels, strict=True)):
            self._order(order_id_at(each[0], wanted.tie + index), *each)
        return self.made

    def _order(self, key: int, at: int, number: int, parcel_id: int) -> None:
        rng = self.rng
        channel = bisect(_CHANNELS, rng.random() * _CHANNELS[-1])
        sells, channel_id = shop.CHANNELS[channel], self.ground.channels[channel]
        buyer = self._buyer(number, channel_id, at)
        firm, place = bool(buyer.person.firm), buyer.person.place
        cod = not firm and rng.random() < sells.cod
        steps = _steps(rng, at, place.days_away, self.now)
        stage, reached = _stage(steps)
        lines = self._lines(stage, firm=firm)
        subtotal = sum(line.total for line in lines)
        discount = subtotal // 10 if rng.random() < _DISCOUNT else 0
        shipping = 0 if subtotal >= FREE_FROM else SHIPPING
        delivered_at, gone = steps[5], steps[4] is not None
        paid_at = (delivered_at and delivered_at + 1_000) if cod else None if stage is Stage.CANCELLED else at + 40_000
        courier, awb = shop.courier(rng, sells.name, place.days_away) if gone else ("", "")
        story = _Story(
            id=key,
            number=str(number),
            parcel_id=parcel_id,
            channel=channel,
            channel_id=channel_id,
            external_id=external_id(rng, sells.name, number),
            location_id=self.ground.locations[_WAREHOUSE.get(place.state, "BHW")],
            buyer=buyer,
            stage=stage,
            at=at,
            steps=steps,
            reached=reached or at,
            paid_at=paid_at,
            cod=cod,
            lines=lines,
            units=sum(line.quantity for line in lines),
            missing=0 if stage is Stage.CANCELLED else sum(line.quantity - line.allocated for line in lines),
            subtotal=subtotal,
            discount=discount,
            shipping=shipping,
            total=subtotal - discount + shipping,
            courier=courier,
            awb=awb,
            tag="wholesale" if firm else "vip" if subtotal > 1_000_000 else "",
        )
        self._write(story)
        self._write_lines(story)
        self._count(story)
        self.made.documents.append((*_document(story, sells.name),))

    def _write(self, story: _Story) -> None:
        key, who, steps, made = story.id, story.buyer.person, story.steps, self.made
        place, sells = who.place, shop.CHANNELS[story.channel]
        changes = sum(step is not None for step in steps) + (story.paid_at is not None)
        made.orders.append(
            (key, story.number, story.channel_id, story.external_id, story.stage.value, story.reached, 1 + changes)
            + (story.at, max(story.reached, story.paid_at or 0), story.at + _SHIP_WITHIN, steps[4], steps[5])
            + (story.buyer.id, who.name, place.city, place.state, place.pin, "IN", who.gstin)
            + (story.buyer.address_id, story.buyer.address_id, story.location_id, "INR", story.subtotal)
            + (story.discount, story.shipping, story.total, story.total if story.paid_at else 0, True)
            + ("cod" if story.cod else "prepaid", "paid" if story.paid_at else "unpaid", story.units, story.missing)
            + (self.rng.choice(_REASONS) if story.stage is Stage.CANCELLED else "",)
        )
        if story.tag:
            made.tags.append((key, story.tag))
        method = "cash" if story.cod else "other" if sells.name == "amazon" else "upi"
        said = (method, f"REF{key}", 120 + 100 * story.units, story.courier, story.awb, sells.title)
        made.journeys.append((key, story.parcel_id, story.paid_at, *steps, *said))

    def _buyer(self, number: int, channel_id: int, at: int) -> _Buyer:
        if self.buyers and self.rng.random() < _COMES_BACK:
            return self.buyers[int(self.rng.random() * len(self.buyers))]
        key, address_id = next(self.keys)
        who = person(self.rng, number, firm=self.rng.random() < _FIRM)
        place = who.place
        self.made.customers.append((key, channel_id, who.name, who.email, who.phone, who.gstin, True, at))
        addressed = (who.firm or who.name, who.phone, *who.lines, place.city, place.state, place.pin, "IN")
        self.made.addresses.append((address_id, key, *addressed))
        buyer = _Buyer(key, address_id, who)
        self.buyers.append(buyer)
        return buyer

    def _lines(self, stage: Stage, *, firm: bool) -> list[_Line]:
        """Different articles; a few new orders lack the first of them."""
        rng = self.rng
        lines: list[_Line] = []
        drawn = _LINES[int(rng.random() * len(_LINES))]
        short = stage in (Stage.PLACED, Stage.PROCESSING) and rng.random() < _SHORT
        for index in sorted({bisect(_SHARES, rng.random() * _SHARES[-1]) for _ in range(drawn)}):
            article = ARTICLES[index]
            quantity = 6 if firm else 2 if rng.random() < 0.12 else 1
            kept = 0 if stage is Stage.CANCELLED or (short and not lines) else quantity
            total = article.price * 100 * quantity
            product_id = self.ground.products[index]
            lines.append(_Line(product_id, article.sku, article.name, article.price, quantity, kept, total))
        return lines

    def _write_lines(self, story: _Story) -> None:
        gone, packed = story.steps[4] is not None, story.steps[3] is not None
        cancelled, delivered = story.stage is Stage.CANCELLED, story.stage is Stage.DELIVERED
        shelves = self.made.shelves
        for position, line in enumerate(story.lines):
            units, kept = line.quantity, 0 if delivered else line.allocated
            shelf = (line.product_id, story.location_id)
            issued, reserved = shelves.get(shelf, (0, 0))
            shelves[shelf] = (issued + units, reserved) if gone else (issued, reserved + kept)
            self.made.lines.append(
                (story.id, position, line.product_id, line.sku, line.name, units, kept)
                + (units if packed else 0, units if packed else 0, units if gone else 0, units if cancelled else 0)
                + (line.price * 1_000_000, line.total)
            )

    def _count(self, story: _Story) -> None:
        """What the order counts towards (domain/rollups.py says what that is), and how long it stayed in each stage."""
        at, steps, stage = story.at, story.steps, story.stage
        day, hour = self._local(at)
        channel, location, units, total = story.channel_id, story.location_id, story.units, story.total
        found: list[tuple[Any, int, int]] = [
            ((_STAGE, channel, location, day, STAGE_SLOTS[stage], "INR"), units, total),
            ((_HOUR, channel, location, day, weekday(day) * 24 + hour, "INR"), units, total),
        ]
        for line in story.lines:
            found.append(((_PRODUCT, channel, location, day, line.product_id, "INR"), line.quantity, line.total))
        if stage is Stage.CANCELLED:
            stays: list[int | None] = [((steps[6] or at) - at) // 1000, None, None, None, None]
        else:
            due = at + _SHIP_WITHIN
            slot = DUE_WAITING if steps[4] is None else DUE_ON_TIME if steps[4] <= due else DUE_LATE
            found.append(((_DUE, channel, location, self._local(due)[0], slot, ""), 0, 0))
            since, stays = at, []
            for until in steps[:5]:
                stays.append(None if until is None else (until - since) // 1000)
                since = until or since
        if stays[0] is not None:
            self.made.dwells.append((story.id, *stays))
        for kind, stayed in zip(_DURATIONS, _durations(stays, steps), strict=True):
            if stayed is not None:
                found.append(((kind, channel, location, day, bisect(EDGES, stayed), ""), 0, stayed))
        sums = self.made.cells
        for cell, more, amount in found:
            had = sums.get(cell)
            sums[cell] = (had[0] + 1, had[1] + more, had[2] + amount) if had else (1, more, amount)

    def _local(self, ms: int) -> tuple[int, int]:
        """(day, hour) on the shop's clock."""
        shifted = ms + next(shift for since, shift in self.offsets if ms >= since)
        return shifted // DAY_MS, shifted % DAY_MS // HOUR_MS


def _durations(stays: Sequence[int | None], steps: Sequence[int | None]) -> tuple[int | None, ...]:
    """Seconds of each of _DURATIONS: the stays themselves, then what they add up to."""
    placed, processing, ready, picking, packed = stays
    return (
        *stays,
        placed + processing if placed is not None and processing is not None else None,
        ready + picking + packed if ready is not None and picking is not None and packed is not None else None,
        (steps[5] - steps[4]) // 1000 if steps[5] and steps[4] else None,
    )


def _document(story: _Story, channel: str) -> Document:
    who = story.buyer.person
    return document(
        Subject(
            id=story.id,
            number=story.number,
            channel=channel,
            external_id=story.external_id,
            stage=story.stage.value,
            customer_name=who.name,
            city=who.place.city,
            state=who.place.state,
            postal_code=who.place.pin,
            country="IN",
            gstin=who.gstin,
            location_id=story.location_id,
            assignee_id=None,
            priority=0,
            currency="INR",
            total=story.total,
            payment_method="cod" if story.cod else "prepaid",
            payment_status="paid" if story.paid_at else "unpaid",
            shortfall=story.missing,
            holds=None,
            ship_by=story.at + _SHIP_WITHIN,
            shipped_at=story.steps[4],
            lines=[(line.sku, line.name) for line in story.lines],
            parcels=[(story.courier, story.awb)] if story.steps[3] is not None else None,
            tags=[story.tag] if story.tag else None,
            notes=None,
            recipient=who.firm or who.name,
            phones=(who.phone, who.phone),
            email=who.email,
        )
    )


def _steps(rng: Random, at: int, days_away: float, now: int) -> list[int | None]:
    """When it entered processing, ready, picking, packed, shipped, delivered, cancelled; None where it did not."""
    if rng.random() < _CANCELLED and (cancelled := at + int(rng.random() * 20 * HOUR_MS) + 60_000) < now:
        return [None, None, None, None, None, None, cancelled]
    eager, jitter = rng.random(), rng.random()
    span = int((5 + 36 * eager * eager + (40 * rng.random() if rng.random() < _LATE else 0)) * HOUR_MS)
    shares = (0.04 + 0.05 * jitter, 0.2 + 0.2 * jitter, 0.5 + 0.2 * jitter, 0.72 + 0.15 * jitter, 1.0)
    times = [at + int(span * share) for share in shares]
    times.append(times[-1] + int(days_away * (0.6 + 1.6 * rng.random()) * 24 * HOUR_MS))
    return [*(time if time <= now else None for time in times), None]


def _stage(steps: Sequence[int | None]) -> tuple[Stage, int | None]:
    """Where the order stands, and since when."""
    if steps[6] is not None:
        return Stage.CANCELLED, steps[6]
    done = [step for step in steps if step is not None]
    return FLOW[len(done)], done[-1] if done else None
