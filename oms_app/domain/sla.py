"""When an order must leave the building, and how it stands against that."""

from datetime import datetime, timedelta
from enum import StrEnum

from oms_app.domain.lifecycle import OPEN_STAGES, Stage

DUE_SOON = timedelta(hours=8)


class Sla(StrEnum):
    """How an order stands against its ship-by time."""

    OK = "ok"
    DUE = "due"
    LATE = "late"


def standing(stage: Stage, ship_by: datetime | None, shipped_at: datetime | None, now: datetime) -> Sla:
    """Late once ship-by has passed with the order in the building, or once it left after it; due in the last hours."""
    if ship_by is None or stage is Stage.CANCELLED:
        return Sla.OK
    if stage not in OPEN_STAGES:
        return Sla.LATE if shipped_at and shipped_at > ship_by else Sla.OK
    if now > ship_by:
        return Sla.LATE
    return Sla.DUE if ship_by - now <= DUE_SOON else Sla.OK
