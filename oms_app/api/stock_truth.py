"""Stock truth: what does not add up, checking it and repairing it."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Moment, Required, Word, at
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.stock import LineTruth, StockCheck, TruthRow
from oms_app.services import stock_truth

endpoints = Endpoints("inventory")


class Repair(Body):
    """A level that shall say again what it adds up to."""

    sku: Annotated[Required, Field(max_length=100)]
    location: Word
    reason: Required


class LineRepair(Body):
    """A line of an order that shall say again how many units its reservations hold."""

    line_id: int
    reason: Required


class Level(TypedDict):
    """A level: `on_hand` must be `ledger`, `reserved` must be `kept` and at most `on_hand`.

    `lots` (null where the article has none) must be `on_hand`; no lot may be `uneven`: another number than its entries.
    """

    sku: str
    location: str
    on_hand: int
    ledger: int
    reserved: int
    kept: int
    lots: int | None
    uneven: int


class Line(TypedDict):
    """A line of an order: `allocated` must be `kept`, the units of its reservations."""

    line_id: int
    order: str
    sku: str
    allocated: int
    kept: int


class Check(TypedDict):
    """What a check of every level and order line counted."""

    at: Moment
    levels: int
    movements: int
    reservations: int
    differences: int


class Truth(TypedDict):
    """The last check, null before the first one, and the levels and order lines it found that differ still."""

    check: Check | None
    differing: list[Level]
    lines: list[Line]


@endpoints.get("/stock/truth", P.SEE_STOCK)
def get_stock_truth(actor: Actor) -> Truth:
    """Levels and order lines that are not the sum of their movements and reservations."""
    found = stock_truth.overview(actor, limit=1)
    return {
        "check": None if found.check is None else _check(found.check),
        "differing": [_level(row) for row in found.differing],
        "lines": [_line(line) for line in found.lines],
    }


@endpoints.post("/stock/checks", P.ADJUST_STOCK, refusals=())
def check_stock(actor: Actor) -> Check:
    """Add up the whole ledger now; it runs by itself every hour."""
    return _check(stock_truth.check(actor))


@endpoints.post("/stock/repairs", P.ADJUST_STOCK)
def repair_stock(actor: Actor, body: Repair) -> Level:
    """Make a level say what it adds up to. The ledger stays as it is; the audit trail keeps both numbers."""
    return _level(stock_truth.repair(actor, body.sku, body.location, reason=body.reason))


@endpoints.post("/stock/line-repairs", P.ADJUST_STOCK)
def repair_stock_line(actor: Actor, body: LineRepair) -> Line:
    """Make an order line say how many units its reservations keep or have issued; the audit trail keeps both."""
    return _line(stock_truth.repair_line(actor, body.line_id, reason=body.reason))


def _check(done: StockCheck) -> Check:
    return {
        "at": at(done.at),
        "levels": done.levels,
        "movements": done.movements,
        "reservations": done.reservations,
        "differences": done.differences,
    }


def _line(row: LineTruth) -> Line:
    return {
        "line_id": row.line_id,
        "order": row.order,
        "sku": row.sku,
        "allocated": row.allocated,
        "kept": row.kept,
    }


def _level(row: TruthRow) -> Level:
    return {
        "sku": row.sku,
        "location": row.location,
        "on_hand": row.on_hand,
        "ledger": row.ledger,
        "reserved": row.reserved,
        "kept": row.kept,
        "lots": row.lots,
        "uneven": row.uneven,
    }
