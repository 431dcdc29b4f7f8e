"""Searching orders: pages, counts, and the one condition that the board, charts and exports share."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection

from oms_app.db.engine import reading
from oms_app.db.queries import accounts, search_rows
from oms_app.db.queries.search import Search
from oms_app.domain import clock, pickups, privacy, sla
from oms_app.domain.errors import Malformed
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.pickups import Outlook
from oms_app.domain.query import And, Node, Not, Or, Text, all_of, parse
from oms_app.domain.search import MOST_COUNTED, Count, Hidden, OrderRow, Page, Scope, Sort
from oms_app.services import pickups as today
from oms_app.settings import get_settings

MOST_ROWS = 200


def orders(
    actor: Actor,
    q: str = "",
    *,
    limit: int = 50,
    cursor: str | None = None,
    sort: str = Sort.NEWEST,
    until: datetime | None = None,
) -> Page:
    """A page of the orders that match, newest first unless `sort` says otherwise.

    until  the instant a figure spoke of: later orders are left out, relative times are measured from it
    Raises Malformed for a sort or a cursor that is not one of ours.
    """
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        ids, following, hints = page_ids(tx, actor, q, limit=limit, cursor=cursor, sort=sort, until=until)
        return Page(_rows(tx, actor, ids), following, hints)


def page_ids(
    tx: Connection,
    actor: Actor,
    q: str,
    *,
    limit: int,
    cursor: str | None = None,
    sort: str = Sort.NEWEST,
    until: datetime | None = None,
) -> tuple[list[int], str | None, tuple[str, ...]]:
    """(ids of a page in its order, the cursor that continues it, what could not be read), inside a transaction."""
    search = Search(tx, parse(q), scope(actor, until))
    ids, following = _ids(search, read_sort(sort or Sort.NEWEST), max(1, min(limit, MOST_ROWS)), cursor)
    return ids, following, search.hints


def around(tx: Connection, actor: Actor, q: str, order_id: int) -> tuple[int | None, int | None]:
    """Ids of the orders that match just before and just after this one, in placement order."""
    search = Search(tx, parse(q), scope(actor))
    older, newer = (search.ids(limit=1, after=order_id, newest_first=down) for down in (True, False))
    return next(iter(older), None), next(iter(newer), None)


def count(actor: Actor, q: str = "", *, exact: bool = False, until: datetime | None = None) -> Count:
    """How many orders match: up to 10,000, or all of them where it has to be `exact`."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        number = Search(tx, parse(q), scope(actor, until)).count(None if exact else MOST_COUNTED)
    return Count(number) if exact else _counted(number)


def hidden_by_filters(actor: Actor, q: str) -> Count:
    """For a query that finds nothing: how many orders its free text finds alone; none where it has no filters."""
    actor.require(Permission.SEE_ORDERS)
    items = parse(q).items
    text = [item for item in items if not _is_filter(item)]
    if not text or len(text) == len(items):
        return Count(0)
    with reading() as tx:
        return _counted(Search(tx, all_of(*text), scope(actor)).count())


def filters_that_hide(actor: Actor, q: str) -> tuple[Hidden, ...]:
    """For a query that finds nothing: the filters without which it would find something, and how much."""
    actor.require(Permission.SEE_ORDERS)
    query = parse(q)
    hidden = []
    with reading() as tx:
        for position, item in enumerate(query.items):
            rest = query.without(position)
            if _is_filter(item) and rest and (number := Search(tx, rest, scope(actor)).count()):
                hidden.append(Hidden(str(item), _counted(number), str(rest)))
    return tuple(hidden)


def condition(tx: Connection, actor: Actor, q: str, *, until: datetime | None = None) -> ColumnElement[bool] | None:
    """The search and the actor's own limits as one condition on `orders`; None where every order is meant.

    For statements of other services, inside their transaction.
    """
    query = parse(q)
    if not query and actor.location_id is None and until is None:
        return None
    return Search(tx, query, scope(actor, until)).where()


def every_id(tx: Connection, actor: Actor, q: str, *, until: datetime | None = None, most: int) -> Iterator[list[int]]:
    """Ids of all matches, newest first, a thousand at a time and at most `most`."""
    search = Search(tx, parse(q), scope(actor, until))
    last: int | None = None
    left = most
    while left > 0 and (ids := search.ids(limit=min(1_000, left), after=last)):
        yield ids
        left, last = left - len(ids), ids[-1]


def scope(actor: Actor, until: datetime | None = None) -> Scope:
    """Whose eyes this actor sees with, now."""
    actor.require(Permission.SEE_ORDERS)
    return Scope(
        now=datetime.now(UTC),
        zone=ZoneInfo(get_settings().timezone),
        sees_customers=actor.may(Permission.SEE_CUSTOMERS),
        user_id=actor.user_id,
        location_id=actor.location_id,
        until=until,
    )


def read_sort(sort: str) -> Sort:
    """The sort with this name. Raises Malformed."""
    if sort not in set(Sort):
        raise Malformed(f"Orders are sorted by one of {', '.join(Sort)}.", details={"field": "sort"})
    return Sort(sort)


def _order_row(row: Any, actor: Actor, now: datetime, ahead: tuple[Outlook, ...], **known: Any) -> OrderRow:
    """A row as this actor may see it; `ahead` are the pickups of today, `known` its tags and who works on it."""
    stage = Stage(row.stage)
    seen = actor.may(Permission.SEE_CUSTOMERS)
    return OrderRow(
        id=row.id,
        number=row.number,
        version=row.version,
        stage=stage,
        placed_at=row.placed_at,
        ship_by=row.ship_by,
        sla=sla.standing(stage, row.ship_by, row.shipped_at, now),
        forecast=pickups.forecast(
            ahead, stage, location_id=row.location_id, ship_by=row.ship_by, entered=row.stage_at, now=now
        ),
        priority=row.priority,
        customer=row.customer_name if seen else privacy.masked_name(row.customer_name),
        city=row.city,
        state=row.state,
        channel=row.channel,
        channel_title=row.channel_title,
        total=row.total,
        currency=row.currency,
        units=row.units,
        payment_method=row.payment_method,
        payment_status=row.payment_status,
        holds=row.holds,
        shortfall=row.shortfall,
        b2b=bool(row.gstin),
        demo=row.demo,
        **known,
    )


def _ids(search: Search, sort: Sort, size: int, cursor: str | None) -> tuple[list[int], str | None]:
    """Ids of one page, and the cursor that continues it."""
    if sort in (Sort.NEWEST, Sort.OLDEST):
        after = _read_number(cursor) if cursor else None
        ids = search.ids(limit=size + 1, after=after, newest_first=sort is Sort.NEWEST)
        return ids[:size], str(ids[size - 1]) if len(ids) > size else None
    in_time = sort.lstrip("-") != "total"
    start = None
    if cursor:
        key, _, last = cursor.partition(".")
        number = _read_number(key)
        start = (clock.from_ms(number) if in_time else number, _read_number(last))
    found = search.sorted_ids(sort, limit=size + 1, after=start)
    ids = [order_id for _key, order_id in found[:size]]
    if len(found) <= size:
        return ids, None
    key, last_id = found[size - 1]
    return ids, f"{clock.to_ms(key) if in_time else key}.{last_id}"


def _read_number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Malformed("This cursor is not one of ours: take it from next_cursor.", details={"field": "cursor"})
    return int(text)


def _rows(tx: Connection, actor: Actor, ids: list[int]) -> tuple[OrderRow, ...]:
    tags, now = search_rows.tags(tx, ids), datetime.now(UTC)
    ahead, found = today.known(tx).outlooks(now), search_rows.rows(tx, ids)
    people = {row.assignee_id for row in found} - {None}
    names = accounts.names(tx, people) if people else {}
    return tuple(
        _order_row(row, actor, now, ahead, tags=tags.get(row.id, ()), assignee=names.get(row.assignee_id, ""))
        for row in found
    )


def _counted(number: int) -> Count:
    return Count(min(number, MOST_COUNTED), number > MOST_COUNTED)


def _is_filter(node: Node) -> bool:
    if isinstance(node, Not):
        return True
    if isinstance(node, And | Or):
        return any(_is_filter(item) for item in node.items)
    return not isinstance(node, Text)
