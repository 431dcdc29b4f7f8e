"""How this process and the shop are doing: what health checks and measurements ask."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import structlog

from oms_app.db import engine
from oms_app.db.queries import condition as rows
from oms_app.services import live

BEAT_EVERY = timedelta(seconds=10)
BEAT_LASTS = timedelta(seconds=45)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so before requests are sent here, and what was found."""

    name: str
    ok: bool
    found: str


def readiness() -> tuple[Check, ...]:
    """Database, migrations, worker. Never raises; what cannot be asked is not ready."""
    checks = []
    for name, look in (("database", _database), ("migrations", _migrations), ("worker", _worker)):
        try:
            checks.append(Check(name, *look()))
        except Exception as error:
            _log.warning("readiness_failed", check=name, error=str(error))
            checks.append(Check(name, False, "cannot be asked"))
    return tuple(checks)


def gauges() -> dict[str, tuple[str, float]]:
    """Measurements by name: (what it is, its value now)."""
    used, idle = engine.connections()
    found: dict[str, tuple[str, float]] = {
        "oms_database_connections_used": ("Database connections in use.", used),
        "oms_database_connections_idle": ("Database connections waiting to be used.", idle),
    }
    if (lag := live.lag()) is not None:
        found["oms_live_lag_events"] = ("Events that are committed and not yet told to open screens.", lag)
    return found


def beat() -> None:
    """Let the worker be seen."""
    with engine.transaction() as tx:
        rows.beat(tx, datetime.now(UTC))


def _database() -> tuple[bool, str]:
    with engine.reading() as tx:
        rows.ping(tx)
        return True, tx.dialect.name


def _migrations() -> tuple[bool, str]:
    with engine.reading() as tx:
        here, newest = rows.revision(tx), _newest()
    if here != newest:
        return False, f"the database is at {here}, the code at {newest}: oms migrate"
    return True, str(here)


def _worker() -> tuple[bool, str]:
    with engine.reading() as tx:
        seen = rows.last_beat(tx)
    if seen is None:
        return False, "no worker was ever seen: start oms worker"
    silence = datetime.now(UTC) - seen
    return silence < BEAT_LASTS, f"seen {silence.total_seconds():.0f} s ago"


@lru_cache(maxsize=1)
def _newest() -> str | None:
    """The code's newest migration; finding it reads every migration file, so once."""
    return engine.revision()[1]
