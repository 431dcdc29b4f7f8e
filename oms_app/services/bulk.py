"""Moving many orders at once: each in its own transaction, so that one refusal never holds the others back."""

from collections.abc import Sequence
from dataclasses import dataclass

from oms_app.domain.errors import OmsError
from oms_app.domain.lifecycle import MoveDetails, Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.permissions import TO_ENTER, Actor
from oms_app.services import moves


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a bulk move: the orders as they stand now, and (number, why not) of the others."""

    moved: tuple[OrderView, ...]
    refused: tuple[tuple[str, str], ...]


def move(actor: Actor, orders: Sequence[tuple[str, int]], to: Stage, *, details: MoveDetails | None = None) -> Report:
    """Send each order (number, version seen) to a stage; what cannot go stays where it is and says why."""
    actor.require(TO_ENTER[to])
    moved, refused = [], []
    for number, version in orders:
        try:
            moved.append(moves.move(actor, number, to, version=version, details=details))
        except OmsError as error:
            refused.append((number, error.message))
    return Report(tuple(moved), tuple(refused))
