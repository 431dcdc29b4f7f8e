"""Connected channels: how one stands, reading on in it at once, and what goes on in the background."""

from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Moment, Name, Page, at
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import background, channel_overview, intake
from oms_app.services.channel_overview import Standing

endpoints = Endpoints("channels")


class ConnectedChannel(TypedDict):
    """A connected channel: `waiting` messages to be taken over and `dead` ones that could not be, `owed` things it is
    to be told and those it `refused`, `levels` of stock it does not have yet.

    `health`: `fine`, `attention`, `resting` (until `retry_at`), `paused`.
    """

    name: str
    title: str
    kind: str
    currency: str
    health: str
    problem: str
    read_at: Moment | None
    retry_at: Moment | None
    waiting: int
    dead: int
    owed: int
    refused: int
    levels: int
    sends_webhooks: bool
    last_order: str | None


class Synced(TypedDict):
    """What reading on brought: changes `read`, `taken` over, and those that could not be."""

    read: int
    taken: int
    failed: int


class Job(TypedDict):
    """Something that goes on in the background. `state`: running, done or stopped; `total` null: not known."""

    kind: str
    subject: str
    title: str
    state: str
    done: int
    total: int | None
    problem: str
    started_at: Moment
    finished_at: Moment | None


@endpoints.get("/channels/{channel}", P.SEE_CHANNELS, refusals=(404,))
def get_channel(actor: Actor, channel: Name) -> ConnectedChannel:
    """How a connected channel stands."""
    return _connected(channel_overview.one(actor, channel))


@endpoints.post("/channels/{channel}/sync", P.MANAGE_CHANNELS, status=200, refusals=(404, 422))
def sync_channel(actor: Actor, channel: Name) -> Synced:
    """Read on in a channel at once and take over what came. The worker does so by itself."""
    read, taken, failed = intake.sync(actor, channel)
    return {"read": read, "taken": taken, "failed": failed}


@endpoints.get("/jobs", P.SEE_ORDERS)
def list_jobs(actor: Actor) -> Page[Job]:
    """What goes on in the background or did lately, the newest 50: bulk actions, first loads, reconciliations."""
    found: list[Job] = [
        {
            "kind": job.kind,
            "subject": job.subject,
            "title": job.title,
            "state": job.state,
            "done": job.done,
            "total": job.total,
            "problem": job.problem,
            "started_at": at(job.started_at),
            "finished_at": at(job.finished_at),
        }
        for job in background.jobs(actor)
    ]
    return {"items": found, "next_cursor": None}


def _connected(each: Standing) -> ConnectedChannel:
    link = each.link
    return {
        "name": link.name,
        "title": link.title,
        "kind": link.kind,
        "currency": link.currency,
        "health": each.health,
        "problem": link.problem,
        "read_at": at(each.read_at),
        "retry_at": at(link.retry_at),
        "waiting": each.waiting,
        "dead": each.dead,
        "owed": each.owed,
        "refused": each.refused,
        "levels": each.levels,
        "sends_webhooks": each.sends,
        "last_order": each.last_order[0] if each.last_order else None,
    }
