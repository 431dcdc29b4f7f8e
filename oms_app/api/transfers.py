"""Transfers between locations: draft, send, receive."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Id, ListQuery, Moment, Page, Required, Text, Word, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_id_cursor
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.transfers import MOST_LINES, MOST_UNITS, TransferRow, TransferView
from oms_app.services import transfers

endpoints = Endpoints("inventory")
Version = Annotated[int, Field(ge=1, description="The version you read; a later one is refused with 409.")]
Units = Annotated[int, Field(ge=1, le=MOST_UNITS)]


class LineIn(Body):
    """Units of a product."""

    sku: Annotated[Required, Field(max_length=100)]
    quantity: Units


Lines = Annotated[list[LineIn], Field(min_length=1, max_length=MOST_LINES)]


class NewTransfer(Body):
    """What is to go from where to where."""

    origin: Word
    destination: Word
    lines: Lines
    note: Text = ""


class Step(Body):
    """A step that needs no more than the version."""

    version: Version


class Receipt(Body):
    """Units that came."""

    version: Version
    lines: Lines


class GivenUp(Body):
    """Why the rest will not come."""

    version: Version
    reason: Required


class Line(TypedDict):
    """Units of a product: `quantity` = `received` + `missing` + on the way."""

    sku: str
    name: str
    quantity: int
    received: int
    missing: int


class Summary(TypedDict):
    """A transfer in a list. `taxed`: the locations stand under different GSTINs, so it is a supply."""

    id: int
    number: str
    state: str
    origin: str
    destination: str
    taxed: bool
    units: int
    received: int
    missing: int
    created_by: str
    created_at: Moment
    version: int


class Transfer(Summary):
    """A transfer with its lines."""

    note: str
    origin_gstin: str
    destination_gstin: str
    sent_at: Moment | None
    done_at: Moment | None
    lines: list[Line]


@endpoints.get("/transfers", P.SEE_STOCK)
def list_transfers(actor: Actor, query: ListQuery) -> Page[Summary]:
    """Transfers, newest first."""
    only_sorted_by(query, "-id")
    not_searched(query)
    found = transfers.page(actor, before=read_id_cursor(query.cursor) or None, limit=query.limit + 1)
    return cut([_summary(row) for row in found], query.limit, lambda row: row["id"])


@endpoints.get("/transfers/{transfer_id}", P.SEE_STOCK, refusals=(404,))
def get_transfer(actor: Actor, transfer_id: Id) -> Transfer:
    """One transfer."""
    return _transfer(transfers.get(actor, transfer_id))


@endpoints.post("/transfers", P.ADJUST_STOCK, location="/transfers/{id}")
def draft_transfer(actor: Actor, body: NewTransfer) -> Transfer:
    """Draft a transfer; nothing moves yet."""
    lines = [(line.sku, line.quantity) for line in body.lines]
    return _transfer(transfers.draft(actor, body.origin, body.destination, lines, note=body.note))


@endpoints.post("/transfers/{transfer_id}/send", P.ADJUST_STOCK, status=200, refusals=(404, 409, 422))
def send_transfer(actor: Actor, transfer_id: Id, body: Step) -> Transfer:
    """The goods leave their location and are on the way."""
    return _transfer(transfers.send(actor, transfer_id, version=body.version))


@endpoints.post("/transfers/{transfer_id}/receipts", P.RECEIVE_GOODS, status=200, refusals=(404, 409, 422))
def receive_transfer(actor: Actor, transfer_id: Id, body: Receipt) -> Transfer:
    """Units came, all of them or some. Never more than are on the way."""
    came: dict[str, int] = {}
    for line in body.lines:
        came[line.sku] = came.get(line.sku, 0) + line.quantity
    return _transfer(transfers.receive(actor, transfer_id, came, version=body.version))


@endpoints.post("/transfers/{transfer_id}/missing", P.ADJUST_STOCK, status=200, refusals=(404, 409, 422))
def give_up_transfer(actor: Actor, transfer_id: Id, body: GivenUp) -> Transfer:
    """What has not come will not come: the difference is recorded with its reason."""
    return _transfer(transfers.give_up(actor, transfer_id, reason=body.reason, version=body.version))


@endpoints.post("/transfers/{transfer_id}/cancel", P.ADJUST_STOCK, status=200, refusals=(404, 409, 422))
def cancel_transfer(actor: Actor, transfer_id: Id, body: Step) -> Transfer:
    """Drop a draft."""
    return _transfer(transfers.cancel(actor, transfer_id, version=body.version))


def _summary(row: TransferRow) -> Summary:
    return {
        "id": row.id,
        "number": row.number,
        "state": row.state,
        "origin": row.origin,
        "destination": row.destination,
        "taxed": row.taxed,
        "units": row.units,
        "received": row.received,
        "missing": row.missing,
        "created_by": row.created_by,
        "created_at": at(row.created_at),
        "version": row.version,
    }


def _transfer(view: TransferView) -> Transfer:
    lines: list[Line] = [
        {
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "received": line.received,
            "missing": line.missing,
        }
        for line in view.lines
    ]
    return {
        **_summary(view.row),
        "note": view.note,
        "origin_gstin": view.origin_gstin,
        "destination_gstin": view.destination_gstin,
        "sent_at": at(view.sent_at),
        "done_at": at(view.done_at),
        "lines": lines,
    }
