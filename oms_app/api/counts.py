"""Cycle counts: request, enter, finish, review, post."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Id, ListQuery, Moment, Page, Required, Word, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_id_cursor
from oms_app.domain.counts import MOST_UNITS, CountLine, CountRow, CountView
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import counts

endpoints = Endpoints("inventory")
_STEP = (404, 409, 422)


class NewCount(Body):
    """What is to be counted: a location, one of its bins, SKUs that begin alike."""

    location: Word
    bin: Word = ""
    prefix: Word = ""


class Entry(Body):
    """Units that lie there of a SKU or barcode."""

    code: Annotated[Required, Field(max_length=100)]
    quantity: Annotated[int, Field(ge=0, le=MOST_UNITS)]


class Step(Body):
    """The version you read; a later one is refused with 409."""

    version: Annotated[int, Field(ge=1)]


class Line(TypedDict):
    """A product. `book` is what the ledger said when it was counted; `difference` is what will be posted."""

    sku: str
    name: str
    book: int | None
    counted: int | None
    recount_book: int | None
    recounted: int | None
    difference: int | None
    posted: bool


class Summary(TypedDict):
    """A count in a list."""

    id: int
    number: str
    state: str
    location: str
    scope: str
    products: int
    counted: int
    differing: int
    created_by: str
    created_at: Moment
    version: int


class Count(Summary):
    """A count with its lines."""

    lines: list[Line]


class Posted(Count):
    """A posted count; `waiting` says which lines could not be posted yet, and why."""

    waiting: list[str]


@endpoints.get("/counts", P.SEE_STOCK)
def list_counts(actor: Actor, query: ListQuery) -> Page[Summary]:
    """Counts, newest first."""
    only_sorted_by(query, "-id")
    not_searched(query)
    found = counts.page(actor, before=read_id_cursor(query.cursor) or None, limit=query.limit + 1)
    return cut([_summary(row) for row in found], query.limit, lambda row: row["id"])


@endpoints.get("/counts/{count_id}", P.SEE_STOCK, refusals=(404,))
def get_count(actor: Actor, count_id: Id) -> Count:
    """One count."""
    return _count(counts.get(actor, count_id))


@endpoints.post("/counts", P.COUNT_STOCK, location="/counts/{id}")
def request_count(actor: Actor, body: NewCount) -> Count:
    """Ask for a count."""
    return _count(counts.request(actor, body.location, bin=body.bin, prefix=body.prefix))


@endpoints.post("/counts/{count_id}/entries", P.COUNT_STOCK, status=200, refusals=(404, 422))
def enter_count(actor: Actor, count_id: Id, body: Entry) -> Line:
    """So many lie there. Sent again, the newest number counts."""
    return _line(counts.enter(actor, count_id, body.code, body.quantity))


@endpoints.post("/counts/{count_id}/finish", P.COUNT_STOCK, status=200, refusals=_STEP)
def finish_count(actor: Actor, count_id: Id, body: Step) -> Count:
    """Everything is counted; where it differs from the books a second count begins."""
    return _count(counts.finish(actor, count_id, version=body.version))


@endpoints.post("/counts/{count_id}/recount", P.ADJUST_STOCK, status=200, refusals=_STEP)
def recount_count(actor: Actor, count_id: Id, body: Step) -> Count:
    """What differs is counted again."""
    return _count(counts.recount(actor, count_id, version=body.version))


@endpoints.post("/counts/{count_id}/review", P.ADJUST_STOCK, status=200, refusals=_STEP)
def review_count(actor: Actor, count_id: Id, body: Step) -> Count:
    """The differences are believed."""
    return _count(counts.review(actor, count_id, version=body.version))


@endpoints.post("/counts/{count_id}/post", P.ADJUST_STOCK, status=200, refusals=_STEP)
def post_count(actor: Actor, count_id: Id, body: Step) -> Posted:
    """The differences go into the ledger; a line that would leave less than is reserved waits."""
    view, waiting = counts.post(actor, count_id, version=body.version)
    return {**_count(view), "waiting": list(waiting)}


@endpoints.post("/counts/{count_id}/cancel", P.COUNT_STOCK, status=200, refusals=_STEP)
def cancel_count(actor: Actor, count_id: Id, body: Step) -> Count:
    """Drop a count that is not reviewed."""
    return _count(counts.cancel(actor, count_id, version=body.version))


def _summary(row: CountRow) -> Summary:
    return {
        "id": row.id,
        "number": row.number,
        "state": row.state,
        "location": row.location,
        "scope": row.scope,
        "products": row.lines,
        "counted": row.counted,
        "differing": row.differing,
        "created_by": row.created_by,
        "created_at": at(row.created_at),
        "version": row.version,
    }


def _line(line: CountLine) -> Line:
    return {
        "sku": line.sku,
        "name": line.name,
        "book": line.book,
        "counted": line.counted,
        "recount_book": line.recount_book,
        "recounted": line.recounted,
        "difference": line.difference,
        "posted": line.posted,
    }


def _count(view: CountView) -> Count:
    return {**_summary(view.row), "lines": [_line(line) for line in view.lines]}
