"""Money of orders that became one: whose channel order each refund comes out of."""

from collections.abc import Iterable, Mapping
from typing import Any

from oms_app.domain.payments import PaymentKind
from oms_app.domain.related import FROM_ORDER, TO_ORDER


def split(payments: Iterable[Any], numbers: Mapping[int, str]) -> list[tuple[Any, dict[int, int]]]:
    """Each refund, with the minor units of it by the order they came in for: its own first, then each merged one.

    payments  every payment of the orders, as they were recorded; what a merge moves goes on to the other order
    numbers   of these orders, by their ids
    """
    held: dict[int, dict[int, int]] = {}  # by the order that holds it, and the one it came in for
    refunds: dict[int, tuple[Any, dict[int, int]]] = {}
    moving: dict[tuple[str, str], int] = {}
    for row in payments:
        mine = held.setdefault(row.order_id, {row.order_id: 0})
        if row.kind == PaymentKind.CAPTURE:
            move = moving.pop((row.reference, f"{TO_ORDER}{numbers[row.order_id]}"), None)
            came = {row.order_id: row.amount} if move is None else refunds.pop(move)[1]
            for of, amount in came.items():
                mine[of] = mine.get(of, 0) + amount
        elif row.kind in (PaymentKind.VOID, PaymentKind.REFUND):
            taken = _take(mine, row.amount, row.order_id)
            if row.kind == PaymentKind.REFUND:
                refunds[row.id] = row, taken
                moving[f"{FROM_ORDER}{numbers[row.order_id]}", row.reference] = row.id
    return list(refunds.values())


def _take(held: dict[int, int], amount: int, own: int) -> dict[int, int]:
    taken: dict[int, int] = {}
    for of, there in held.items():
        if part := min(there, amount):
            taken[of] = part
            held[of] -= part
            amount -= part
    return taken | {own: taken.get(own, 0) + amount} if amount else taken
