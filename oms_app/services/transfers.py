"""Moving stock between locations in two steps: it leaves one, is on the way, and comes to the other."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import company as company_rows
from oms_app.db.queries import lots as lot_rows
from oms_app.db.queries import stock as levels
from oms_app.db.queries import transfers as rows
from oms_app.domain import transfers as rules
from oms_app.domain.errors import Conflict, Malformed, NotFound, Refused
from oms_app.domain.kits import no_stock_of_its_own
from oms_app.domain.lots import Came, arrived
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.states import state_name
from oms_app.domain.stock import MovementKind
from oms_app.domain.transfers import OPEN, TransferLine, TransferRow, TransferState, TransferView
from oms_app.services import events

Lines = Sequence[tuple[str, int]]
_LONGEST_NOTE = 500


def page(
    actor: Actor, *, only_open: bool = False, before: int | None = None, limit: int = 50
) -> tuple[TransferRow, ...]:
    """A keyset page of transfers, newest first; `before` is an id."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(tx, states=OPEN if only_open else (), before=before, limit=limit)
        return tuple(map(_row, found))


def coming(actor: Actor, *, limit: int = 5) -> tuple[TransferRow, ...]:
    """Transfers on their way to the location of the actor, or to any for who works everywhere; the newest first."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(tx, states=rules.ON_THE_WAY, destination_id=actor.location_id, limit=limit)
        return tuple(map(_row, found))


def get(actor: Actor, transfer_id: int) -> TransferView:
    """A transfer with its lines. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return _view(tx, transfer_id)


def draft(actor: Actor, origin: str, destination: str, lines: Lines, *, note: str = "") -> TransferView:
    """Write down what is to go where; nothing moves yet. Lines are (SKU, units)."""
    actor.require(Permission.ADJUST_STOCK)
    with transaction() as tx:
        start, end = _location(tx, origin, "origin"), _location(tx, destination, "destination")
        if start.id == end.id:
            raise Malformed("A transfer goes from one location to another.", details={"field": "destination"})
        now = datetime.now(UTC)
        transfer_id = rows.add(
            tx,
            _units(tx, lines),
            origin_id=start.id,
            destination_id=end.id,
            state=TransferState.DRAFT,
            note=note.strip()[:_LONGEST_NOTE],
            version=1,
            created_by=actor.name,
            created_at=now,
            **_registrations(tx, start, end),
        )
        _record(tx, actor, "transfer_drafted", transfer_id, after={"from": origin, "to": destination})
        return _view(tx, transfer_id)


def change(actor: Actor, transfer_id: int, lines: Lines, *, version: int) -> TransferView:
    """Other lines for a draft."""
    actor.require(Permission.ADJUST_STOCK)
    with transaction() as tx:
        before = _locked(tx, transfer_id, version, TransferState.DRAFT)
        _rewrite(tx, actor, before, _units(tx, lines))
        return _view(tx, transfer_id)


def put_on(actor: Actor, transfer_id: int, sku: str, units: int) -> None:
    """Units more of a product on a draft, whatever else was changed on it. Raises Refused where it is full or gone."""
    actor.require(Permission.ADJUST_STOCK)
    with transaction() as tx:
        before, [(product_id, more)] = _draft(tx, transfer_id), _units(tx, [(sku, units)]).items()
        wanted = {line.product_id: line.quantity for line in rows.lines(tx, transfer_id)}
        wanted[product_id] = wanted.get(product_id, 0) + more
        if len(wanted) > rules.MOST_LINES:
            raise Refused(f"{number(transfer_id)} has {rules.MOST_LINES} products already.")
        _rewrite(tx, actor, before, wanted)


def take_off(actor: Actor, transfer_id: int, sku: str, units: int) -> None:
    """Take units of a product off a draft; without its last line it is cancelled. Raises Refused where it has fewer."""
    actor.require(Permission.ADJUST_STOCK)
    with transaction() as tx:
        before, [(product_id, fewer)] = _draft(tx, transfer_id), _units(tx, [(sku, units)]).items()
        wanted = {line.product_id: line.quantity for line in rows.lines(tx, transfer_id)}
        left = wanted.pop(product_id, 0) - fewer
        if left < 0:
            raise Refused(f"{number(transfer_id)} was changed since.")
        if left:
            wanted[product_id] = left
        if wanted:
            _rewrite(tx, actor, before, wanted)
        else:
            cancel(actor, transfer_id, version=before.version)


def send(actor: Actor, transfer_id: int, *, version: int) -> TransferView:
    """The goods leave: they are taken off their shelf and are on the way. Raises Refused where some are not free."""
    actor.require(Permission.ADJUST_STOCK)
    with transaction() as tx:
        before = _locked(tx, transfer_id, version, TransferState.DRAFT)
        places = catalogue.locations_by_id(tx, [before.origin_id, before.destination_id])
        start, end, now = places[before.origin_id], places[before.destination_id], datetime.now(UTC)
        for line in rows.lines(tx, transfer_id):
            if not levels.shift(tx, line.product_id, start.id, -line.quantity):
                raise _short(tx, line, start)
            reason = f"Transfer {number(transfer_id)} to {end.code}"
            kind = MovementKind.TRANSFERRED_OUT
            _move(tx, actor, line.product_id, start.id, kind, -line.quantity, f"transfer:{transfer_id}", reason, now)
        _write(tx, before, state=TransferState.SENT, sent_at=now, **_registrations(tx, start, end))
        _record(tx, actor, "transfer_sent", transfer_id, after={"to": end.code}, at=now)
        return _view(tx, transfer_id)


def receive(actor: Actor, transfer_id: int, came: Mapping[str, int], *, version: int) -> TransferView:
    """Units by SKU that came, all of them or some; the rest stays on the way."""
    actor.require(Permission.RECEIVE_GOODS)
    with transaction() as tx:
        before = _locked(tx, transfer_id, version, *rules.ON_THE_WAY)
        if actor.location_id not in (None, before.destination_id):
            raise NotFound(f"No transfer {number(transfer_id)} comes to your location.")
        found = rows.lines(tx, transfer_id)
        after = {line.sku: line for line in rules.after_receipt([_line(row) for row in found], came)}
        places = catalogue.locations_by_id(tx, [before.origin_id, before.destination_id])
        start, end, now = places[before.origin_id], places[before.destination_id], datetime.now(UTC)
        for row in found:
            if not (units := came.get(row.sku, 0)):
                continue
            if not levels.shift(tx, row.product_id, end.id, units):
                raise Refused(f"{row.sku} at {end.name}: more units than can be counted.")
            rows.change_line(tx, transfer_id, row.product_id, received=row.received + units)
            cause, reason = f"transfer:{transfer_id}:{version}", f"Transfer {number(transfer_id)} from {start.code}"
            sent = lot_rows.moved_by(tx, f"transfer:{transfer_id}", row.product_id, MovementKind.TRANSFERRED_OUT)
            named = arrived(sent, row.received, units) if sent else ()
            _move(tx, actor, row.product_id, end.id, MovementKind.TRANSFERRED_IN, units, cause, reason, now, named)
        _finish(tx, before, list(after.values()), now)
        units_came = {sku: units for sku, units in came.items() if units}
        _record(tx, actor, "transfer_received", transfer_id, after={"units": units_came}, at=now)
        return _view(tx, transfer_id)


def give_up(actor: Actor, transfer_id: int, *, reason: str, version: int) -> TransferView:
    """What has not come will not come: the difference is recorded, and the transfer is done."""
    actor.require(Permission.ADJUST_STOCK)
    if not reason.strip():
        raise Malformed("Say what became of the units that did not come.", details={"field": "reason"})
    with transaction() as tx:
        before, now = _locked(tx, transfer_id, version, *rules.ON_THE_WAY), datetime.now(UTC)
        found = rows.lines(tx, transfer_id)
        missing = {row.sku: _line(row).expected for row in found if _line(row).expected}
        for row in found:
            rows.change_line(tx, transfer_id, row.product_id, missing=row.quantity - row.received)
        _write(tx, before, state=TransferState.RECEIVED, done_at=now)
        said = {"missing": missing}
        _record(tx, actor, "transfer_units_missing", transfer_id, after=said, reason=reason.strip(), at=now)
        return _view(tx, transfer_id)


def cancel(actor: Actor, transfer_id: int, *, version: int) -> TransferView:
    """Drop a draft. What is on the way cannot be cancelled: it is received, here or there."""
    actor.require(Permission.ADJUST_STOCK)
    with transaction() as tx:
        before, now = _locked(tx, transfer_id, version, TransferState.DRAFT), datetime.now(UTC)
        _write(tx, before, state=TransferState.CANCELLED, done_at=now)
        _record(tx, actor, "transfer_cancelled", transfer_id, at=now)
        return _view(tx, transfer_id)


def number(transfer_id: int) -> str:
    """What people call a transfer."""
    return f"T-{transfer_id}"


def _units(tx: Connection, lines: Lines) -> dict[int, int]:
    units = rules.check_lines(lines)
    known = catalogue.products_by_sku(tx, units)
    for sku in units:
        if sku not in known:
            raise NotFound(f"There is no product with the SKU {sku}.", details={"sku": sku})
        if known[sku].kind != "goods":
            raise Refused(no_stock_of_its_own(sku, known[sku].kind))
    return {known[sku].id: count for sku, count in units.items()}


def _location(tx: Connection, code: str, field: str) -> Any:
    place = catalogue.location_coded(tx, code)
    if place is None:
        raise NotFound(f"There is no location “{code}”.", details={"field": field})
    return place


def _registrations(tx: Connection, start: Any, end: Any) -> dict[str, Any]:
    """The GSTINs that the two locations stand under, and whether goods between them are a supply."""
    by_state = {row.state: row.gstin for row in company_rows.registrations(tx)}
    given, taken = (by_state.get(state_name(place.state), "") for place in (start, end))
    return {"origin_gstin": given, "destination_gstin": taken, "taxed": rules.is_supply(given, taken)}


def _locked(tx: Connection, transfer_id: int, version: int, *states: TransferState) -> Any:
    row = rows.lock(tx, transfer_id)
    if row is None:
        raise NotFound(f"There is no transfer {number(transfer_id)}.")
    if row.version != version:
        raise Conflict(f"Somebody changed {number(transfer_id)} since. Look at it again.", code="stale_version")
    if row.state not in states:
        raise Refused(f"{number(transfer_id)} is {row.state.replace('_', ' ')}: this cannot be done to it any more.")
    return row


def _draft(tx: Connection, transfer_id: int) -> Any:
    found = rows.lock(tx, transfer_id)
    return _locked(tx, transfer_id, found.version if found else 0, TransferState.DRAFT)


def _rewrite(tx: Connection, actor: Actor, before: Any, units: dict[int, int]) -> None:
    rows.replace_lines(tx, before.id, units)
    _write(tx, before)
    _record(tx, actor, "transfer_changed", before.id, after={"lines": len(units)})


def _write(tx: Connection, before: Any, **values: Any) -> None:
    if not rows.change(tx, before, **values):
        raise Conflict(f"Somebody changed {number(before.id)} since. Look at it again.", code="stale_version")


def _finish(tx: Connection, before: Any, lines: Sequence[TransferLine], now: datetime) -> None:
    state = rules.state_of(lines)
    _write(tx, before, state=state, done_at=now if state is TransferState.RECEIVED else None)


def _short(tx: Connection, line: Any, place: Any) -> Refused:
    here = next((row for row in levels.levels_of(tx, line.product_id) if row.location_id == place.id), None)
    free = max(here.on_hand - here.reserved - here.blocked, 0) if here else 0
    return Refused(
        f"{line.sku} at {place.name}: {free} can go, {line.quantity} are wanted. Send fewer, or release reservations.",
        code="insufficient_stock",
        details={"sku": line.sku, "free": free},
    )


def _move(
    tx: Connection,
    actor: Actor,
    product_id: int,
    location_id: int,
    kind: MovementKind,
    quantity: int,
    cause: str,
    reason: str,
    at: datetime,
    came: Sequence[tuple[Came, int]] = (),
) -> None:
    levels.record_movement(
        tx,
        product_id=product_id,
        location_id=location_id,
        kind=kind,
        quantity=quantity,
        cause=cause,
        reason=reason,
        actor=actor.name,
        at=at,
        came=came,
    )


def _record(tx: Connection, actor: Actor, kind: str, transfer_id: int, **said: Any) -> None:
    events.record(tx, actor, kind, subject="transfer", subject_id=transfer_id, **said)


def _view(tx: Connection, transfer_id: int) -> TransferView:
    found = rows.one(tx, transfer_id)
    if found is None:
        raise NotFound(f"There is no transfer {number(transfer_id)}.")
    return TransferView(
        row=_row(found),
        note=found.note,
        origin_gstin=found.origin_gstin,
        destination_gstin=found.destination_gstin,
        sent_at=found.sent_at,
        done_at=found.done_at,
        lines=tuple(sorted(map(_line, rows.lines(tx, transfer_id)), key=lambda line: line.sku)),
    )


def _row(row: Any) -> TransferRow:
    return TransferRow(
        id=row.id,
        number=number(row.id),
        state=row.state,
        origin=row.origin,
        destination=row.destination,
        taxed=row.taxed,
        units=int(row.units),
        received=int(row.received),
        missing=int(row.missing),
        created_by=row.created_by,
        created_at=row.created_at,
        version=row.version,
    )


def _line(row: Any) -> TransferLine:
    return TransferLine(row.sku, row.name, row.quantity, row.received, row.missing)
