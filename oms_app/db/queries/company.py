"""Statements about the seller's one profile row, tax registrations and named settings."""

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from oms_app.db import engine
from oms_app.db.tables.company import Company, GstRegistration, Setting

COMPANY, GSTIN = Company.__table__, GstRegistration.__table__  # type: ignore[attr-defined]
SETTING = Setting.__table__  # type: ignore[attr-defined]


def company(tx: Connection) -> Row[Any] | None:
    """The profile, once it was written."""
    return tx.execute(select(COMPANY).order_by(COMPANY.c.id).limit(1)).first()


def write_company(tx: Connection, **values: Any) -> None:
    """Change the profile, or write it for the first time."""
    row = company(tx)
    if row is None:
        tx.execute(insert(COMPANY).values(**{"legal_name": ""} | values))
    else:
        tx.execute(update(COMPANY).where(COMPANY.c.id == row.id).values(**values))


def registrations(tx: Connection) -> list[Row[Any]]:
    """GSTINs by number."""
    return list(tx.execute(select(GSTIN).order_by(GSTIN.c.gstin)))


def add_registration(tx: Connection, gstin: str, state: str) -> bool:
    """Add a GSTIN; False when it is there already."""
    row = engine.insert(tx)(GSTIN).values(gstin=gstin, state=state)
    added = row.on_conflict_do_nothing(index_elements=["gstin"]).returning(GSTIN.c.gstin)
    return tx.execute(added).first() is not None


def remove_registration(tx: Connection, gstin: str) -> bool:
    """Remove a GSTIN; False when there was none."""
    return bool(tx.execute(delete(GSTIN).where(GSTIN.c.gstin == gstin)).rowcount)


def remove_company(tx: Connection) -> None:
    """Forget the profile; GSTINs stay."""
    tx.execute(delete(COMPANY))


def set_setting(tx: Connection, name: str, value: Any) -> None:
    """Choose the value of a named setting."""
    row = engine.insert(tx)(SETTING).values(name=name, value=value)
    tx.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def remove_setting(tx: Connection, name: str) -> None:
    """Forget a named setting."""
    tx.execute(delete(SETTING).where(SETTING.c.name == name))


def setting(tx: Connection, name: str) -> Any:
    """The value of a named setting, None where nobody chose one."""
    return tx.scalar(select(SETTING.c.value).where(SETTING.c.name == name))
