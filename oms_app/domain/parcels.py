"""Parcels of an order that ships in several: what each holds, which units are there, and the stage they add up to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oms_app.domain.lifecycle import FLOW, OPEN_STAGES, Stage

WAITING = "waiting"
"""A parcel whose units wait for stock; it goes on once another one of the order does not come first."""

VOIDED = "voided"
GONE = (Stage.SHIPPED, Stage.DELIVERED)
CLOSED = (Stage.PACKED, *GONE)
"""What is in such a parcel stays there."""


@dataclass(frozen=True, slots=True)
class Box:
    """A parcel: where it stands (a stage, or WAITING) and its units by line."""

    id: int
    status: str
    units: Mapping[int, int]


def stage_of(statuses: Iterable[str]) -> Stage:
    """The stage of an order: that of its least advanced parcel which may be worked on.

    A parcel that waits for stock counts as Processing once no other one is in the building.
    """
    known = set(statuses) - {VOIDED}
    here = [stage for stage in OPEN_STAGES if stage in known]
    if here:
        return here[0]
    if WAITING in known:
        return Stage.PROCESSING
    return Stage.SHIPPED if Stage.SHIPPED in known else Stage.DELIVERED


def in_turn(boxes: Sequence[Box]) -> list[Box]:
    """Boxes in the order in which units are theirs: the most advanced first, those that wait last."""
    return sorted(boxes, key=lambda box: (-_rank(box.status), box.id))


def covered(boxes: Sequence[Box], allocated: Mapping[int, int]) -> dict[int, dict[int, int]]:
    """Units by line that are there for each box, by box id. `allocated`: units kept or issued by line; a line that is
    not named needs no stock."""
    left, found = dict(allocated), {}
    for box in in_turn(boxes):
        there = {}
        for line_id, units in box.units.items():
            there[line_id] = min(units, left[line_id]) if line_id in left else units
            if line_id in left:
                left[line_id] -= there[line_id]
        found[box.id] = there
    return found


def missing(boxes: Sequence[Box], allocated: Mapping[int, int]) -> dict[int, int]:
    """How many units each box lacks, by box id."""
    there = covered(boxes, allocated)
    return {box.id: sum(box.units.values()) - sum(there[box.id].values()) for box in boxes}


def settled(boxes: Sequence[Box], allocated: Mapping[int, int]) -> dict[int, str]:
    """The status of each box, by id: one that lacks units waits where another has all of its own, and is not picked."""
    lacks = missing(boxes, allocated)
    others_go = any(not lacks[box.id] for box in boxes)
    found: dict[int, str] = {}
    for box in boxes:
        found[box.id] = box.status
        if lacks[box.id] and box.status not in CLOSED:
            found[box.id] = WAITING if others_go else min(standing(box), Stage.PROCESSING, key=FLOW.index)
    return found


def going(boxes: Sequence[Box]) -> list[Box]:
    """The boxes that a move of the whole order means: those that stand where the order does."""
    stage = stage_of(box.status for box in boxes)
    found = [box for box in boxes if box.status == stage]
    return found or [box for box in boxes if box.status == WAITING]


def standing(box: Box) -> Stage:
    """The stage a box is in as far as its next move goes."""
    return Stage.PROCESSING if box.status == WAITING else Stage(box.status)


def _rank(status: str) -> int:
    return -1 if status == WAITING else FLOW.index(Stage(status))
