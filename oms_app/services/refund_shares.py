"""Which orders of a channel a refund is asked of: one that others came into holds money of theirs too."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import channel_tasks as tasks
from oms_app.db.queries import related
from oms_app.domain import merged_money
from oms_app.domain.channel_tasks import TaskKind


def shares(
    tx: Connection, order_ids: Iterable[int], inside: Mapping[int, set[int]]
) -> dict[int, list[tuple[Any, int]]]:
    """(refund, minor units of it) of each order that the money came in for, refunds as they were recorded.

    inside  what came into these orders, as `related.came_in` has it
    """
    merged = set(inside).union(*inside.values())
    alone = tasks.refunds(tx, list(set(order_ids) - merged))
    found = {of: [(row, row.amount) for row in rows] for of, rows in alone.items()}
    payments = related.payments(tx, merged) if merged else []
    for row, parts in merged_money.split(payments, {row.order_id: row.number for row in payments}):
        whole = set(parts) == {row.order_id} or _asked_whole(tx, row)
        for of, amount in {row.order_id: row.amount}.items() if whole else parts.items():
            found.setdefault(of, []).append((row, amount))
    return found


def subject(refund: Any, order_id: int) -> int | str:
    """What names the task that asks for the part of a refund that came in for an order."""
    return int(refund.id) if refund.order_id == order_id else f"{refund.id}-{order_id}"


def _asked_whole(tx: Connection, refund: Any) -> bool:
    """Whether all of it was asked of its own order, before refunds were split: it is not to be given back twice."""
    name = f"{TaskKind.REFUND}:{refund.id}"
    return any(
        task.name == name and task.given["amount"] == refund.amount for task in tasks.of_order(tx, refund.order_id)
    )
