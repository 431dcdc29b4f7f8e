"""The plan of the demo history: every order with what becomes of it, and the stock that has to be there for it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from oms_app.demo import journey, rhythm
from oms_app.demo.catalogue import ARTICLES, BY_SKU, goods
from oms_app.demo.journey import Step
from oms_app.demo.sales import Buyers, Sale, sale
from oms_app.demo.shop import WAREHOUSES
from oms_app.domain.lifecycle import Stage
from oms_app.domain.lots import NO_LOT, Came

QUOTA = {Stage.PLACED: 38, Stage.PROCESSING: 34, Stage.READY: 31, Stage.PICKING: 27, Stage.PACKED: 32}
"""How many orders of 2,500 stand in each column of the board when the shop opens."""

DELIVERIES = (0, 20, 41, 58, 76)
"""Days after the shop's first on which stock arrives, in ninetieths of its history."""

FLOOD = timedelta(hours=40)
"""How long ago the scarce articles were spoilt."""

STRAGGLERS = 12
"""How many of 2,500 orders were overlooked and are late."""


FORGOTTEN = (("CHY-AML", -8, 7), ("TEA-250-NIL", 12, 18), ("HNY-WLD", 24, 15))
"""What was found behind a rack: article, days until it expires, units."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Units of an article that come to a warehouse."""

    at: datetime
    sku: str
    warehouse: str
    quantity: int
    lot: Came = NO_LOT
    reason: str = "From the makers"


def sales(rng: Random, now: datetime, *, days: int, orders: int) -> list[Sale]:
    """Every order, oldest first."""
    buyers = Buyers()
    today = now.astimezone(rhythm.ZONE).date()
    found = []
    for number, at in enumerate(rhythm.placements(rng, now, days=days, orders=orders)):
        day = (at.astimezone(rhythm.ZONE).date() - today).days
        festive = rhythm.FESTIVAL[0] <= day <= rhythm.FESTIVAL[1]
        found.append(sale(rng, buyers, number, at, festive=festive))
    return found


def journeys(rng: Random, sold: Sequence[Sale], now: datetime) -> list[list[Step]]:
    """What becomes of each order: the newest stand in the columns of the board, the others went their way."""
    stages = _columns(rng, sold, now)
    return [
        journey.backlog(rng, each, stages[index], now) if index in stages else journey.history(rng, each, now)
        for index, each in enumerate(sold)
    ]


def deliveries(rng: Random, sold: Sequence[Sale], now: datetime, *, days: int) -> list[Delivery]:
    """Stock that comes in time for what was sold, a rest, and what nobody missed."""
    first = now - timedelta(days=days, hours=20)
    arrivals = [first + timedelta(days=day * days / 90) for day in DELIVERIES]
    wanted: dict[str, list[int]] = defaultdict(lambda: [0] * len(arrivals))
    for each in sold:
        delivery = max(index for index, at in enumerate(arrivals) if at <= each.placed_at)
        for line in each.draft.lines:
            for sku, units in goods(line.sku, line.quantity).items():
                wanted[sku][delivery] += units
    found = []
    for article in ARTICLES:
        rest = rng.randint(4, 26) + article.popularity
        for index, at in enumerate(arrivals):
            units = wanted[article.sku][index] + (rest if index == 0 else 0)
            parts = _split(rng, units, whole=index > 0)
            found += [Delivery(at, article.sku, code, part, article.lot(at)) for code, part in parts]
    return found + [_forgotten(now, *each) for each in FORGOTTEN]


def _forgotten(now: datetime, sku: str, days: int, units: int) -> Delivery:
    article = BY_SKU[sku]
    lot = article.lot(now + timedelta(days=days - article.shelf_life))
    return Delivery(now - timedelta(days=2), sku, WAREHOUSES[0].code, units, lot, "Found behind the rack")


def _columns(rng: Random, sold: Sequence[Sale], now: datetime) -> dict[int, Stage]:
    """The stage of each of the newest orders, by index: the more the team could work since, the further along."""
    scale = len(sold) / 2_500
    quota = {stage: max(round(count * scale), 1) for stage, count in QUOTA.items()}
    work = [rhythm.worked(each.placed_at, now) / timedelta(minutes=1) for each in sold[-sum(quota.values()) * 2 :]]
    begin = len(sold) - len(work)
    untouched = sum(minutes < 20 for minutes in work)
    quota[Stage.PLACED] = max(quota[Stage.PLACED], untouched)
    newest = sorted(
        range(max(len(sold) - sum(quota.values()), begin), len(sold)),
        key=lambda index: work[index - begin] + (rng.gauss(0, 170) if work[index - begin] >= 20 else -1_000),
    )
    stages = [stage for stage, count in quota.items() for _ in range(count)]
    placed = dict(zip(newest, stages, strict=False))
    older = range(max(len(sold) - 2 * len(work), 0), min(newest, default=0))
    for index in rng.sample(older, min(round(STRAGGLERS * scale), len(older))):
        placed[index] = rng.choice(tuple(QUOTA))
    return placed


def _split(rng: Random, units: int, *, whole: bool) -> list[tuple[str, int]]:
    """Units by warehouse; a small delivery goes to one of them."""
    if not units:
        return []
    if whole and units < 30:
        return [(rng.choices(WAREHOUSES, [each.share for each in WAREHOUSES])[0].code, units)]
    parts = [round(units * each.share) for each in WAREHOUSES]
    parts[0] += units - sum(parts)
    return [(each.code, part) for each, part in zip(WAREHOUSES, parts, strict=True) if part > 0]
