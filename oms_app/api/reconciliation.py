"""Reconciliation: a channel held against the shop, and what differs."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Moment, Name, at
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import reconciliation
from oms_app.services.reconciliation import DifferenceView, Standing
from oms_app.services.reconciliation import Run as RunView

endpoints = Endpoints("channels")
_SHOWN = 200


class Reconcile(Body):
    """What is compared: orders that changed there since then; by default 30 days."""

    since: Annotated[datetime | None, Field(description="RFC 3339.")] = None


class Run(TypedDict):
    """A comparison as it stands. `part`: new, orders, ours, stock; `expected` null: not known."""

    id: int
    state: str
    part: str
    since: Moment
    orders: int
    levels: int
    expected: int | None
    under_way: int
    differences: int
    problem: str
    started_at: Moment
    finished_at: Moment | None


class Difference(TypedDict):
    """Something that differs. `order` is our number; `fix`: place, take, tell, person."""

    id: int
    kind: str
    external_id: str
    number: str
    order: str
    said: str
    fix: str
    problem: str


class Reconciliation(TypedDict):
    """How a channel agrees: the comparison that goes on, the last one that ended, how many differences are open, and
    the first 200 of them."""

    running: Run | None
    last: Run | None
    open: int
    differences: list[Difference]


@endpoints.post("/channels/{channel}/reconcile", P.MANAGE_CHANNELS)
def reconcile_channel(actor: Actor, channel: Name, body: Reconcile) -> Run:
    """Compare a channel with the shop in the background; one that goes on for the same time goes on."""
    return _run(reconciliation.start(actor, channel, body.since))


@endpoints.get("/channels/{channel}/reconciliation", P.SEE_CHANNELS, refusals=(404,))
def get_reconciliation(actor: Actor, channel: Name) -> Reconciliation:
    """How a channel agrees with the shop, and what differs."""
    standing: Standing = reconciliation.get(actor, channel)
    return {
        "running": None if standing.running is None else _run(standing.running),
        "last": None if standing.last is None else _run(standing.last),
        "open": standing.differences,
        "differences": [_difference(each) for each in reconciliation.differences(actor, channel, limit=_SHOWN)],
    }


def _run(run: RunView) -> Run:
    return {
        "id": run.id,
        "state": run.state,
        "part": run.part,
        "since": at(run.since),
        "orders": run.orders,
        "levels": run.levels,
        "expected": run.expected,
        "under_way": run.under_way,
        "differences": run.differences,
        "problem": run.problem,
        "started_at": at(run.started_at),
        "finished_at": at(run.finished_at),
    }


def _difference(each: DifferenceView) -> Difference:
    return {
        "id": each.id,
        "kind": each.kind,
        "external_id": each.external_id,
        "number": each.number,
        "order": each.order,
        "said": each.said,
        "fix": each.fix,
        "problem": each.problem,
    }
