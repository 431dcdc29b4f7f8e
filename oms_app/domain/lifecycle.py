"""The lifecycle of an order as data: its stages, the moves between them, and the named guards of each stage.

One table, read by the transition service, the board, the menus, the API and the docs. `check()` runs at start-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from oms_app.domain.errors import Refused


class Stage(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    PROCESSING = "processing"
    READY = "ready"
    PICKING = "picking"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Guard(StrEnum):
    """What must be true to enter a stage."""

    NO_HOLD = "no_hold"
    ALLOCATED = "allocated"
    PAYMENT = "payment"
    WEIGHT = "weight"
    COURIER = "courier"
    AWB = "awb"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class StageRule:
    """One row of the lifecycle."""

    title: str
    means: str
    next: frozenset[Stage]
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class MoveDetails:
    """What the person or machine says with a move; empty where the stage asks nothing.

    weight_g  weight of the packed parcel in grams        awb  the courier's tracking number
    """

    reason: str = ""
    weight_g: int = 0
    courier: str = ""
    awb: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at: the order's holds, its stock, its money, and the details given with the move.

    short  units of what moves that wait for stock      kept  units of it that are there
    owed   what must be paid before it is picked, ready to read; empty where nothing is, or somebody trusts the buyer
    payment_settles  whether every hold waits for that payment
    """

    holds: tuple[str, ...] = ()
    short: int = 0
    kept: int = 0
    owed: str = ""
    payment_settles: bool = False
    details: MoveDetails = field(default_factory=MoveDetails)


@dataclass(frozen=True, slots=True)
class Failure:
    """One guard that said no: which, why, and what to do."""

    guard: str
    message: str
    fix: str


S, G = Stage, Guard
FLOW = (S.PLACED, S.PROCESSING, S.READY, S.PICKING, S.PACKED, S.SHIPPED, S.DELIVERED)

LIFECYCLE: Mapping[Stage, StageRule] = {
    S.PLACED: StageRule("Placed", "Arrived; its stock is reserved", frozenset({S.PROCESSING, S.CANCELLED})),
    S.PROCESSING: StageRule("Processing", "Being validated", frozenset({S.PLACED, S.READY, S.CANCELLED})),
    S.READY: StageRule(
        "Ready to pick",
        "Validated, paid or confirmed, may be picked",
        frozenset({S.PLACED, S.PROCESSING, S.PICKING, S.CANCELLED}),
        (G.NO_HOLD, G.ALLOCATED, G.PAYMENT),
    ),
    S.PICKING: StageRule(
        "Picking",
        "On a pick list",
        frozenset({S.PLACED, S.PROCESSING, S.READY, S.PACKED, S.CANCELLED}),
        (G.NO_HOLD, G.ALLOCATED),
    ),
    S.PACKED: StageRule(
        "Packed",
        "In parcels, weighed",
        frozenset({S.PLACED, S.PROCESSING, S.READY, S.PICKING, S.SHIPPED, S.CANCELLED}),
        (G.NO_HOLD, G.ALLOCATED, G.WEIGHT),
    ),
    S.SHIPPED: StageRule(
        "Shipped", "Handed to a carrier", frozenset({S.DELIVERED}), (G.NO_HOLD, G.ALLOCATED, G.COURIER, G.AWB)
    ),
    S.DELIVERED: StageRule("Delivered", "Proof from the carrier, or by hand", frozenset(), (G.REASON,)),
    S.CANCELLED: StageRule("Cancelled", "Final; its stock is free again", frozenset(), (G.REASON,)),
}
OPEN_STAGES = (S.PLACED, S.PROCESSING, S.READY, S.PICKING, S.PACKED)
"""Stages in which the order is still in the building and works against its ship-by time."""

ASKS: Mapping[Guard, str] = {G.WEIGHT: "weight_g", G.COURIER: "courier", G.AWB: "awb", G.REASON: "reason"}
"""Guards that a dialog answers, and the field of MoveDetails each one fills."""


SPLIT = "Ship what is there and let the rest wait as a backorder, or wait until stock comes."
"""The fix that splits an order."""


class IllegalMove(Refused):
    """The lifecycle has no such move."""

    code = "illegal_move"

    def __init__(self, current: Stage, target: Stage):
        message = why_not(current, target)
        allowed = ", ".join(stage for stage in Stage if stage in LIFECYCLE[current].next) or "nowhere"
        failed = [{"guard": "lifecycle", "message": message, "fix": f"From {current} it may go to: {allowed}."}]
        super().__init__(message, details={"stage": current, "to": target, "failed": failed})


class GuardsFailed(Refused):
    """The move exists, but something must be done first; `details.failed` lists guard, message and fix."""

    code = "guards_failed"

    def __init__(self, failures: list[Failure]):
        super().__init__(
            " ".join(f"{f.message} {f.fix}" for f in failures),
            details={
                "failed": [
                    {"guard": f.guard, "message": f.message, "fix": f.fix, "asks": ASKS.get(Guard(f.guard))}
                    for f in failures
                ]
            },
        )


def move(current: Stage, target: Stage, facts: Facts) -> Stage:
    """Return `target` if an order may go there from `current`; raise IllegalMove or GuardsFailed."""
    if target not in LIFECYCLE[current].next:
        raise IllegalMove(current, target)
    if failures := failing(current, target, facts):
        raise GuardsFailed(failures)
    return target


def failing(current: Stage, target: Stage, facts: Facts) -> list[Failure]:
    """Guards of `target` that say no. Guards protect the way forward; going back never needs more than it had."""
    if is_backward(current, target):
        return []
    checks = (_FAILURES[guard](facts) for guard in LIFECYCLE[target].guards)
    return [failure for failure in checks if failure]


def pays(current: Stage, target: Stage, facts: Facts) -> str:
    """What must be paid, ready to read, where that payment is all that stands against the move."""
    paid = replace(facts, owed="", holds=() if facts.payment_settles else facts.holds)
    return facts.owed if failing(current, target, facts) and not failing(current, target, paid) else ""


def asks(current: Stage, target: Stage) -> tuple[str, ...]:
    """Fields of MoveDetails that a person fills in before this move."""
    if is_backward(current, target):
        return ()
    return tuple(ASKS[guard] for guard in LIFECYCLE[target].guards if guard in ASKS)


def is_backward(current: Stage, target: Stage) -> bool:
    """Whether the move goes back along the flow."""
    return current in FLOW and target in FLOW and FLOW.index(target) < FLOW.index(current)


def why_not(current: Stage, target: Stage) -> str:
    """A sentence for a move the lifecycle does not have."""
    here, there = LIFECYCLE[current].title, LIFECYCLE[target].title
    if current is target:
        return f"The order is in {here} already."
    if current in (S.DELIVERED, S.CANCELLED):
        return f"{here} is final: start a return or place the order again."
    if current is S.SHIPPED:
        return f"The parcel has left the building, so it cannot go to {there}: start a return."
    following = FLOW[FLOW.index(current) + 1]
    return f"An order in {here} goes to {LIFECYCLE[following].title} before {there}."


def check(table: Mapping[Stage, StageRule] = LIFECYCLE) -> None:
    """Raise ValueError where the table names an unknown or unreachable stage, or lacks one."""
    missing = set(Stage) - set(table)
    unknown = {target for rule in table.values() for target in rule.next} - set(table)
    reached, frontier = {Stage.PLACED}, [Stage.PLACED]
    while frontier:
        for target in table[frontier.pop()].next - unknown - reached:
            reached.add(target)
            frontier.append(target)
    unreachable = set(table) - reached
    if missing or unknown or unreachable:
        raise ValueError(f"lifecycle: missing {missing}, unknown {unknown}, unreachable {unreachable}")


def _no_hold(facts: Facts) -> Failure | None:
    if not facts.holds:
        return None
    return Failure(G.NO_HOLD, f"On hold: {', '.join(facts.holds)}.", "Release the hold first.")


def _allocated(facts: Facts) -> Failure | None:
    if not facts.short:
        return None
    waits = f"{facts.short} {'unit waits' if facts.short == 1 else 'units wait'} for stock."
    if facts.kept:
        return Failure(G.ALLOCATED, waits, SPLIT)
    return Failure(G.ALLOCATED, waits, "Decide in the shortfall queue, or wait until stock comes.")


def _paid(facts: Facts) -> Failure | None:
    if not facts.owed:
        return None
    return Failure(G.PAYMENT, f"Not paid yet: {facts.owed} is owed.", "Capture payment first.")


def _needs(guard: Guard, message: str, fix: str):  # type: ignore[no-untyped-def]
    def check_details(facts: Facts) -> Failure | None:
        return None if getattr(facts.details, ASKS[guard]) else Failure(guard, message, fix)

    return check_details


_FAILURES = {
    G.NO_HOLD: _no_hold,
    G.ALLOCATED: _allocated,
    G.PAYMENT: _paid,
    G.WEIGHT: _needs(G.WEIGHT, "The parcel has no weight.", "Weigh it and enter the grams."),
    G.COURIER: _needs(G.COURIER, "No courier is named.", "Choose who carries the parcel."),
    G.AWB: _needs(G.AWB, "The parcel has no tracking number.", "Enter the courier's AWB number."),
    G.REASON: _needs(G.REASON, "No reason is given.", "Say why in a few words."),
}
