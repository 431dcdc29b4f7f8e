"""The rules of priority: edited with a preview, applied to arriving orders at once and to open ones by the worker."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from oms_app.db import engine
from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import orders as order_rows
from oms_app.db.queries import priorities as rows
from oms_app.db.queries import projections
from oms_app.domain import clock, money, priorities, privacy
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.priorities import Facts, Rule, Scale, Score
from oms_app.services import events, search
from oms_app.settings import get_settings

SCORER = system("Priorities", "job")
"""Who scores open orders anew."""

KEPT_S = 1.0
"""So long another process may score by the rules as they were."""

SETTLED = timedelta(seconds=2)
"""After a change of the rules, when every process scores by the new ones and open orders can follow."""

AT_ONCE = 50
"""Orders scored in one transaction: no writer waits long for it."""

STEPS = 20
"""Such transactions in one turn of the worker."""

CLOCK_EVERY = timedelta(seconds=20)
PREVIEWED = 200
_SETTING, _DONE, _ASKED = "priorities", "priorities_done", "priorities_asked"
_kept: tuple[object, float, Scale] | None = None


@dataclass(frozen=True, slots=True)
class Previewed:
    """An open order by the rules as they are and as they would be: its score, and its place among those shown."""

    number: str
    customer: str
    stage: Stage
    ship_by: datetime | None
    before: int
    after: int
    place_before: int
    place_after: int
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What other rules would do to the `looked_at` open orders that must leave first; the highest scores first."""

    looked_at: int
    changed: int
    rows: tuple[Previewed, ...]


def read(actor: Actor) -> tuple[Rule, ...]:
    """The rules in their order."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        return _rules(tx)[0]


def save(actor: Actor, wanted: Sequence[Rule]) -> tuple[Rule, ...]:
    """Change the rules: arriving orders follow at once, open orders within seconds. Raises Malformed."""
    actor.require(Permission.EDIT_RULES)
    after = priorities.write_rules(wanted)
    with transaction() as tx:
        rules, revision = _rules(tx)
        before = priorities.write_rules(rules)
        if before != after:
            now = datetime.now(UTC)
            settings.set_setting(tx, _SETTING, {"rules": after, "revision": revision + 1, "at": clock.to_ms(now)})
            was, now_are = {"rules": before}, {"rules": after}
            events.record(
                tx, actor, "rules_changed", subject="priorities", subject_id=1, before=was, after=now_are, at=now
            )
    forget()
    return priorities.read_rules(after)


def preview(actor: Actor, wanted: Sequence[Rule], *, limit: int = 12) -> Preview:
    """What these rules would do to the open orders. Raises Malformed."""
    actor.require(Permission.EDIT_RULES)
    now, scale = datetime.now(UTC), _scale(priorities.read_rules(priorities.write_rules(wanted)))
    with reading() as tx:
        found = rows.first_due(tx, search.condition(tx, actor, ""), PREVIEWED)
        scores = _scores(tx, scale, found, now)
    masked = not actor.may(Permission.SEE_CUSTOMERS)
    was = _places(found, {row.id: row.priority for row in found})
    will = _places(found, {order_id: score.total for order_id, score in scores.items()})
    first = sorted(found, key=lambda row: will[row.id])[:limit]
    return Preview(
        len(found),
        sum(scores[row.id].total != row.priority for row in found),
        tuple(
            Previewed(
                row.number,
                privacy.masked_name(row.customer_name) if masked else row.customer_name,
                Stage(row.stage),
                row.ship_by,
                row.priority,
                scores[row.id].total,
                was[row.id],
                will[row.id],
                scores[row.id].why,
            )
            for row in first
        ),
    )


def scale(tx: Connection) -> Scale:
    """The rules ready to score with, read anew every second at most."""
    global _kept
    now, shop = time.monotonic(), engine.engine()
    if _kept is None or _kept[0] is not shop or _kept[1] < now:
        _kept = (shop, now + KEPT_S, _scale(_rules(tx)[0]))
    return _kept[2]


def forget() -> None:
    """Read the rules anew: they changed here."""
    global _kept
    _kept = None


def of_new(tx: Connection, order: dict[str, Any], *, repeat: bool, tags: Iterable[str], now: datetime) -> Score:
    """The score of an order that is not written yet, from its columns."""
    return scale(tx).score(
        Facts(
            order["ship_by"],
            order["service"],
            order["country"],
            order["state"],
            order["postal_code"],
            order["total"] if order["currency"] == get_settings().currency else None,
            repeat,
            frozenset(tags),
        ),
        now,
    )


def rescore(tx: Connection, order_ids: Sequence[int]) -> list[Stage]:
    """Score open orders anew inside the caller's transaction; returns the stages in which a score changed."""
    now, its, changed = datetime.now(UTC), scale(tx), []
    waiting = list(order_ids)
    while waiting:
        found = rows.facts(tx, waiting)
        scores = _scores(tx, its, found, now)
        waiting = []
        for row in found:
            score = scores[row.id]
            if (row.priority, row.priority_why) == (score.total, written := score.written()):
                continue
            if rows.write(tx, row, score.total, written):
                changed.append(row)
            else:
                waiting.append(row.id)  # somebody changed the order meanwhile: look again
    after = order_rows.by_ids(tx, [row.id for row in changed])
    projections.orders_ranked(tx, [(row, after[row.id]) for row in changed])
    return sorted({Stage(row.stage) for row in changed})


def score_all_soon(tx: Connection) -> None:
    """Let the worker score every open order: many were written without a score."""
    settings.set_setting(tx, _ASKED, clock.to_ms(datetime.now(UTC)))


def keep_up() -> int:
    """Score the open orders whose time has come, or all where the rules changed or many came; returns how many.

    The worker calls it. It goes on where it stopped, also after a crash: how far it came is kept with the scores.
    """
    now = datetime.now(UTC)
    with reading() as tx:
        done, wanted = settings.setting(tx, _DONE) or {}, f"{_rules(tx)[1]}.{settings.setting(tx, _ASKED) or 0}"
        changed_at = (settings.setting(tx, _SETTING) or {}).get("at", 0)
    seen = 0
    if done and now - clock.from_ms(done["until"]) >= CLOCK_EVERY:
        seen += _follow_the_clock(done, now)
    if done.get("sweep") != wanted:
        if now - clock.from_ms(changed_at) < SETTLED:
            return seen
        forget()
        done = {"sweep": wanted, "after": 0, "until": done.get("until", clock.to_ms(now))}
    for _ in range(STEPS):
        if done["after"] is None:
            break
        seen += _step(done)
    return seen


def _step(done: dict[str, Any]) -> int:
    """Score the next open orders, and note how far that came in the same transaction."""
    with transaction() as tx:
        ids = rows.open_after(tx, done["after"], AT_ONCE)
        stages = rescore(tx, ids)
        done["after"] = ids[-1] if ids else None
        settings.set_setting(tx, _DONE, done)
        if stages:
            after = {"stages": stages, "orders": len(ids)}
            events.record(tx, SCORER, "rescored", subject="priorities", subject_id=1, after=after)
    return len(ids)


def _follow_the_clock(done: dict[str, Any], now: datetime) -> int:
    """Score the orders that came within the hours of a rule since the last time."""
    since, seen = clock.from_ms(done["until"]), 0
    with reading() as tx:
        hours = scale(tx).hours
        ids = sorted({each for h in hours for each in rows.due_between(tx, since + _hours(h), now + _hours(h))})
    for start in range(0, len(ids), AT_ONCE):
        with transaction() as tx:
            rescore(tx, ids[start : start + AT_ONCE])
        seen += len(ids[start : start + AT_ONCE])
    done["until"] = clock.to_ms(now)
    with transaction() as tx:
        settings.set_setting(tx, _DONE, done)
    return seen


def _hours(number: int) -> timedelta:
    return timedelta(hours=number)


def _rules(tx: Connection) -> tuple[tuple[Rule, ...], int]:
    """The rules, and how often they were changed."""
    kept = settings.setting(tx, _SETTING) or {}
    return priorities.read_rules(kept.get("rules")), kept.get("revision", 0)


def _scale(rules: Sequence[Rule]) -> Scale:
    return Scale(rules, 10 ** money.digits(get_settings().currency))


def _scores(tx: Connection, its: Scale, found: Sequence[Any], now: datetime) -> dict[int, Score]:
    ids, ours = [row.id for row in found], get_settings().currency
    tags = rows.tags(tx, ids)
    first = rows.first_orders(tx, (row.customer_id for row in found))
    return {
        row.id: its.score(
            Facts(
                row.ship_by,
                row.service,
                row.country,
                row.state,
                row.postal_code,
                row.total if row.currency == ours else None,
                first.get(row.customer_id, row.id) != row.id,
                tags.get(row.id, frozenset()),
                row.boost,
                row.boost_reason,
            ),
            now,
        )
        for row in found
    }


def _places(found: Sequence[Any], scores: dict[int, int]) -> dict[int, int]:
    """The place of each order in a column, 1 first: highest score, then what must leave first."""
    ranked = sorted(found, key=lambda row: (-scores[row.id], row.ship_by is None, row.ship_by or row.placed_at, row.id))
    return {row.id: place for place, row in enumerate(ranked, 1)}
