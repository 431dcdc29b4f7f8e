"""The seller's legal profile: names, address, bank, pictures, and a GSTIN per State."""

from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Literal, TypeVar

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company as rows
from oms_app.domain.accounts import normal_email
from oms_app.domain.company import (
    Bank,
    CompanyView,
    PlainAddress,
    Registration,
    read_gstin,
    read_ifsc,
    read_pan,
    read_picture,
)
from oms_app.domain.contact import e164
from oms_app.domain.errors import Conflict, Malformed, NotFound
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.states import state_name
from oms_app.services import events

MAX_FIELD = 200
T = TypeVar("T", PlainAddress, Bank)


def profile(actor: Actor) -> CompanyView:
    """The profile as it stands; empty fields before anybody wrote it."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        view = _view(tx)
    return view if actor.may(Permission.MANAGE_SETTINGS) else replace(view, bank=Bank(), signature="")


def save(actor: Actor, wanted: CompanyView) -> CompanyView:
    """Write names, contact, address and bank. Pictures and GSTINs have their own functions."""
    actor.require(Permission.MANAGE_SETTINGS)
    if not wanted.legal_name.strip():
        raise Malformed("The legal name is what stands on every invoice: it cannot be empty.")
    values = {
        "legal_name": wanted.legal_name.strip(),
        "trade_name": wanted.trade_name.strip(),
        "pan": read_pan(wanted.pan),
        "email": normal_email(wanted.email) if wanted.email.strip() else "",
        "phone": e164(wanted.phone),
        "address": asdict(_stripped(replace(wanted.address, state=state_name(wanted.address.state)))),
        "bank": asdict(_stripped(replace(wanted.bank, ifsc=read_ifsc(wanted.bank.ifsc)))),
    }
    for value in values.values():
        if any(len(text) > MAX_FIELD for text in (value.values() if isinstance(value, dict) else [value])):
            raise Malformed(f"A field has at most {MAX_FIELD} characters.")
    with transaction() as tx:
        before = _view(tx)
        rows.write_company(tx, updated_at=datetime.now(UTC), **values)
        after = _view(tx)
        changed = [f.name for f in fields(CompanyView) if getattr(before, f.name) != getattr(after, f.name)]
        if changed:
            events.record(tx, actor, "company_changed", subject="company", subject_id=1, after={"fields": changed})
    return after


def set_picture(actor: Actor, which: Literal["logo", "signature"], data: str) -> None:
    """Put a PNG or JPEG on the documents (a data address), or take it away with an empty string."""
    actor.require(Permission.MANAGE_SETTINGS)
    if which not in ("logo", "signature"):
        raise Malformed("A picture is the logo or the signature.")
    picture = read_picture(data) if data else ""
    with transaction() as tx:
        rows.write_company(tx, updated_at=datetime.now(UTC), **{which: picture})
        kind = f"{which}_{'set' if picture else 'removed'}"
        events.record(tx, actor, kind, subject="company", subject_id=1, after={"bytes": len(picture) * 3 // 4})


def add_gstin(actor: Actor, gstin: str) -> Registration:
    """Register a GSTIN; its State follows from its first two digits. Raises Conflict, Malformed."""
    actor.require(Permission.MANAGE_SETTINGS)
    registration = read_gstin(gstin)
    with transaction() as tx:
        if not rows.add_registration(tx, registration.gstin, registration.state):
            raise Conflict(f"{registration.gstin} is registered already.")
        events.record(tx, actor, "gstin_added", subject="company", subject_id=1, after=asdict(registration))
    return registration


def remove_gstin(actor: Actor, gstin: str) -> None:
    """Take a GSTIN off the profile. Raises NotFound."""
    actor.require(Permission.MANAGE_SETTINGS)
    with transaction() as tx:
        if not rows.remove_registration(tx, gstin):
            raise NotFound(f"{gstin} is not registered.")
        events.record(tx, actor, "gstin_removed", subject="company", subject_id=1, before={"gstin": gstin})


def _view(tx: Connection) -> CompanyView:
    row = rows.company(tx)
    registered = tuple(Registration(each.gstin, each.state) for each in rows.registrations(tx))
    if row is None:
        return CompanyView(registrations=registered)
    return CompanyView(
        legal_name=row.legal_name,
        trade_name=row.trade_name,
        pan=row.pan,
        email=row.email,
        phone=row.phone,
        address=PlainAddress(**(row.address or {})),
        bank=Bank(**(row.bank or {})),
        logo=row.logo,
        signature=row.signature,
        registrations=registered,
    )


def _stripped(value: T) -> T:
    return replace(value, **{f.name: getattr(value, f.name).strip() for f in fields(value)})
