"""The log of calls to and from channels, and doing again what a call was made for."""

from dataclasses import dataclass
from datetime import UTC, datetime

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channel_levels, channel_tasks
from oms_app.db.queries import channels as rows
from oms_app.domain.channel_tasks import TaskState
from oms_app.domain.errors import NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import channel_webhooks, channels

_STREAMS = {
    "orders": (channels.ORDERS, "The orders are read on at once."),
    "articles": ("articles", "What it sells is read at once."),
    "webhooks": (channel_webhooks.STREAM, "It is asked for its webhooks at once."),
}
AGAIN = ("orders", "articles", "webhooks", "load", "stock", "task")
"""What can be done again."""


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as the log has it: secrets and what names a person masked. `again`: what it was for can be done again."""

    id: int
    incoming: bool
    about: str
    method: str
    address: str
    request: str
    status: int
    answer: str
    ms: int
    problem: str
    at: datetime

    @property
    def failed(self) -> bool:
        """Whether it came to nothing."""
        return bool(self.problem) or not 200 <= self.status < 300

    @property
    def again(self) -> bool:
        """Whether what it was for can be done again."""
        return self.about.partition(":")[0] in AGAIN


def calls(
    actor: Actor, name: str, *, below: int | None = None, failed: bool = False, limit: int = 50
) -> tuple[CallView, ...]:
    """A keyset page of a channel's calls, newest first. Raises NotFound."""
    actor.require(Permission.SEE_CHANNELS)
    with reading() as tx:
        link = rows.link_named(tx, name)
        if link is None:
            raise NotFound(f"No channel “{name}” is connected.")
        return tuple(
            CallView(
                row.id,
                row.incoming,
                row.about,
                row.method,
                row.address,
                row.request,
                row.status,
                row.answer,
                row.ms,
                row.problem,
                row.at,
            )
            for row in rows.calls(tx, link.channel_id, below=below, failed=failed, limit=limit)
        )


def replay(actor: Actor, call_id: int) -> str:
    """Do again what a call was made for, at once; returns what happens, as a sentence.

    What was told since is not told twice: each thing has a key of its own. Raises NotFound, Refused.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    now = datetime.now(UTC)
    with transaction() as tx:
        call = rows.call_of(tx, call_id)
        link = rows.link_of(tx, call.channel_id) if call is not None else None
        if call is None or link is None:
            raise NotFound("This call is not in the log any more.")
        if link.paused:
            raise Refused(f"{link.title} is paused: let it go on first.", code="paused")
        about, _, number = call.about.partition(":")
        if about not in AGAIN:
            raise Refused("There is nothing to do again for this call.", code="no_replay")
        rows.change_link(tx, link.channel_id, retry_at=None)
        if about == "task":
            task = channel_tasks.task_of(tx, int(number))
            if task is None or task.state not in (TaskState.WAITING, TaskState.DEAD):
                raise Refused("The channel was told since.", code="done")
            channel_tasks.settle(tx, task.id, state=TaskState.WAITING, tries=0, due=now, problem="")
            return "The channel is told at once."
        if about in _STREAMS:
            stream, said = _STREAMS[about]
            rows.forget_time(tx, link.channel_id, stream)
            return said
        if about == "stock":
            count = channel_levels.hurry(tx, link.channel_id, now)
            return f"{count:,} levels that wait are told at once." if count else "Every level was told since."
        return "The first load goes on at once."
