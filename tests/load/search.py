"""How fast the shop searches: p50 and p95 of every kind of query, in the database and as a whole.

    OMS_DATA_DIR=… python -m tests.load.search            the shop of the environment, SQLite or PostgreSQL
    oms demo generate --orders 1000000                    makes one worth measuring

Values are drawn from the shop itself: common and rare names, towns, articles, numbers. Nothing is warmed up by hand;
each query runs with other values than the one before.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, func, select

from oms_app.db import engine
from oms_app.db.queries.orders import channel, customer, line, order, parcel
from oms_app.domain.permissions import system
from oms_app.domain.search import Sort
from oms_app.services import search, suggestions

ACTOR = system("load", "test")
BAR_MS, FRAGMENT_BAR_MS = 5.0, 100.0


class Stopwatch:
    """Adds up the time spent inside the database."""

    def __init__(self) -> None:
        self.spent = 0.0
        event.listen(engine.engine(), "before_cursor_execute", self._begin)
        event.listen(engine.engine(), "after_cursor_execute", self._end)

    @contextmanager
    def lap(self) -> Iterator[Callable[[], float]]:
        """The milliseconds since the lap began."""
        self.spent = 0.0
        yield lambda: self.spent * 1000

    def _begin(self, _c: Any, _cursor: Any, _sql: str, _p: Any, context: Any, _many: bool) -> None:
        context.began = time.perf_counter()

    def _end(self, _c: Any, _cursor: Any, _sql: str, _p: Any, context: Any, _many: bool) -> None:
        self.spent += time.perf_counter() - context.began


class Values:
    """Things of this shop to search for."""

    def __init__(self, seed: int):
        self.dice = random.Random(seed)
        with engine.reading() as tx:
            self.rows = self._sample(tx)
            self.total = tx.scalar(select(func.count()).select_from(order)) or 0
            self.channels = list(tx.scalars(select(channel.c.name)))
        self.by_name: dict[str, int] = {}
        for row in self.rows:
            for word in row.customer_name.split():
                self.by_name[word] = self.by_name.get(word, 0) + 1
        ranked = sorted(self.by_name, key=lambda word: -self.by_name[word])
        self.common, self.rare = ranked[:40], ranked[len(ranked) // 2 :]

    def row(self) -> Any:
        """An order of the sample."""
        return self.dice.choice(self.rows)

    def _sample(self, tx: Any) -> list[Any]:
        oldest, newest = tx.execute(select(func.min(order.c.id), func.max(order.c.id))).one()
        picked = []
        sku = select(line.c.sku).where(line.c.order_id == order.c.id).limit(1).scalar_subquery()
        awb = select(parcel.c.awb).where(parcel.c.order_id == order.c.id).limit(1).scalar_subquery()
        query = (
            select(order, sku.label("sku"), awb.label("awb"), customer.c.phone, customer.c.email)
            .outerjoin(customer, customer.c.id == order.c.customer_id)
            .order_by(order.c.id)
            .limit(4)
        )
        for _ in range(500):
            start = self.dice.randint(oldest, newest)
            picked += tx.execute(query.where(order.c.id >= start)).all()
        return picked


def kinds(v: Values) -> dict[str, Callable[[], str]]:
    """Every kind of query, each a maker of queries."""
    some = v.dice.choice

    def cut(text: str, size: int) -> str:
        start = v.dice.randint(1, max(1, len(text) - size - 1))
        return text[start : start + size]

    return {
        "everything": lambda: "",
        "stage": lambda: f"status:{some(['placed', 'ready', 'packed', 'shipped', 'delivered', 'cancelled'])}",
        "stage and channel": lambda: f"status:{v.row().stage} channel:{some(v.channels)}",
        "stage, channel, town": lambda: f"status:{v.row().stage} channel:{some(v.channels)} city:{_q(v.row().city)}",
        "town": lambda: f"city:{_q(v.row().city)}",
        "PIN": lambda: f"pin:{_q(v.row().postal_code)}",
        "article": lambda: f"sku:{_q(v.row().sku)}",
        "articles that begin so": lambda: f"sku:{_q(v.row().sku[:4])}*",
        "amount": lambda: f"total:>{v.dice.randint(1, 60)}00",
        "a day": lambda: f"placed:{v.row().placed_at:%Y-%m-%d}",
        "late": lambda: "is:late",
        "number": lambda: v.row().number,
        "number begun": lambda: v.row().number[:-1],
        "channel's number": lambda: v.row().external_id or v.row().number,
        "tracking number": lambda: v.row().awb or v.row().number,
        "phone": lambda: v.row().phone or v.row().number,
        "e-mail": lambda: v.row().email or v.row().number,
        "common name": lambda: some(v.common),
        "rare name": lambda: some(v.rare),
        "name begun, 2 letters": lambda: some(v.common)[:2],
        "name begun, 3 letters": lambda: some(v.rare)[:3],
        "name begun, 5 letters": lambda: some(v.common)[:5],
        "first and last name": lambda: v.row().customer_name,
        "quoted name": lambda: f'"{v.row().customer_name}"',
        "common name, common filter": lambda: f"{some(v.common)} status:delivered",
        "common name, rare filter": lambda: f"{some(v.common)} status:placed channel:{some(v.channels)}",
        "common name, town, stage": lambda: f"{some(v.common)} city:{_q(v.row().city)} status:{v.row().stage}",
        "common name, amount": lambda: f"{some(v.common)} total:>{v.dice.randint(1, 60)}00",
        "common name, a month": lambda: f"{some(v.common)} placed:{v.row().placed_at:%Y-%m}",
        "rare name, common filter": lambda: f"{some(v.rare)} status:delivered",
        "article, COD, town": lambda: f"sku:{_q(v.row().sku)} payment:cod city:{_q(v.row().city)}",
        "not": lambda: f"city:{_q(v.row().city)} -status:delivered",
        "only not": lambda: "-status:delivered -status:cancelled",
        "or": lambda: f"{some(v.common)} OR city:{_q(v.row().city)}",
        "or of unlike": lambda: f"{v.row().number} OR {some(v.rare)}",
        "nothing": lambda: f"{some(v.rare)} {some(v.rare)} city:{_q(v.row().city)}",
        "fragment of a name": lambda: cut(some([name for name in v.by_name if len(name) > 5]), 4),
        "fragment of a phone": lambda: cut(v.row().phone[3:] if v.row().phone else v.row().number, 6),
        "fragment of an e-mail": lambda: cut(v.row().email or "customer@example", 6),
        "last 4 digits": lambda: f"phone:{(v.row().phone or '9876543210')[-4:]}",
        "typo": lambda: _typo(some([name for name in v.common if len(name) > 4])),
    }


FRAGMENTS = ("fragment of a name", "fragment of a phone", "fragment of an e-mail", "last 4 digits", "typo")


def main() -> None:
    """Print the table; exit 1 where a p95 is above its bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=60, help="queries of each kind")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    values, watch = Values(given.seed), Stopwatch()
    slow = []
    print(
        f"{values.total:,} orders, {engine.engine().dialect.name}, {given.times} queries of each kind, milliseconds\n"
    )
    print(f"{'kind':28} {'p50':>7} {'p95':>7} {'max':>7}   {'whole p95':>9}")
    everything: list[float] = []
    for kind, make in kinds(values).items():
        inside, whole = _measure(watch, given.times, lambda make=make: search.orders(ACTOR, make()))
        bar = FRAGMENT_BAR_MS if kind in FRAGMENTS and engine.engine().dialect.name != "sqlite" else BAR_MS
        if kind not in FRAGMENTS:
            everything += inside
        mark = "" if _p95(inside) <= bar else "  above the bar"
        slow += [kind] if mark else []
        print(f"{kind:28} {_line(inside)}   {_p95(whole):9.2f}{mark}")
    print(f"{'all but fragments':28} {_line(everything)}")
    print()
    others: dict[str, Callable[[], Any]] = {
        "second page": lambda: search.orders(ACTOR, some_name(values), cursor=str(values.row().id)),
        "deep page of everything": lambda: search.orders(ACTOR, "", cursor=str(values.row().id)),
        "by total": lambda: search.orders(ACTOR, "", sort=Sort.DEAREST),
        "by total, of a stage": lambda: search.orders(ACTOR, "status:delivered", sort=Sort.DEAREST),
        "by total, of a name": lambda: search.orders(ACTOR, some_name(values), sort=Sort.DEAREST),
        "count": lambda: search.count(ACTOR, f"{some_name(values)} status:delivered"),
        "count of everything": lambda: search.count(ACTOR, ""),
        "palette": lambda: suggestions.suggest(ACTOR, values.row().customer_name[:6]),
        "completion": lambda: suggestions.complete(ACTOR, "status:delivered city:", 22),
    }
    for kind, act in others.items():
        inside, whole = _measure(watch, given.times, act)
        print(f"{kind:28} {_line(inside)}   {_p95(whole):9.2f}")
    sys.exit(1 if slow else 0)


def some_name(values: Values) -> str:
    """A common or a rare name."""
    return values.dice.choice(values.dice.choice((values.common, values.rare)))


def _measure(watch: Stopwatch, times: int, act: Callable[[], Any]) -> tuple[list[float], list[float]]:
    inside, whole = [], []
    for _ in range(times):
        with watch.lap() as spent:
            began = time.perf_counter()
            act()
            whole.append((time.perf_counter() - began) * 1000)
            inside.append(spent())
    return inside, whole


def _line(times: list[float]) -> str:
    return f"{statistics.median(times):7.2f} {_p95(times):7.2f} {max(times):7.2f}"


def _p95(times: list[float]) -> float:
    return sorted(times)[max(0, round(len(times) * 0.95) - 1)]


def _q(value: str) -> str:
    return f'"{value}"'


def _typo(name: str) -> str:
    return name[:2] + name[3:]


if __name__ == "__main__":
    main()
