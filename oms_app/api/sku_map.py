"""What channels call our products, and the SKUs that orders on hold wait for."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, ListQuery, Moment, Name, Page, Required, at
from oms_app.api.lists import cut, not_searched, only_sorted_by, read_cursor
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import sku_map

endpoints = Endpoints("holds")
Sku = Annotated[Required, Field(max_length=100)]


class SkuName(TypedDict):
    """What a channel calls a product: `quantity` units of ours make one of theirs."""

    channel: str
    channel_sku: str
    sku: str
    quantity: int


class UnknownSku(TypedDict):
    """A channel's SKU that no product has. `name` is what the channel calls the article, `example` an order."""

    channel: str
    channel_sku: str
    name: str
    orders: int
    units: int
    example: str
    oldest: Moment


class NewSkuName(Body):
    """What a channel's SKU is."""

    channel: Required
    channel_sku: Sku
    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=sku_map.MOST_UNITS, description="Our units in one of theirs.")] = 1


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
def list_unknown_skus(actor: Actor, query: ListQuery) -> Page[UnknownSku]:
    """SKUs that orders on hold wait for, by channel and by their SKU: map each, or add the product."""
    not_searched(query)
    only_sorted_by(query, "channel_sku")
    channel, _, channel_sku = read_cursor(query.cursor).partition("\n")
    found = sku_map.waiting(actor, after=(channel, channel_sku), limit=query.limit + 1)
    skus: list[UnknownSku] = [
        {
            "channel": each.channel,
            "channel_sku": each.channel_sku,
            "name": each.name,
            "orders": each.orders,
            "units": each.units,
            "example": each.example,
            "oldest": at(each.oldest),
        }
        for each in found
    ]
    return cut(skus, query.limit, lambda sku: f"{sku['channel']}\n{sku['channel_sku']}")


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
