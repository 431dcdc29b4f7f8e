"""What channels call our products, and the SKUs that orders on hold wait for."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, ListQuery, Moment, Name, Page, Required, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_cursor
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.domain.sku_actions import MOST_UNITS
from oms_app.domain.sku_match import Suggestion
from oms_app.domain.sku_queue import Search, Show
from oms_app.domain.sku_queue import UnknownSku as Unknown
from oms_app.services import sku_map, sku_queue

endpoints = Endpoints("holds")
Sku = Annotated[Required, Field(max_length=100)]


class SkuName(TypedDict):
    """What a channel calls a product: `quantity` units of ours make one of theirs."""

    channel: str
    channel_sku: str
    sku: str
    quantity: int


class Suggested(TypedDict):
    """A product that an unknown SKU may be, of 100 points: `quantity` units of it make one of theirs."""

    sku: str
    name: str
    points: int
    sure: bool
    quantity: int
    kit: bool
    reason: str


class UnknownSku(TypedDict):
    """A channel's SKU that no product has. `name` is what the channel calls the article, `example` an order.

    `articles`: how many the channel lists under it. `suggestions`: the likeliest first; null before it was looked at.
    """

    channel: str
    channel_sku: str
    name: str
    barcode: str
    articles: int
    orders: int
    units: int
    example: str
    oldest: Moment | None
    ignored: bool
    suggestions: list[Suggested] | None


class UnknownQuery(ListQuery):
    """Which part of the queue."""

    show: Annotated[
        Literal["waiting", "all", "sure", "ignored"], Field("waiting", description="`waiting`: orders wait for them.")
    ]


class NewSkuName(Body):
    """What a channel's SKU is."""

    channel: Required
    channel_sku: Sku
    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=MOST_UNITS, description="Our units in one of theirs.")] = 1


class Completed(TypedDict):
    """How many orders waited for this SKU and go on now."""

    orders: int


class Forgotten(TypedDict):
    """What left the map."""

    channel: str
    channel_sku: str


@endpoints.get("/sku-map", P.SEE_STOCK)
def list_sku_map(actor: Actor, query: ListQuery) -> Page[SkuName]:
    """What channels call our products, by channel and by their SKU."""
    not_searched(query)
    only_sorted_by(query, "channel_sku")
    channel, _, channel_sku = read_cursor(query.cursor).partition("\n")
    found = sku_map.page(actor, after=(channel, channel_sku), limit=query.limit + 1)
    names: list[SkuName] = [
        {"channel": n.channel, "channel_sku": n.channel_sku, "sku": n.sku, "quantity": n.quantity} for n in found
    ]
    return cut(names, query.limit, lambda name: f"{name['channel']}\n{name['channel_sku']}")


@endpoints.get("/unknown-skus", P.SEE_STOCK)
def list_unknown_skus(actor: Actor, query: UnknownQuery) -> Page[UnknownSku]:
    """SKUs that no product has, by channel and by their SKU: map each, or add the product. `POST /runs` takes many."""
    not_searched(query)
    only_sorted_by(query, "channel_sku")
    channel, _, channel_sku = read_cursor(query.cursor).partition("\n")
    search = Search(show=Show.OPEN if query.show == "all" else Show(query.show))
    found = sku_queue.page(actor, search, after=(channel, channel_sku), limit=query.limit + 1)
    return cut([_unknown(each) for each in found], query.limit, lambda sku: f"{sku['channel']}\n{sku['channel_sku']}")


@endpoints.post("/sku-map", P.EDIT_PRODUCTS, status=200)
def map_sku(actor: Actor, body: NewSkuName) -> Completed:
    """Say which product a channel's SKU is, or say it anew; orders held for it get their product and their stock."""
    done = sku_map.put(actor, channel=body.channel, channel_sku=body.channel_sku, sku=body.sku, quantity=body.quantity)
    return {"orders": done}


@endpoints.delete("/sku-map/{channel}/{channel_sku}", P.EDIT_PRODUCTS, refusals=(404,))
def forget_sku(actor: Actor, channel: Name, channel_sku: Name) -> Forgotten:
    """Forget what a channel's SKU is; orders that came stay as they are."""
    sku_map.remove(actor, channel=channel, channel_sku=channel_sku)
    return {"channel": channel, "channel_sku": channel_sku}


def _unknown(each: Unknown) -> UnknownSku:
    return {
        "channel": each.channel,
        "channel_sku": each.channel_sku,
        "name": each.name,
        "barcode": each.barcode,
        "articles": each.articles,
        "orders": each.orders,
        "units": each.units,
        "example": each.example,
        "oldest": at(each.oldest),
        "ignored": bool(each.ignored_by),
        "suggestions": None if each.suggestions is None else [_suggested(one) for one in each.suggestions],
    }


def _suggested(each: Suggestion) -> Suggested:
    return {
        "sku": each.sku,
        "name": each.name,
        "points": each.score,
        "sure": each.sure,
        "quantity": each.quantity,
        "kit": each.kit,
        "reason": each.reason,
    }
