"""Doing one action to many orders, articles or products: judged before, started, followed, stopped, taken back."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Id, ListQuery, Moment, Name, Page, Search, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_cursor, read_id_cursor
from oms_app.domain.errors import Malformed
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.runs import MOST_NAMED, Preview, Selection, Subject
from oms_app.domain.runs import Run as RunView
from oms_app.services import runs

endpoints = Endpoints("runs")
SubjectName = Literal["order", "stock", "product", "sku"]
OrderActionName = Literal["move", "hold", "release", "tag", "untag", "assign", "note", "priority", "route"]
StockActionName = Literal["adjust", "safety", "block", "buffer", "transfer", "count"]
ProductActionName = Literal["tax", "hsn", "attribute", "offer", "withdraw", "list"]
SkuActionName = Literal["confirm", "map", "ignore", "restore"]
_GIVEN = "What the action needs: `{to}`, `{tags}`, `{location, quantity, reason}` … (docs/bulk.md)."


class NewRun(Body):
    """What to do to which orders, articles by SKU, unknown SKUs as CHANNEL:SKU: `numbers`, or all that `q` finds."""

    subject: SubjectName = "order"
    action: OrderActionName | StockActionName | ProductActionName | SkuActionName
    given: Annotated[
        dict[str, str | int | list[str]],
        Field(max_length=10, description=_GIVEN),
    ] = {}
    numbers: Annotated[list[Name], Field(max_length=MOST_NAMED)] = []
    q: Search | None = None


class RowsQuery(ListQuery):
    """Which rows."""

    state: Annotated[Literal["", "waiting", "done", "refused"], Field("", description="Only these.")]


class Why(TypedDict):
    """Why some would be refused, and which."""

    reason: str
    numbers: list[str]


class Judged(TypedDict):
    """What a run would do. `judged` of `total` were looked at; `asks` is what the action needs to be told."""

    total: int
    judged: int
    can: int
    cannot: list[Why]
    asks: list[str]


class Run(TypedDict):
    """A run as it stands."""

    id: int
    subject: str
    action: str
    given: dict[str, Any]
    title: str
    q: str | None
    state: str
    total: int
    done: int
    refused: int
    by: str
    undoable: bool
    undoes: int | None
    undone_by: int | None
    started_at: Moment
    finished_at: Moment | None
    note: str


class RunRow(TypedDict):
    """What became of one of them: `number` is an order's, a SKU, or CHANNEL:SKU."""

    position: int
    number: str
    state: str
    message: str
    at: Moment | None


@endpoints.get("/runs", P.SEE_ORDERS)
def list_runs(actor: Actor, query: ListQuery) -> Page[Run]:
    """Runs, newest first."""
    only_sorted_by(query, "-id")
    not_searched(query)
    found = runs.page(actor, before=read_id_cursor(query.cursor) or None, limit=query.limit + 1)
    return cut([_run(each) for each in found], query.limit, lambda each: each["id"])


@endpoints.post("/runs/preview", P.NOTE_ORDERS, status=200, refusals=(422,))
def preview_run(actor: Actor, body: NewRun) -> Judged:
    """How many can, and why the others cannot; nothing is done."""
    return _judged(runs.preview(actor, body.action, body.given, _selection(body)))


@endpoints.post("/runs", P.NOTE_ORDERS, location="/runs/{id}", refusals=(404, 422))
def start_run(actor: Actor, body: NewRun) -> Run:
    """Do it. Up to 50 are done when this answers; more go on in the background.

    Needs, besides, the permission that the action needs on one of them.
    """
    return _run(runs.start(actor, body.action, body.given, _selection(body)))


@endpoints.get("/runs/{run_id}", P.SEE_ORDERS, refusals=(404,))
def get_run(actor: Actor, run_id: Id) -> Run:
    """How far a run is."""
    return _run(runs.get(actor, run_id))


@endpoints.get("/runs/{run_id}/rows", P.SEE_ORDERS, refusals=(404,))
def list_run_rows(actor: Actor, run_id: Id, query: RowsQuery) -> Page[RunRow]:
    """What became of each."""
    only_sorted_by(query, "position")
    not_searched(query)
    after = read_id_cursor(query.cursor) if read_cursor(query.cursor) else -1
    found = runs.results(actor, run_id, state=query.state, after=after, limit=query.limit + 1)
    items: list[RunRow] = [
        {"position": r.position, "number": r.number, "state": r.state, "message": r.message, "at": at(r.at)}
        for r in found
    ]
    return cut(items, query.limit, lambda each: each["position"])


@endpoints.post("/runs/{run_id}/cancel", P.NOTE_ORDERS, status=200)
def cancel_run(actor: Actor, run_id: Id) -> Run:
    """Stop a run: what is done stays done. One's own, or anybody's for who may set priorities."""
    return _run(runs.cancel(actor, run_id))


@endpoints.post("/runs/{run_id}/undo", P.NOTE_ORDERS, location="/runs/{id}")
def undo_run(actor: Actor, run_id: Id) -> Run:
    """Take a run back, where all still stands as it left it: a run of its own."""
    return _run(runs.undo(actor, run_id))


def _selection(body: NewRun) -> Selection:
    if (body.q is None) == (not body.numbers):
        raise Malformed("Name them, or give a search: one of “numbers” and “q”.", details={"field": "numbers"})
    return Selection(tuple((number, None) for number in body.numbers), body.q, subject=Subject(body.subject))


def _judged(seen: Preview) -> Judged:
    return {
        "total": seen.total,
        "judged": seen.looked_at,
        "can": seen.can,
        "cannot": [{"reason": each.sentence, "numbers": list(each.numbers)} for each in seen.reasons],
        "asks": sorted(seen.fields),
    }


def _run(run: RunView) -> Run:
    return {
        "id": run.id,
        "subject": run.subject,
        "action": run.action,
        "given": run.given,
        "title": run.title,
        "q": run.q,
        "state": run.state,
        "total": run.total,
        "done": run.done,
        "refused": run.refused,
        "by": run.by,
        "undoable": run.undoable,
        "undoes": run.undoes,
        "undone_by": run.undone_by,
        "started_at": at(run.started_at),
        "finished_at": at(run.finished_at),
        "note": run.why,
    }
