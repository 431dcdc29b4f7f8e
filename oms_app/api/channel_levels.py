"""What connected channels believe of our stock, article by article, and telling some once more."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, ListQuery, Moment, Page, Required, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_cursor
from oms_app.domain.channel_levels import LevelSearch, LevelView
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import channel_levels

endpoints = Endpoints("channels")
MOST_AT_ONCE = 1_000


class StockQuery(ListQuery):
    """Which articles."""

    channel: Annotated[str, Field("", max_length=60, description="Only this channel.")]
    sku: Annotated[str, Field("", max_length=100, description="Only articles that are this product of ours.")]
    problems: Annotated[bool, Field(False, description="Only those with a problem.")]


class ChannelStock(TypedDict):
    """An article of a channel and its level: `wanted` is null where it is no product of ours, `sent` until it is taken.

    `why`: why the channel does not have it, in its own words where it said something; empty: all is well.
    """

    channel: str
    channel_sku: str
    external_id: str
    title: str
    sku: str
    quantity: int
    wanted: int | None
    sent: int | None
    sent_at: Moment | None
    waits_since: Moment | None
    why: str


class NamedLevel(Body):
    """An article by the channel's own SKU."""

    channel: Required
    channel_sku: Required


class LevelsToTell(Body):
    """What to tell once more."""

    levels: Annotated[list[NamedLevel], Field(min_length=1, max_length=MOST_AT_ONCE)]


class ToldAgain(TypedDict):
    """How many levels are told again."""

    levels: int


@endpoints.get("/channel-stock", P.SEE_STOCK)
def list_channel_stock(actor: Actor, query: StockQuery) -> Page[ChannelStock]:
    """What channels believe, by channel and by their SKU."""
    not_searched(query)
    only_sorted_by(query, "channel_sku")
    channel, sku, external_id = (*read_cursor(query.cursor).split("\n"), "", "")[:3]
    search = LevelSearch(channel=query.channel, sku=query.sku, problems=query.problems)
    found = channel_levels.page(actor, search, after=(channel, sku, external_id), limit=query.limit + 1)
    return cut([_level(each) for each in found], query.limit, _place)


@endpoints.post("/channel-stock/again", P.MANAGE_CHANNELS, status=200)
def tell_channel_stock_again(actor: Actor, body: LevelsToTell) -> ToldAgain:
    """Tell channels some levels once more, whatever they said; what they do not list is left out."""
    told = channel_levels.tell_again(actor, [(each.channel, each.channel_sku) for each in body.levels])
    return {"levels": told}


def _place(row: ChannelStock) -> str:
    return f"{row['channel']}\n{row['channel_sku']}\n{row['external_id']}"


def _level(each: LevelView) -> ChannelStock:
    return {
        "channel": each.channel,
        "channel_sku": each.channel_sku,
        "external_id": each.external_id,
        "title": each.title,
        "sku": each.sku,
        "quantity": each.quantity,
        "wanted": each.wanted,
        "sent": each.sent,
        "sent_at": at(each.sent_at),
        "waits_since": at(each.waits_since),
        "why": each.why,
    }
