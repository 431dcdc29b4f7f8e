"""Units set aside, and what each channel is told."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Name, Required, Word
from oms_app.api.stock import Stock, shown
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import stock, stock_limits
from oms_app.services.stock_limits import MOST, ToldView

endpoints = Endpoints("inventory")
Units = Annotated[int, Field(ge=0, le=MOST)]


class Limits(Body):
    """Units of a product at a location that are not for sale; both replace what was set before."""

    location: Word
    safety: Units
    blocked: Units
    reason: Required


class Buffer(Body):
    """Units that a channel is not told of; 0 tells it of all, null of what it is told of every article."""

    channel: Word
    units: Units | None


class Told(TypedDict):
    """What a channel is told of a product: available at all open locations, less its buffer."""

    channel: str
    buffer: int
    own: Annotated[bool, Field(description="whether the buffer is this product's, or the channel's for every article")]
    available: int


class ToldChannels(TypedDict):
    """What each channel is told."""

    items: list[Told]


@endpoints.post("/inventory/{sku}/limits", P.ADJUST_STOCK, status=200)
def set_stock_limits(actor: Actor, sku: Name, body: Limits) -> Stock:
    """Set units aside: for safety, or blocked. What this frees goes to the lines that wait."""
    stock_limits.set_limits(actor, sku, body.location, safety=body.safety, blocked=body.blocked, reason=body.reason)
    return shown(stock.get(actor, sku))


@endpoints.get("/inventory/{sku}/channels", P.SEE_STOCK, refusals=(404,))
def list_told_channels(actor: Actor, sku: Name) -> ToldChannels:
    """What each channel is told of a product."""
    return _told(stock_limits.told(actor, sku))


@endpoints.post("/inventory/{sku}/buffers", P.ADJUST_STOCK, status=200)
def set_channel_buffer(actor: Actor, sku: Name, body: Buffer) -> ToldChannels:
    """Keep units of a product from what a channel is told."""
    return _told(stock_limits.set_buffer(actor, sku, body.channel, body.units))


def _told(found: tuple[ToldView, ...]) -> ToldChannels:
    return {
        "items": [{"channel": t.channel, "buffer": t.buffer, "own": t.own, "available": t.available} for t in found]
    }
