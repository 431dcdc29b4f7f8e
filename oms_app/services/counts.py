"""Counting what is there: a count is requested, walked, walked again where it differs, reviewed and posted."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import counts as rows
from oms_app.db.queries import stock as levels
from oms_app.domain import counts as rules
from oms_app.domain.counts import ENTERING, OPEN, CountLine, CountRow, CountState, CountView
from oms_app.domain.errors import Conflict, Forbidden, NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.stock import MovementKind
from oms_app.services import events


def page(actor: Actor, *, only_open: bool = False, before: int | None = None, limit: int = 50) -> tuple[CountRow, ...]:
    """A keyset page of counts, newest first; who works at one location sees its counts."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        states = OPEN if only_open else ()
        found = rows.page(tx, states=states, location_id=actor.location_id, before=before, limit=limit)
        return tuple(map(_row, found))


def get(actor: Actor, count_id: int) -> CountView:
    """A count with its lines. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return _view(tx, actor, count_id)


def request(actor: Actor, location: str, *, bin: str = "", prefix: str = "") -> CountView:
    """Ask for a count of a location, of one of its bins, or of the SKUs that begin with `prefix`."""
    actor.require(Permission.COUNT_STOCK)
    with transaction() as tx:
        place = _place(tx, actor, location)
        bin_id = rows.bin_of(tx, place.id, bin) if bin else None
        if bin and bin_id is None:
            raise NotFound(f"There is no bin “{bin}” at {place.name}.", details={"field": "bin"})
        count_id = _add(tx, actor, place, bin=bin, sku_prefix=prefix)
        added = rows.add_lines(tx, count_id, place.id, bin_id, prefix, rules.MOST_LINES)
        if not 0 < added <= rules.MOST_LINES:
            raise Refused(
                "Nothing of that kind lies there."
                if not added
                else f"More than {rules.MOST_LINES:,} products: count a bin, or a part of the SKUs.",
                code="nothing_to_count" if not added else "too_much_to_count",
            )
        said = {"location": location, "bin": bin, "prefix": prefix, "lines": added}
        _record(tx, actor, "count_requested", count_id, after=said)
        return _view(tx, actor, count_id)


def request_of(actor: Actor, location: str, sku: str) -> CountView:
    """Ask for a count of one article at a location; `put_on` adds others to it."""
    actor.require(Permission.COUNT_STOCK)
    with transaction() as tx:
        place, product = _place(tx, actor, location), _product(tx, sku)
        count_id = _add(tx, actor, place, chosen=True)
        rows.put_on(tx, count_id, product.id)
        _record(tx, actor, "count_requested", count_id, after={"location": location, "chosen": True})
        return _view(tx, actor, count_id)


def put_on(actor: Actor, count_id: int, sku: str) -> None:
    """One more article on a count that nobody finished. Raises Refused where it is full or under way."""
    actor.require(Permission.COUNT_STOCK)
    with transaction() as tx:
        _locked(tx, actor, count_id, None, CountState.REQUESTED)
        if rows.put_on(tx, count_id, _product(tx, sku).id) > rules.MOST_LINES:
            raise Refused(f"{number(count_id)} has {rules.MOST_LINES:,} articles already.")


def take_off(actor: Actor, count_id: int, sku: str) -> None:
    """An article off a count, where nobody counted it; without its last one the count is cancelled. Raises Refused."""
    actor.require(Permission.COUNT_STOCK)
    with transaction() as tx:
        before, product = _locked(tx, actor, count_id, None, CountState.REQUESTED), _product(tx, sku)
        line = rows.line_of(tx, count_id, product.id)
        if line is None or line.counted is not None:
            raise Refused("It was counted since." if line else f"{number(count_id)} was changed since.")
        if not rows.take_off(tx, count_id, product.id):
            _go(tx, actor, before, CountState.CANCELLED, "count_cancelled", done_at=datetime.now(UTC))


def find(actor: Actor, count_id: int, code: str) -> CountLine:
    """What a scanned code means in this count. Raises NotFound; a product nobody expected is found too."""
    actor.require(Permission.COUNT_STOCK)
    with reading() as tx:
        _visible(tx, actor, count_id)
        product = _product(tx, code)
        known = rows.line_of(tx, count_id, product.id)
        return _line(known) if known else CountLine(product.sku, product.name, None, None, None, None, posted=False)


def enter(actor: Actor, count_id: int, code: str, quantity: int) -> CountLine:
    """Units that lie there of a SKU or barcode; said again, the newer number counts.

    What the books say at this moment is kept beside it. Raises NotFound, Refused, Malformed.
    """
    actor.require(Permission.COUNT_STOCK)
    units = rules.check_units(quantity)
    with transaction() as tx:
        count, product = _locked(tx, actor, count_id, None, *ENTERING), _product(tx, code)
        known = rows.line_of(tx, count_id, product.id)
        here = next((row for row in levels.levels_of(tx, product.id) if row.location_id == count.location_id), None)
        book = here.on_hand if here else 0
        if count.state == CountState.REQUESTED or known is None:
            rows.write_line(tx, count_id, product.id, book=book, counted=units)
        elif _line(known).first:
            rows.write_line(tx, count_id, product.id, recount_book=book, recounted=units)
        else:
            raise Refused(f"{product.sku} agreed with the books: it is not counted again.")
        return _line(rows.line_of(tx, count_id, product.id))


def finish(actor: Actor, count_id: int, *, version: int) -> CountView:
    """Everything is counted: on to review, or to a second count of what differs."""
    actor.require(Permission.COUNT_STOCK)
    with transaction() as tx:
        before = _locked(tx, actor, count_id, version, *ENTERING)
        state = rules.after_counting(CountState(before.state), [_line(row) for row in rows.lines(tx, count_id)])
        return _go(tx, actor, before, state, "count_finished")


def recount(actor: Actor, count_id: int, *, version: int) -> CountView:
    """The reviewer does not believe it: what differs is counted again."""
    actor.require(Permission.ADJUST_STOCK)
    with transaction() as tx:
        before = _locked(tx, actor, count_id, version, CountState.COUNTED)
        if not any(_line(row).first for row in rows.lines(tx, count_id)):
            raise Refused("Nothing differs: there is nothing to count again.")
        rows.forget_recounts(tx, count_id)
        return _go(tx, actor, before, CountState.RECOUNT, "count_sent_back")


def review(actor: Actor, count_id: int, *, version: int) -> CountView:
    """The differences are believed."""
    actor.require(Permission.ADJUST_STOCK)
    with transaction() as tx:
        before = _locked(tx, actor, count_id, version, CountState.COUNTED)
        return _go(tx, actor, before, CountState.REVIEWED, "count_reviewed")


def post(actor: Actor, count_id: int, *, version: int) -> tuple[CountView, tuple[str, ...]]:
    """Write the differences into the ledger, as movements of kind `counted`.

    Returns what could not be written, as sentences: fewer units than are reserved. It waits until they are released.
    """
    actor.require(Permission.ADJUST_STOCK)
    refused, done = [], []
    with transaction() as tx:
        before, now = _locked(tx, actor, count_id, version, CountState.REVIEWED), datetime.now(UTC)
        for row in rows.lines(tx, count_id):
            difference = _line(row).difference or 0
            if row.posted:
                continue
            if difference and not levels.shift(tx, row.product_id, before.location_id, difference):
                refused.append(f"{row.sku}: {-difference} are missing, and some of them are reserved")
                continue
            done.append(row.product_id)
            if difference:
                levels.record_movement(
                    tx,
                    product_id=row.product_id,
                    location_id=before.location_id,
                    kind=MovementKind.COUNTED,
                    quantity=difference,
                    cause=f"count:{count_id}",
                    reason=f"Count {number(count_id)}",
                    actor=actor.name,
                    at=now,
                )
        rows.mark_posted(tx, count_id, done)
        state = CountState.REVIEWED if refused else CountState.POSTED
        view = _go(tx, actor, before, state, "count_posted", done_at=None if refused else now)
    return view, tuple(refused)


def cancel(actor: Actor, count_id: int, *, version: int) -> CountView:
    """Drop a count that is not reviewed."""
    actor.require(Permission.COUNT_STOCK)
    with transaction() as tx:
        before = _locked(tx, actor, count_id, version, *ENTERING, CountState.COUNTED)
        return _go(tx, actor, before, CountState.CANCELLED, "count_cancelled", done_at=datetime.now(UTC))


def number(count_id: int) -> str:
    """What people call a count."""
    return f"C-{count_id}"


def _place(tx: Connection, actor: Actor, location: str) -> Any:
    place = catalogue.location_coded(tx, location)
    if place is None:
        raise NotFound(f"There is no location “{location}”.", details={"field": "location"})
    if actor.location_id not in (None, place.id):
        raise Forbidden("You count at your own location.")
    return place


def _add(tx: Connection, actor: Actor, place: Any, **values: Any) -> int:
    begun = {"state": CountState.REQUESTED, "version": 1, "created_by": actor.name, "created_at": datetime.now(UTC)}
    return rows.add(tx, location_id=place.id, **{"bin": "", "sku_prefix": "", "chosen": False} | values | begun)


def _product(tx: Connection, code: str) -> Any:
    product = rows.product_of_code(tx, code.strip()) if code.strip() else None
    if product is None or product.kind != "goods":
        raise NotFound(f"No article has the SKU or barcode “{code}”.", details={"field": "code"})
    return product


def _visible(tx: Connection, actor: Actor, count_id: int) -> Any:
    found = rows.one(tx, count_id)
    if found is None or actor.location_id not in (None, found.location_id):
        raise NotFound(f"There is no count {number(count_id)}.")
    return found


def _locked(tx: Connection, actor: Actor, count_id: int, version: int | None, *states: CountState) -> Any:
    row = rows.lock(tx, count_id)
    if row is None or actor.location_id not in (None, row.location_id):
        raise NotFound(f"There is no count {number(count_id)}.")
    if version is not None and row.version != version:
        raise Conflict(f"Somebody changed {number(count_id)} since. Look at it again.", code="stale_version")
    if row.state not in states:
        raise Refused(f"{number(count_id)} is {row.state}: this cannot be done to it now.")
    return row


def _go(tx: Connection, actor: Actor, before: Any, state: CountState, kind: str, **values: Any) -> CountView:
    rows.change(tx, before, state=state, **values)
    _record(tx, actor, kind, before.id, before={"state": before.state}, after={"state": state})
    return _view(tx, actor, before.id)


def _record(tx: Connection, actor: Actor, kind: str, count_id: int, **said: Any) -> None:
    events.record(tx, actor, kind, subject="count", subject_id=count_id, **said)


def _view(tx: Connection, actor: Actor, count_id: int) -> CountView:
    row = _row(_visible(tx, actor, count_id))
    return CountView(row, tuple(sorted(map(_line, rows.lines(tx, count_id)), key=lambda line: line.sku)))


def _row(row: Any) -> CountRow:
    scope = f"bin {row.bin}" if row.bin else "chosen articles" if row.chosen else ""
    return CountRow(
        id=row.id,
        number=number(row.id),
        state=row.state,
        location=row.location,
        scope=", ".join(part for part in (scope, f"{row.sku_prefix}…" if row.sku_prefix else "") if part) or "all",
        lines=row.lines,
        counted=row.done,
        differing=row.differing,
        created_by=row.created_by,
        created_at=row.created_at,
        version=row.version,
    )


def _line(row: Any) -> CountLine:
    return CountLine(row.sku, row.name, row.book, row.counted, row.recount_book, row.recounted, row.posted)
