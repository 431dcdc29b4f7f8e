"""Channels, products, locations and stock as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A source of orders. `tax_included`: whether its prices hold their tax, where an order does not say."""

    name: str
    title: str
    kind: str
    currency: str
    active: bool
    demo: bool
    tax_included: bool = True


@dataclass(frozen=True, slots=True)
class ProductView:
    """Something that is sold. The price is in micros of `currency`; `gst_rate` in per cent."""

    sku: str
    name: str
    kind: str
    price_micros: int
    currency: str
    tax_included: bool
    hsn: str
    gst_rate: str
    barcode: str
    weight_g: int
    active: bool


@dataclass(frozen=True, slots=True)
class LocationView:
    """A place that holds stock."""

    code: str
    name: str
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class LevelView:
    """Units of a product at one location; available = on hand − reserved − safety − blocked − expired, incoming comes
    here."""

    location: str
    name: str
    on_hand: int
    reserved: int
    safety: int
    blocked: int
    available: int
    incoming: int
    bins: str
    expired: int = 0


@dataclass(frozen=True, slots=True)
class StockView:
    """A product's stock over all locations, in units. `issued` to orders in 28 days, `cover` in days at that pace."""

    sku: str
    name: str
    on_hand: int
    reserved: int
    available: int
    incoming: int
    levels: tuple[LevelView, ...]
    issued: int = 0
    cover: int | None = None
    kind: str = "goods"


@dataclass(frozen=True, slots=True)
class StockRow:
    """One line of the inventory list; `picture` is the digest of the first one, empty where there is none."""

    sku: str
    name: str
    on_hand: int
    reserved: int
    available: int
    incoming: int
    picture: str = ""


@dataclass(frozen=True, slots=True)
class MovementView:
    """Units that came or went, with their cause."""

    id: int
    location: str
    kind: str
    quantity: int
    cause: str
    reason: str
    actor: str
    at: datetime
