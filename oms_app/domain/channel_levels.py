"""What channels believe of our stock, article by article: wanted, taken, since when it waits, and why not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LATE = timedelta(minutes=2)
"""A level that waits longer has a problem."""

GONE = "The channel did not list it the last time it was asked."
NO_LEVELS = "This kind of channel takes no stock levels."
PAUSED = "The channel is paused."
SOON = "It is told within seconds."


@dataclass(frozen=True, slots=True)
class LevelView:
    """An article of a channel, as the channel lists it, and its level; without a product of ours it has none.

    sku, product  ours; empty where it is none of ours     quantity  units of ours that make one of theirs
    wanted, sent  units of theirs; `sent` is None until the channel took one, at `sent_at`
    waits_since   when `wanted` became what it is, while the channel does not have it
    why           why the channel does not have it, or is doubtful, as a sentence; empty: all is well
    """

    channel: str
    channel_title: str
    channel_sku: str
    external_id: str
    title: str
    sku: str
    product: str
    quantity: int
    wanted: int | None
    sent: int | None
    sent_at: datetime | None
    waits_since: datetime | None
    why: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands in the list."""
        return self.channel, self.channel_sku, self.external_id


@dataclass(frozen=True, slots=True)
class LevelSearch:
    """Which articles: words of a SKU or a name, one channel, one product of ours, only those with a problem."""

    words: str = ""
    channel: str = ""
    sku: str = ""
    problems: bool = False
