"""What each role looks at first: work queues as searches, and the five first steps of a new shop."""

from collections.abc import Mapping
from dataclasses import dataclass

from oms_app.domain.permissions import Role


@dataclass(frozen=True, slots=True)
class Queue:
    """Orders that wait for somebody. `q` is the search that lists them, `severity` how the tile looks."""

    name: str
    title: str
    q: str
    hint: str
    severity: str = "info"


@dataclass(frozen=True, slots=True)
class Step:
    """A first step of a new shop; `done` once it was taken."""

    name: str
    title: str
    hint: str
    link: str
    done: bool = False


QUEUES: Mapping[str, Queue] = {
    queue.name: queue
    for queue in (
        Queue("late", "Late", "is:late -is:shipped_late", "Should have left the building", "breached"),
        Queue("due", "Due soon", "is:due", "Ship within the next hours", "due"),
        Queue("will_miss", "Will miss today's courier", "is:will_miss", "By how long your stages take", "late"),
        Queue("held", "On hold", "is:held", "Waiting for a decision", "due"),
        Queue("shortfall", "Short of stock", "has:shortfall", "Units that could not be reserved", "late"),
        Queue("placed", "Placed", "status:placed", "New: check and process"),
        Queue("processing", "Processing", "status:processing", "Being validated"),
        Queue("ready", "Ready to pick", "status:ready", "Free to pick"),
        Queue("picking", "Picking", "status:picking", "On a pick list"),
        Queue("packed", "Packed", "status:packed", "Waiting for the courier"),
    )
}

OFFICE = ("late", "due", "will_miss", "held", "shortfall", "placed", "processing")
FLOOR = ("late", "due", "will_miss", "ready", "picking", "packed")
FOR_ROLE: Mapping[Role, tuple[str, ...]] = {
    Role.ADMIN: (*OFFICE, "ready", "picking", "packed"),
    Role.MANAGER: (*OFFICE, "ready", "picking", "packed"),
    Role.INVENTORY: ("shortfall", "held", "late", "due"),
    Role.WAREHOUSE: FLOOR,
    Role.SERVICE: ("held", "late", "shortfall", "placed", "processing"),
    Role.ANALYST: ("late", "due", "held", "shortfall"),
}

FIRST_STEPS = (
    Step("company", "Write the company profile", "Legal name and GSTIN go on every invoice", "/settings/company"),
    Step("location", "Name your warehouse", "Where the stock lies, with its PIN", "/settings/places"),
    Step("product", "Bring in products or orders", "oms import orders FILE makes both", "/inventory"),
    Step("people", "Invite somebody", "Each with a role, by a one-time link", "/settings/users"),
    Step("shipped", "Ship the first order", "Move it along the board to Shipped", "/board"),
)
