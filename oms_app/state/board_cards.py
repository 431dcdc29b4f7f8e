"""Cards and column heads as browsers get them: short rows, figures and words ready to show."""

from collections.abc import Mapping
from typing import Any

from oms_app.domain import clock, lifecycle, money
from oms_app.domain.board import Card, Column, Side, SideColumn, Totals
from oms_app.domain.lifecycle import FLOW, LIFECYCLE, OPEN_STAGES, Stage
from oms_app.domain.orders import NextMove, PaymentMethod, PaymentStatus
from oms_app.state.order_rows import PAYMENTS, pickup_words

FIELDS = (
    "number",
    "version",
    "id",
    "ship_by",
    "stage_at",
    "placed_at",
    "customer",
    "city",
    "value",
    "units",
    "channel",
    "sla",
    "badges",
    "blocked",
    "stage",
    "held_for",
    "location",
    "payment",
    "priority",
    "why",
    "assignee",
)
"""What the places of a row mean; sent once with each snapshot. Times are milliseconds since 1970 (0: none)."""

BADGES = 3
BESIDE_MORE = 198
"""Pixels that a card's badges have beside "+n"."""

ON_HOLD = "On hold: release the hold first."
SHORT = "Its units wait for stock: open the order to ship what is there."
SORT = {str(stage): "-priority,ship_by" if stage in OPEN_STAGES else "-stage_at" for stage in FLOW}
SORT |= {str(side): "ship_by" for side in Side}
"""The fields that order each column, descending after a minus: the order of `services.board`."""

Row = list[Any]
NextMoves = dict[Stage, tuple[tuple[NextMove, ...], ...]]


def row(card: Card) -> Row:
    """One card in at most 200 bytes or so."""
    return [
        card.number,
        card.version,
        card.id,
        clock.to_ms(card.ship_by) if card.ship_by else 0,
        clock.to_ms(card.stage_at),
        clock.to_ms(card.placed_at),
        card.customer,
        card.city,
        money.show(card.total, card.currency),
        card.units,
        card.channel_title,
        str(card.sla),
        badges(card),
        _blocked(card),
        LIFECYCLE[card.stage].title,
        " ".join(card.held_for.split()),
        card.location,
        "Cash on delivery" if card.payment_method == PaymentMethod.COD else PAYMENTS[card.payment_status],
        card.priority,
        card.why,
        card.assignee,
    ]


def _blocked(card: Card) -> str:
    """Why it goes no further than Processing just now."""
    if card.in_the_way == 2 and card.stage in (Stage.PLACED, Stage.PROCESSING):
        return SHORT
    # A single hold of who has not paid may be the one that waits for the money: the service knows.
    return ON_HOLD if card.holds > bool(card.owed) else ""


def badges(card: Card) -> list[str]:
    """At most three words, as many as there is room for, then how many more."""
    words = [
        word
        for word, on in (
            ("On hold", card.holds > 0),
            (pickup_words(card.forecast), card.forecast is not None and card.forecast.chance is not None),
            (f"Short {card.shortfall}", card.shortfall > 0),
            (f"{card.parcels} parcels", card.parcels > 1),
            ("COD", card.payment_method == PaymentMethod.COD),
            ("Unpaid", card.payment_method != PaymentMethod.COD and card.payment_status == PaymentStatus.UNPAID),
            (f"Priority {card.priority}", card.priority > 0),
            *((word, True) for word in card.tags),
            ("B2B", card.b2b),
            ("Demo", card.demo),
        )
        if on
    ]
    shown = words[:BADGES]
    while len(shown) < len(words) and sum(map(_width, shown)) > BESIDE_MORE:
        shown.pop()
    return [*shown, f"+{len(words) - len(shown)}"] if len(shown) < len(words) else shown


def _width(word: str) -> float:
    """Pixels of a badge, its gap included (assets/board.css: 12 px letters)."""
    return 16 + 6.2 * len(word)


def head(column: Column, whole: int, limit: int) -> dict[str, Any]:
    """What stands above a column: `whole` orders without a filter, and a wish for at most `limit` (0: none)."""
    sums = column.totals
    return {
        "count": sums.count,
        "total": " · ".join(money.show_short(total, currency) for currency, total in sums.totals),
        "on_time": sums.on_time,
        "due": sums.due,
        "late": sums.late,
        "hidden": max(whole - sums.count, 0),
        "more": max(sums.count - len(column.cards), 0) if column.next_cursor else 0,
        "limit": limit,
    }


UNKNOWN: Mapping[str, Any] = head(Column(Stage.PLACED, Totals(), (), None), 0, 0)
"""The head of a column that was never read."""


def side_head(column: SideColumn) -> dict[str, Any]:
    """What stands on a side column."""
    return {"count": column.count, "more": column.count - len(column.cards)}


def moves(allowed: NextMoves) -> tuple[dict[str, dict[str, str]], list[str]]:
    """For each stage and each target "" or why not; and the targets that a hold blocks.

    The browser shows this and offers nothing that is certain to be refused; the service decides.
    """
    table = {str(stage): {str(to): _why_not(stage, to, allowed) for to in Stage if to is not stage} for stage in FLOW}
    guarded = {str(each.to) for _, *guards in allowed.values() for way in guards for each in way if each.blocked}
    return table, sorted(guarded)


def _why_not(stage: Stage, to: Stage, allowed: NextMoves) -> str:
    if any(each.to is to for each in allowed[stage][0]):
        return ""
    if to in LIFECYCLE[stage].next:
        return f"Your role does not move orders to {LIFECYCLE[to].title}. Ask a manager."
    return lifecycle.why_not(stage, to)
