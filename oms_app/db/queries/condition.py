"""What health checks ask the database."""

from datetime import datetime

from sqlalchemy import Connection, select, text

from oms_app.db.engine import insert
from oms_app.db.tables.company import Setting
from oms_app.domain.clock import from_ms, to_ms

_setting = Setting.__table__  # type: ignore[attr-defined]
_BEAT = "worker_seen"


def ping(tx: Connection) -> None:
    """Raise where the database does not answer."""
    tx.execute(text("SELECT 1"))


def revision(tx: Connection) -> str | None:
    """The migration the database is at."""
    return tx.scalar(text("SELECT version_num FROM alembic_version"))


def beat(tx: Connection, now: datetime) -> None:
    """Note that a worker runs."""
    row = insert(tx)(_setting).values(name=_BEAT, value=to_ms(now))
    tx.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


def last_beat(tx: Connection) -> datetime | None:
    """When a worker was last seen."""
    seen = tx.scalar(select(_setting.c.value).where(_setting.c.name == _BEAT))
    return None if seen is None else from_ms(int(seen))
