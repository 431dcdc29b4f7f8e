"""The demo shop as a guest in the database: whether it is here, who may look round in it, and showing it out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import catalogue
from oms_app.db.queries import company as company_rows
from oms_app.db.queries import demo as rows
from oms_app.domain import clock
from oms_app.domain.errors import Conflict, NotFound, Refused
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events, identity, promises
from oms_app.settings import get_settings

PASSWORD = "namaste-demo"  # noqa: S105 - everybody may know it: it opens demo accounts only
"""What every demo account signs in with."""

ACTORS = ("demo", "Couriers")
"""Who acts in the demo shop beside its accounts and channels."""

_REMOVED, _COMPANY = "demo_removed", "demo_company"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demo account somebody may look round with."""

    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Removal:
    """What went with the demo shop; `products_kept` are demo products that real orders use."""

    orders: int
    customers: int
    products: int
    products_kept: int


def is_here() -> bool:
    """Whether the demo shop is in this database."""
    with reading() as tx:
        return rows.is_here(tx)


def is_wanted() -> bool:
    """Whether to load the demo shop at this start: an empty database that it was not taken out of, and OMS_DEMO=1."""
    if not get_settings().demo:
        return False
    with reading() as tx:
        return catalogue.is_empty(tx) and not company_rows.setting(tx, _REMOVED)


def sign_ins() -> tuple[SignIn, ...]:
    """The demo accounts, while there are any; all have the PASSWORD."""
    with reading() as tx:
        return tuple(SignIn(*found) for found in rows.emails(tx))


def by_stage(stages: Iterable[Stage]) -> dict[str, int]:
    """How many demo orders stand in each of these stages."""
    with reading() as tx:
        return rows.by_stage(tx, list(stages))


def waiting(stage: Stage, limit: int = 40) -> tuple[str, ...]:
    """Numbers of demo orders in a stage that nothing keeps there, the most urgent first."""
    with reading() as tx:
        return tuple(rows.waiting(tx, stage, limit))


def held() -> tuple[str, ...]:
    """Numbers of open demo orders on hold, oldest first, without those that wait for stock."""
    with reading() as tx:
        return tuple(rows.held(tx, OPEN_STAGES))


def arrived_since(moment: datetime) -> int:
    """How many demo orders were placed since."""
    with reading() as tx:
        return rows.arrived_since(tx, clock.first_id(moment))


def sandboxes_file() -> Path:
    """Where the vendors of the demo's channels keep what they know."""
    return get_settings().data_dir / "demo-sandboxes.db"


def forget_sandboxes() -> None:
    """Drop what they know."""
    file = sandboxes_file()
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink(missing_ok=True)


def begin(tx: Connection) -> None:
    """Make sure that the demo shop is loaded once. Raises Conflict where it is here."""
    rows.alone(tx)
    if rows.is_here(tx):
        raise Conflict("The demo shop is here already. To begin anew: oms demo remove, then oms demo load")


def loaded(tx: Connection, actor: Actor, *, orders: int, wrote_company: bool) -> None:
    """Note that the demo shop was loaded, and whether the company's profile came with it."""
    profile = company_rows.company(tx)
    if wrote_company and profile is not None:
        gstins = [each.gstin for each in company_rows.registrations(tx)]
        company_rows.set_setting(tx, _COMPANY, {"at": profile.updated_at.isoformat(), "gstins": gstins})
    company_rows.remove_setting(tx, _REMOVED)
    events.record(tx, actor, "demo_loaded", subject="shop", subject_id=1, after={"orders": orders})


def remove(actor: Actor) -> Removal:
    """Take the demo shop out; real data stays as it is, and the demo shop does not come back by itself.

    Raises NotFound where there is none, Refused where real accounts would be left without an admin.
    """
    actor.require(Permission.MANAGE_SETTINGS)
    with identity.changing() as tx:
        rows.alone(tx)
        if not rows.is_here(tx):
            raise NotFound("There is no demo shop here.")
        if rows.locks_out(tx):
            raise Refused("Only the demo admin could manage the shop. Make a real admin first.", code="last_admin")
        # First, so that the newest event stays: readers of the spine must never see an id come again.
        events.record(tx, actor, "demo_removed", subject="shop", subject_id=1, after={"orders": rows.count(tx)})
        _remove_company(tx)
        gone = rows.remove(tx, list(ACTORS), datetime.now(UTC))
        promises.forget_what_is_gone(tx)
        company_rows.set_setting(tx, _REMOVED, True)
    forget_sandboxes()
    return Removal(**gone)


def _remove_company(tx: Connection) -> None:
    """The demo's GSTINs go, and its profile unless somebody wrote their own over it."""
    written, profile = company_rows.setting(tx, _COMPANY) or {"at": "", "gstins": []}, company_rows.company(tx)
    for gstin in written["gstins"]:
        company_rows.remove_registration(tx, gstin)
    if profile is not None and profile.updated_at.isoformat() == written["at"]:
        company_rows.remove_company(tx)
    company_rows.remove_setting(tx, _COMPANY)
