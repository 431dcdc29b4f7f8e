"""What the shop asks of a sales channel. One adapter is one folder in `channels/` and one line in its registry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from oms_app.domain.channels import (
    Article,
    Cancellation,
    ChannelKind,
    ChannelOrder,
    Connection,
    Delivery,
    Done,
    Fulfilment,
    Level,
    Listing,
    Page,
    Position,
    Raw,
    Refund,
    Told,
)
from oms_app.domain.settlements import Settlement
from oms_app.integrations.http import Http


class Channel(Protocol):
    """A connected shop. Every method that calls raises `Unavailable` (worth another try) or `Rejected` (it said no).

    An adapter writes to the channel only what it was not told before: it looks first where the vendor has no key of
    its own that makes a second call harmless.
    """

    def test(self) -> str:
        """Sign in and read one thing; returns the shop's own name."""

    def orders(self, position: Position) -> Page:
        """Orders changed since `position.since`, oldest change first, a page; `position.page` continues the walk."""

    def order(self, external_id: str) -> Raw:
        """One order as it is now. Raises NotFound."""

    def articles(self, page: str = "") -> tuple[tuple[Article, ...], str]:
        """What the channel sells, with the token of the page that follows."""

    def acknowledge(self, external_id: str, number: str) -> None:
        """Tell the channel that we have the order, and our number."""

    def fulfil(self, fulfilment: Fulfilment) -> Done:
        """Tell of a parcel that left."""

    def cancel(self, cancellation: Cancellation) -> None:
        """Cancel an order there."""

    def refund(self, refund: Refund) -> Done:
        """Send money back there."""

    def stock(self, levels: Sequence[Level], key: str) -> tuple[Told, ...]:
        """Say how many units there are of each; answers for every one of them."""

    def subscribe(self, address: str) -> None:
        """Have webhooks sent to `address`; what is subscribed already stays."""


class History(Protocol):
    """What a channel with the capability `bulk_load` has besides: a first load by the vendor's own export."""

    def history(self, position: Position) -> Page:
        """Orders since `position.since`, in the export's own order; `position.page` resumes where a walk stopped.

        A page may be empty and say `wait_s`: the vendor still writes the export.
        """


class Holds(Protocol):
    """What a channel with the capability `hold` has besides: nobody there ships what waits here."""

    def hold(self, external_id: str, reason: str) -> None:
        """Keep the order from being shipped there; what is held already stays."""

    def release(self, external_id: str) -> None:
        """Take back our own hold; others' stay."""


class Listings(Protocol):
    """What a channel with the capability `listing` has besides: it takes up products of ours."""

    def push_product(self, listing: Listing) -> Article:
        """Have a product sold there, its stock counted; what is there already under its SKU stays as it is.

        Where the channel has drafts it is made as one: people look at it there before buyers do.
        """


class Settlements(Protocol):
    """What a channel with the capability `settlements` has besides: what it pays out, by its own reports."""

    def settlements(self, since: datetime) -> tuple[Settlement, ...]:
        """Every settlement whose report was made at that moment or later, oldest first."""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """How a channel's owner lets us in: by consenting on a page of the channel's, in place of copied tokens.

    needs     settings and secrets that have to be written before
    address   the page, made of the settings, a word of ours that comes back too, and the address they come back to
    exchange  secrets for what they came back with. Raises Unauthenticated where the channel did not sign it, Rejected,
              Unavailable
    """

    needs: tuple[str, ...]
    address: Callable[[Mapping[str, str], str, str], str]
    exchange: Callable[[Connection, Mapping[str, str], Http], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Adapter:
    """What the registry holds of a kind of channel.

    connect  a connection made ready to call through
    read     an order out of the vendor's own JSON; a pure function. Raises Malformed
    verify   the delivery of a webhook whose signature holds, a pure function of headers (lower-case names) and body.
             Raises Unauthenticated
    consent  where the vendor has it
    """

    kind: ChannelKind
    connect: Callable[[Connection, Http], Channel]
    read: Callable[[str], ChannelOrder]
    verify: Callable[[Connection, Mapping[str, str], bytes], Delivery] | None = None
    consent: Authorisation | None = None
