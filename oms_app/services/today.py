"""The Today page: how much waits for this role, what one did last, and the first steps of a new shop."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import accounts
from oms_app.db.queries import today as rows
from oms_app.domain import privacy, sla
from oms_app.domain.lifecycle import LIFECYCLE, Stage
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.today import FIRST_STEPS, FOR_ROLE, QUEUES, Queue, Step
from oms_app.services import pickups

TOUCHED = 8


@dataclass(frozen=True, slots=True)
class Touched:
    """An order one changed lately."""

    number: str
    stage: Stage
    stage_title: str
    customer: str
    city: str


@dataclass(frozen=True, slots=True)
class Today:
    """Everything on the page at the moment `at`."""

    at: datetime
    queues: tuple[tuple[Queue, int], ...]
    open_orders: int
    touched: tuple[Touched, ...]
    steps: tuple[Step, ...]
    demo: bool


def read(actor: Actor) -> Today:
    """The page for this actor; `steps` is empty for who cannot take them or has put them away."""
    actor.require(Permission.SEE_ORDERS)
    now = datetime.now(UTC)
    with reading() as tx:
        found = rows.open_orders(tx, now, now + sla.DUE_SOON, actor.location_id)
        missing = pickups.missing(tx, now, actor.location_id)
        touched = rows.touched_by(tx, actor.name, actor.location_id, TOUCHED)
        taken = rows.steps_taken(tx) if _wants_steps(tx, actor) else None
        demo = rows.has_demo(tx)
    counts = {row.stage: int(row.orders) for row in found}
    for name in ("late", "due", "held", "shortfall"):
        counts[name] = sum(int(getattr(row, name)) for row in found)
    counts["will_miss"] = missing
    masked = not actor.may(Permission.SEE_CUSTOMERS)
    return Today(
        at=now,
        queues=tuple((QUEUES[name], counts.get(name, 0)) for name in FOR_ROLE[actor.role]),
        open_orders=sum(int(row.orders) for row in found),
        touched=tuple(
            Touched(
                row.number,
                Stage(row.stage),
                LIFECYCLE[Stage(row.stage)].title,
                privacy.masked_name(row.customer_name) if masked else row.customer_name,
                row.city,
            )
            for row in touched
        ),
        steps=tuple(replace(step, done=taken[step.name]) for step in FIRST_STEPS) if taken else (),
        demo=demo,
    )


def _wants_steps(tx: Connection, actor: Actor) -> bool:
    if not actor.may(Permission.MANAGE_SETTINGS) or actor.user_id is None:
        return False
    user = accounts.user(tx, actor.user_id)
    return user is not None and (user.preferences or {}).get("checklist", True)
