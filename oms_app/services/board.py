"""The board: its columns and totals, the cards that changed, and who may move what where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import accounts, search_rows
from oms_app.db.queries import board as rows
from oms_app.db.queries import events as event_rows
from oms_app.domain import clock, pickups, privacy, sla
from oms_app.domain.board import CARDS, DELIVERED_FOR, SIDES, BoardView, Card, Column, Side, SideColumn, Totals
from oms_app.domain.errors import Malformed
from oms_app.domain.lifecycle import FLOW, OPEN_STAGES, Stage
from oms_app.domain.orders import EventView, NextMove
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.pickups import Outlook
from oms_app.domain.priorities import read_score
from oms_app.services import orders, search
from oms_app.services import pickups as today


class _Eye(NamedTuple):
    """What cards are seen with: the moment, the pickups of today that are ahead, tags by order, and names by user."""

    now: datetime
    outlooks: tuple[Outlook, ...]
    tags: Mapping[int, tuple[str, ...]]
    names: Mapping[int, str]


def view(actor: Actor, *, q: str = "", limit: int = CARDS) -> BoardView:
    """Every column with its first cards. `q` is the search language."""
    actor.require(Permission.SEE_ORDERS)
    now = datetime.now(UTC)
    with reading() as tx:
        event_id = event_rows.last_id(tx)
        return BoardView(_columns(tx, actor, FLOW, dict.fromkeys(FLOW, limit), q, now), event_id, now)


def columns(
    actor: Actor, stages: Iterable[Stage], *, q: str = "", limits: Mapping[Stage, int] | None = None
) -> tuple[Column, ...]:
    """Some of the columns, each from its first card; `limits` widens a column beyond its 50 cards."""
    actor.require(Permission.SEE_ORDERS)
    wanted = set(stages)
    flow = [stage for stage in FLOW if stage in wanted]
    with reading() as tx:
        return _columns(tx, actor, flow, {**dict.fromkeys(FLOW, CARDS), **(limits or {})}, q, datetime.now(UTC))


def sides(actor: Actor, wanted: Iterable[Side], *, q: str = "") -> tuple[SideColumn, ...]:
    """Some of the side columns with their first cards."""
    actor.require(Permission.SEE_ORDERS)
    now = datetime.now(UTC)
    with reading() as tx:
        return tuple(_side(tx, actor, side, q, now) for side in Side if side in set(wanted))


def touched(happened: Sequence[EventView]) -> frozenset[Stage | Side]:
    """The columns in which these events may have changed something; what happens to shop or board concerns them all."""
    if any(event.subject in ("shop", "board") for event in happened):
        return frozenset((*FLOW, *Side))
    ids = {event.order_id for event in happened if event.order_id is not None}
    named = {event.before.get("stage") for event in happened} | {event.after.get("stage") for event in happened}
    with reading() as tx:
        standing = rows.standing(tx, sorted(ids))
    named |= {stage for stage, _ in standing}
    named |= {stage for event in happened if event.subject == "priorities" for stage in event.after.get("stages", ())}
    held = any(held for _, held in standing) or any(event.kind == "released" for event in happened)
    return frozenset([*(stage for stage in FLOW if stage in named), *([Side.HELD] if held else [])])


def more(actor: Actor, stage: Stage, cursor: str, *, q: str = "", limit: int = CARDS) -> Column:
    """The next cards of a column; its totals are left at zero."""
    actor.require(Permission.SEE_ORDERS)
    now = datetime.now(UTC)
    with reading() as tx:
        found = rows.cards(
            tx,
            stage,
            delivered_since=now - DELIVERED_FOR,
            where=search.condition(tx, actor, q),
            after=_read_cursor(stage, cursor),
            limit=limit + 1,
        )
        eye = _eye(tx, now, found)
    return _column(actor, stage, Totals(), found, limit, eye)


def totals(actor: Actor, *, q: str = "") -> dict[Stage, Totals]:
    """What every column adds up to."""
    actor.require(Permission.SEE_ORDERS)
    now = datetime.now(UTC)
    with reading() as tx:
        found = rows.totals(
            tx,
            FLOW,
            delivered_since=now - DELIVERED_FOR,
            now=now,
            due_before=now + sla.DUE_SOON,
            where=search.condition(tx, actor, q),
        )
    sums = _totals(found)
    return {stage: sums.get(stage, Totals()) for stage in FLOW}


def cards(actor: Actor, order_ids: Sequence[int], *, q: str = "") -> dict[int, Card]:
    """Those of the orders that are on this actor's board now, by id; the others have left it."""
    actor.require(Permission.SEE_ORDERS)
    now = datetime.now(UTC)
    with reading() as tx:
        found = rows.cards_by_id(
            tx, order_ids, delivered_since=now - DELIVERED_FOR, where=search.condition(tx, actor, q)
        )
        eye = _eye(tx, now, found)
    return {row.id: _card(actor, row, eye) for row in found}


def next_moves(actor: Actor) -> dict[Stage, tuple[tuple[NextMove, ...], ...]]:
    """For each stage where this actor may send a card: (nothing in the way, on hold, lacking units)."""
    actor.require(Permission.SEE_ORDERS)
    return {
        stage: (
            orders.next_moves(actor, stage, ()),
            orders.next_moves(actor, stage, ("a hold",)),
            orders.next_moves(actor, stage, (), short=1),
        )
        for stage in FLOW
    }


def _eye(tx: Connection, now: datetime, seen: Sequence[Any]) -> _Eye:
    people = {row.assignee_id for row in seen} - {None}
    names = accounts.names(tx, people) if people else {}
    return _Eye(now, today.known(tx).outlooks(now), search_rows.tags(tx, [row.id for row in seen]), names)


def _columns(
    tx: Connection, actor: Actor, flow: Sequence[Stage], limits: Mapping[Stage, int], q: str, now: datetime
) -> tuple[Column, ...]:
    where, since = search.condition(tx, actor, q), now - DELIVERED_FOR
    found = rows.totals(tx, flow, delivered_since=since, now=now, due_before=now + sla.DUE_SOON, where=where)
    sums = _totals(found)
    pages = {
        stage: rows.cards(tx, stage, delivered_since=since, where=where, after=None, limit=limits[stage] + 1)
        for stage in flow
    }
    eye = _eye(tx, now, list(chain(*pages.values())))
    return tuple(_column(actor, stage, sums.get(stage, Totals()), pages[stage], limits[stage], eye) for stage in flow)


def _side(tx: Connection, actor: Actor, side: Side, q: str, now: datetime) -> SideColumn:
    where = search.condition(tx, actor, f"{SIDES[side]} {q}")
    found = rows.side(tx, where, CARDS)
    count = len(found) if len(found) < CARDS else rows.count(tx, where)
    eye = _eye(tx, now, found)
    return SideColumn(side, count, tuple(replace(_card(actor, row, eye), held_for=row.held_for or "") for row in found))


def _totals(found: list[Any]) -> dict[Stage, Totals]:
    by_stage: dict[Stage, list[Any]] = {}
    for row in found:
        by_stage.setdefault(Stage(row.stage), []).append(row)
    sums = {}
    for stage, group in by_stage.items():
        group.sort(key=lambda row: -row.count)
        count, late, due = (sum(getattr(row, name) for row in group) for name in ("count", "late", "due"))
        money = tuple((row.currency, int(row.total)) for row in group)
        sums[stage] = Totals(count=count, totals=money, on_time=count - late - due, due=due, late=late)
    return sums


def _column(actor: Actor, stage: Stage, totals: Totals, found: list[Any], limit: int, eye: _Eye) -> Column:
    shown = tuple(_card(actor, row, eye) for row in found[:limit])
    cursor = None
    if len(found) > limit:
        last = shown[-1]
        moment = last.ship_by if stage in OPEN_STAGES else last.stage_at
        keys = [last.priority] if stage in OPEN_STAGES else []
        cursor = ".".join(map(str, [*keys, clock.to_ms(moment) if moment else 0, last.id]))
    return Column(stage, totals, shown, cursor)


def _read_cursor(stage: Stage, cursor: str) -> tuple[int, ...]:
    keys = cursor.split(".")
    if len(keys) != (3 if stage in OPEN_STAGES else 2) or not all(key.lstrip("-").isdecimal() for key in keys):
        raise Malformed("This cursor is not one of ours: take it from next_cursor.", details={"field": "cursor"})
    return tuple(map(int, keys))


def _card(actor: Actor, row: Any, eye: _Eye) -> Card:
    stage = Stage(row.stage)
    seen = actor.may(Permission.SEE_CUSTOMERS)
    return Card(
        id=row.id,
        number=row.number,
        version=row.version,
        stage=stage,
        stage_at=row.stage_at,
        placed_at=row.placed_at,
        ship_by=row.ship_by,
        sla=sla.standing(stage, row.ship_by, row.shipped_at, eye.now),
        priority=row.priority,
        customer=row.customer_name if seen else privacy.masked_name(row.customer_name),
        city=row.city,
        total=row.total,
        currency=row.currency,
        units=row.units,
        channel=row.channel,
        channel_title=row.channel_title,
        location=row.location or "",
        payment_method=row.payment_method,
        payment_status=row.payment_status,
        holds=row.holds,
        shortfall=row.shortfall,
        parcels=row.parcels,
        b2b=bool(row.gstin),
        demo=row.demo,
        tags=eye.tags.get(row.id, ()),
        assignee=eye.names.get(row.assignee_id, ""),
        why=read_score(row.priority_why).why,
        forecast=pickups.forecast(
            eye.outlooks,
            stage,
            location_id=row.location_id,
            ship_by=row.ship_by,
            entered=row.stage_at,
            now=eye.now,
        ),
        owed=orders.owed_first(row),
    )
