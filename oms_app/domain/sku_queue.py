"""SKUs of channels that no product of ours has, as the queue shows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oms_app.domain.errors import Malformed
from oms_app.domain.sku_match import Suggestion


class Show(StrEnum):
    """Which part of the queue."""

    OPEN = ""
    WAITING = "waiting"
    """Orders on hold wait for them."""
    SURE = "sure"
    """One suggestion is sure."""
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class UnknownSku:
    """A channel's SKU that no product has: what the channel calls the article, and how many held orders want it.

    articles     how many articles the channel lists under it; none where only orders have it
    suggestions  what it may be, the likeliest first; None before somebody looked
    """

    channel: str
    channel_title: str
    channel_sku: str
    name: str
    barcode: str
    articles: int
    orders: int
    units: int
    example: str
    oldest: datetime | None
    suggestions: tuple[Suggestion, ...] | None
    ignored_by: str

    @property
    def number(self) -> str:
        """What a run over unknown SKUs calls it."""
        return number_of(self.channel, self.channel_sku)

    @property
    def best(self) -> Suggestion | None:
        """The likeliest."""
        return self.suggestions[0] if self.suggestions else None


@dataclass(frozen=True, slots=True)
class Search:
    """What the queue is searched for: words of the SKU or the name, one channel, a part."""

    words: str = ""
    channel: str = ""
    show: Show = Show.OPEN


def number_of(channel: str, channel_sku: str) -> str:
    """A channel's SKU as one word: "amazon:AMZ-1"."""
    return f"{channel}:{channel_sku}"


def key_of(number: str) -> tuple[str, str]:
    """(channel, its SKU) of such a word. Raises Malformed."""
    channel, colon, sku = number.partition(":")
    if not (colon and channel and sku):
        raise Malformed(f"Write CHANNEL:SKU instead of “{number}”.", details={"field": "numbers"})
    return channel, sku


def read_search(q: str, show: str = "") -> Search:
    """A search as it is typed: words, with `is:sure`, `is:waiting` or `is:ignored` and `channel:NAME` among them.

    What a run calls a SKU ("amazon:AMZ-1") finds it too.
    """
    words, channel = [], ""
    for word in q.split():
        name, _, value = word.partition(":")
        if name == "is" and value in tuple(Show):
            show = value
        elif name == "channel" and value:
            channel = value
        else:
            words.append(word)
    return Search(" ".join(words), channel, Show(show) if show in tuple(Show) else Show.OPEN)
