"""The board: what stands where, as its columns."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api import order_shapes as shapes
from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Amount, Cursor, Moment, Query, Search, at
from oms_app.domain import money
from oms_app.domain.board import CARDS, Card, Column, Totals
from oms_app.domain.errors import Malformed
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import NextMove
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import board
from oms_app.settings import get_settings

endpoints = Endpoints("board")
Moves = dict[Stage, tuple[tuple[NextMove, ...], ...]]


class BoardQuery(Query):
    """Which part of the board."""

    q: Annotated[Search, Field("", description="The search language.")]
    limit: Annotated[int, Field(CARDS, ge=1, le=CARDS, description="Cards a column at most.")]
    stage: Annotated[Stage | None, Field(None, description="This column only.")]
    cursor: Cursor


class CardShape(TypedDict):
    """One order on the board. `holds` counts open holds; `allowed_to` are the stages this token may send it to."""

    number: str
    version: int
    stage: Stage
    allowed_to: list[Stage]
    customer: str
    city: str
    channel: str
    total: Amount
    currency: str
    units: int
    payment_method: str
    payment_status: str
    holds: int
    shortfall: int
    priority: int
    priority_why: str
    pickup: shapes.Pickup | None
    placed_at: Moment
    ship_by: Moment | None
    sla: str


class Sum(TypedDict):
    """Money in one currency."""

    currency: str
    amount: Amount


class ColumnShape(TypedDict):
    """A stage: its orders by how they stand, the money of its main currency and of each, and its first cards."""

    stage: Stage
    count: int
    total: Amount
    currency: str
    totals: list[Sum]
    on_time: int
    due: int
    late: int
    cards: list[CardShape]
    next_cursor: str | None


class BoardShape(TypedDict):
    """The columns from left to right."""

    columns: list[ColumnShape]


@endpoints.get("/board", P.SEE_ORDERS)
def get_board(actor: Actor, query: BoardQuery) -> BoardShape:
    """The board: every column with its sums and its first cards.

    To go on in a column, name its `stage` and pass its `next_cursor` as `cursor`.
    """
    if query.cursor and query.stage is None:
        raise Malformed("A cursor continues one column: name its stage too.", details={"field": "stage"})
    if query.stage is None:
        columns = board.view(actor, q=query.q, limit=query.limit).columns
    elif query.cursor:
        more = board.more(actor, query.stage, query.cursor, q=query.q, limit=query.limit)
        sums = board.totals(actor, q=query.q).get(query.stage, Totals())
        columns = (Column(more.stage, sums, more.cards, more.next_cursor),)
    else:
        columns = board.columns(actor, {query.stage}, q=query.q, limits={query.stage: query.limit})
    moves = board.next_moves(actor)
    return {"columns": [_column(column, moves) for column in columns]}


def _column(column: Column, moves: Moves) -> ColumnShape:
    sums = column.totals
    currency, total = sums.totals[0] if sums.totals else (get_settings().currency, 0)
    return {
        "stage": column.stage,
        "count": sums.count,
        "total": money.to_major(total, currency),
        "currency": currency,
        "totals": [{"currency": code, "amount": money.to_major(minor, code)} for code, minor in sums.totals],
        "on_time": sums.on_time,
        "due": sums.due,
        "late": sums.late,
        "cards": [_card(card, moves) for card in column.cards],
        "next_cursor": column.next_cursor,
    }


def _card(card: Card, moves: Moves) -> CardShape:
    return {
        "number": card.number,
        "version": card.version,
        "stage": card.stage,
        "allowed_to": [move.to for move in moves[card.stage][card.in_the_way] if not move.blocked],
        "customer": card.customer,
        "city": card.city,
        "channel": card.channel,
        "total": money.to_major(card.total, card.currency),
        "currency": card.currency,
        "units": card.units,
        "payment_method": card.payment_method,
        "payment_status": card.payment_status,
        "holds": card.holds,
        "shortfall": card.shortfall,
        "priority": card.priority,
        "priority_why": card.why,
        "pickup": shapes.pickup(card.forecast),
        "placed_at": at(card.placed_at),
        "ship_by": at(card.ship_by),
        "sla": card.sla,
    }
