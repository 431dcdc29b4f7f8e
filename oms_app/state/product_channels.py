"""Where a product is sold, on the product's page: what each connected channel has of it, and having it sold there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import reflex as rx

from oms_app.domain.channel_levels import SOON
from oms_app.domain.errors import NotFound
from oms_app.services import channel_listings
from oms_app.services.channel_listings import Presence
from oms_app.state.product import ProductEditState
from oms_app.state.session import SessionState, notice

LATER = rx.call_script("setTimeout(() => document.getElementById('channels-again')?.click(), 2500)")
"""What waits was told by then."""
TO_ROWS = rx.call_script(
    "setTimeout(() => document.activeElement === document.body"
    " && document.querySelector('#channels .table-box')?.focus(), 100)"
)
"""The button that had the focus is gone once it was pressed."""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """An article of a channel, written out, or how a channel that has none stands. `sells`: the channel to sell on."""

    channel: str
    theirs: str
    title: str
    level: str
    said: str
    bad: bool = False
    sells: str = ""


class ProductChannelsState(SessionState, rx.State):
    """The channels of the product that the address names."""

    rows: list[PlaceRow] = []
    waits: bool = False
    could: bool = False
    ready: bool = False

    @rx.event
    async def load(self):
        """Read where it is sold, and where it could be."""
        self.rows, self.waits, self.ready = [], False, False
        return ProductChannelsState.refresh

    @rx.event
    async def refresh(self):
        """Read again; what was made there meanwhile is in the history."""
        waited = self.waits
        try:
            self._show(await self.call(channel_listings.of_product, str(self.product_sku)))
        except NotFound:
            return None  # the page says so
        return [ProductEditState.read_history, TO_ROWS] if waited and not self.waits else None

    @rx.event(temporal=True)
    async def sell(self, channel: str):
        """Have it sold on a channel."""
        self._show(await self.call(channel_listings.sell, str(channel), str(self.product_sku)))
        return [notice("The channel is told within seconds."), ProductEditState.read_history, TO_ROWS, LATER]

    def _show(self, found: Sequence[Presence]) -> None:
        self.rows = [row for each in found for row in rows_of(each)]
        self.waits, self.could = any(each.waits for each in found), any(each.can for each in found)
        self.ready = True


def rows_of(each: Presence) -> Iterator[PlaceRow]:
    """A row for each article, and one for what could be there besides."""
    for article in each.articles:
        sent = "–" if article.sent is None else f"{article.sent:,}"
        bad = article.why not in ("", SOON)
        yield PlaceRow(each.title, article.channel_sku, article.title, sent, article.why, bad)
    if each.waits:
        said = f"Refused, and tried again: {each.why}" if each.why else "It is made there within seconds."
        yield PlaceRow(each.title, "", "", "–", said, bad=bool(each.why))
    elif each.can:
        said = f"Refused: {each.why}" if each.why else "Not sold there yet."
        yield PlaceRow(each.title, "", "", "–", said, bad=bool(each.why), sells=each.name)
    elif each.why and not each.articles:
        yield PlaceRow(each.title, "", "", "–", each.why)
