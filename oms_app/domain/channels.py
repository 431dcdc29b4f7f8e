"""What a sales channel tells us and what we tell it: one shape, whichever company it is."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import Any

from oms_app.domain.errors import Rejected
from oms_app.domain.orders import AddressDraft, CustomerDraft, PaymentMethod
from oms_app.domain.payments import PaymentKind


class Capability(StrEnum):
    """What a channel can do. What it cannot is not tried, and the page says so."""

    WEBHOOKS = "webhooks"
    BULK_LOAD = "bulk_load"
    ACKNOWLEDGE = "acknowledge"
    FULFIL = "fulfil"
    CANCEL = "cancel"
    REFUND = "refund"
    STOCK = "stock"
    PRODUCTS = "products"
    SETTLEMENTS = "settlements"
    HOLD = "hold"
    LISTING = "listing"


class ChannelStatus(StrEnum):
    """Where the channel has an order."""

    PENDING = "pending"
    """The channel does not release it yet (payment, fraud check): it is taken once it is open."""
    OPEN = "open"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of a channel's connection form. A secret is written and never shown again; `rare`: most leave it."""

    name: str
    title: str
    help: str = ""
    secret: bool = False
    required: bool = True
    example: str = ""
    rare: bool = False


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """An adapter as the registry and the pages know it.

    poll_every_s   seconds between two looks at the orders, when nothing else says so
    stock_at_once  levels that one call can carry
    webhook_topics what is subscribed to, in the vendor's own words
    by_hand        where the seller enters our address himself, of a vendor that has no call for that
    """

    name: str
    title: str
    settings: tuple[Setting, ...]
    capabilities: frozenset[Capability]
    poll_every_s: int = 60
    stock_at_once: int = 100
    webhook_topics: tuple[str, ...] = ()
    by_hand: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """One connected shop: its address, the settings of its kind's form and the secrets among them, opened.

    It lives for the length of a call; nothing keeps it, logs it or shows it (`repr` says its name only).

    keep      called with secrets that the vendor renewed, before they are used: the old ones may be spent
    kept      the secrets as they are kept by now
    renewing  held while they are renewed
    """

    name: str
    currency: str
    settings: dict[str, str] = field(repr=False)
    secrets: dict[str, str] = field(repr=False)
    keep: Callable[[Mapping[str, str]], None] = field(default=lambda _renewed: None, repr=False, compare=False)
    kept: Callable[[], Mapping[str, str]] = field(default=dict, repr=False, compare=False)
    renewing: AbstractContextManager[Any] = field(default_factory=Lock, repr=False, compare=False)

    def renew(self, name: str, spent: str, ask: Callable[[], Mapping[str, str]]) -> None:
        """Have `ask` renew the secret `name`, which was `spent`, unless somebody else has done so meanwhile.

        One thread asks at a time. Of two processes that ask at once one may be refused: it takes what the other kept.
        """
        with self.renewing:
            self.secrets.update(self.kept())
            if self.secrets.get(name, "") != spent:
                return
            try:
                fresh = dict(ask())
            except Rejected:
                self.secrets.update(self.kept())
                if self.secrets.get(name, "") == spent:
                    raise
                return
            self.keep(fresh)
            self.secrets.update(fresh)


@dataclass(frozen=True, slots=True)
class Raw:
    """A resource as the vendor sent it, kept before anybody reads it.

    topic       what it is, in our words: "order"
    updated_at  the vendor's own moment of its last change; the newest wins
    body        the vendor's JSON, as it came
    """

    topic: str
    external_id: str
    updated_at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class Position:
    """How far a channel's orders are read: everything changed before `since`, and of that moment's overlap these.

    page  the vendor's token of the page that follows, while a walk is under way
    seen  (external id, updated at as ISO 8601) of what was stored inside the overlap
    """

    since: datetime
    page: str = ""
    seen: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some resources, oldest change first, and the token of the page that follows; empty: there is none.

    wait_s  seconds to wait before the page that follows is asked for: the vendor prepares it
    total   how many resources the whole walk has, where the vendor says so
    """

    items: tuple[Raw, ...]
    following: str = ""
    wait_s: float = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook whose signature held.

    delivery_id  the vendor's id of this message, the same when it is sent again
    resource     what it carries; None where it only says that something changed: then it is read back
    changed      ids of orders to be read back
    """

    delivery_id: str
    topic: str
    resource: Raw | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A line of an order. Money in minor units, the price in millionths of the currency; units as the buyer has them.

    quantity   what was ordered        cancelled  taken out again before it was shipped
    tax        what the channel says it took, for the reconciliation
    """

    external_id: str
    sku: str
    name: str
    quantity: int
    unit_price_micros: int
    tax_included: bool
    discount: int = 0
    tax: int = 0
    cancelled: int = 0
    personalisation: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelPayment:
    """Money that moved on the channel's side, minor units."""

    external_id: str
    kind: PaymentKind
    amount: int
    method: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChannelRefund:
    """Money that went back on the channel's side, minor units; `units` by line id where goods came back with it.

    key  our own key of it, where the channel was told to send it and says so
    """

    external_id: str
    amount: int
    at: datetime
    reason: str = ""
    units: tuple[tuple[str, int], ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class ChannelParcel:
    """A parcel the channel knows of; `units` by line id, none: everything."""

    external_id: str
    courier: str
    tracking: str
    at: datetime
    units: tuple[tuple[str, int], ...] = ()
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelReturn:
    """Goods that a buyer sends or wants to send back by the channel's own way; `units` by line id.

    status  the channel's own word, in lower case
    """

    external_id: str
    number: str
    status: str
    at: datetime
    units: tuple[tuple[str, int], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChannelOrder:
    """An order as a channel has it now. Money in minor units of `currency`.

    number   what the channel calls it before buyers, "#1001"
    total    what the buyer pays in all, for the reconciliation
    service  how it is to be sent, in the channel's own words: "Express Shipping"
    """

    external_id: str
    number: str
    status: ChannelStatus
    placed_at: datetime
    updated_at: datetime
    currency: str
    total: int
    customer: CustomerDraft
    lines: tuple[ChannelLine, ...]
    ship_to: AddressDraft = field(default_factory=AddressDraft)
    bill_to: AddressDraft | None = None
    payment_method: PaymentMethod = PaymentMethod.PREPAID
    payments: tuple[ChannelPayment, ...] = ()
    refunds: tuple[ChannelRefund, ...] = ()
    returns: tuple[ChannelReturn, ...] = ()
    parcels: tuple[ChannelParcel, ...] = ()
    shipping: int = 0
    discount: int = 0
    gstin: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    service: str = ""
    cancel_reason: str = ""
    ship_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """A parcel of ours that the channel is to know of. `key` names this act for ever: sent twice, it is one.

    units  by the channel's line id; none: everything that is still left of the order there
    """

    key: str
    external_id: str
    courier: str
    tracking: str
    tracking_url: str
    shipped_at: datetime
    units: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An order of theirs that we cancelled."""

    key: str
    external_id: str
    reason: str
    restocked: bool


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that the channel is to send back, minor units."""

    key: str
    external_id: str
    amount: int
    currency: str
    reason: str
    units: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """What a channel is to believe about an article: `available` units under its own SKU."""

    sku: str
    available: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel said about a level: `problem` is its own sentence where it did not take it."""

    sku: str
    available: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What a channel calls what we told it, for the next call about it; several names have commas between them."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Article:
    """Something the channel sells."""

    external_id: str
    sku: str
    title: str
    price_micros: int | None = None
    barcode: str = ""
    available: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A product of ours that the channel is to sell under our SKU; the price of one in millionths of `currency`.

    tax_included  whether the tax is in the price
    description   plain text
    """

    sku: str
    title: str
    price_micros: int
    currency: str
    tax_included: bool
    barcode: str = ""
    weight_g: int = 0
    description: str = ""
