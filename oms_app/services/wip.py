"""How many orders a column should hold at most: a wish of the shop, shown on the board and enforced nowhere."""

from collections.abc import Mapping

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company as rows
from oms_app.domain.errors import Malformed
from oms_app.domain.lifecycle import FLOW, LIFECYCLE, Stage
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import events

LIMITED = FLOW[:-1]
"""Stages that may have a limit: what is delivered is no work in progress."""

MOST = 99_999
_SETTING = "wip_limits"


def limits(actor: Actor) -> dict[Stage, int]:
    """The limits that are set, by stage."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        kept = rows.setting(tx, _SETTING) or {}
    return {Stage(stage): limit for stage, limit in kept.items()}


def set_limits(actor: Actor, wanted: Mapping[Stage, int]) -> dict[Stage, int]:
    """Set the limits of all columns at once; a stage left out, or with 0, has none. Every open board shows them."""
    actor.require(Permission.MANAGE_SETTINGS)
    for stage, limit in wanted.items():
        if stage not in LIMITED or not 0 <= limit <= MOST:
            message = f"The limit of {LIFECYCLE[stage].title} is a whole number from 1 to {MOST:,}, or empty."
            raise Malformed(message, details={"field": stage})
    after = {str(stage): wanted[stage] for stage in LIMITED if wanted.get(stage)}
    with transaction() as tx:
        before = rows.setting(tx, _SETTING) or {}
        if before != after:
            rows.set_setting(tx, _SETTING, after)
            events.record(tx, actor, "wip_limits_changed", subject="board", subject_id=1, before=before, after=after)
    return {Stage(stage): limit for stage, limit in after.items()}
