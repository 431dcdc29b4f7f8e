"""Unknown SKUs and what they may be, written out for the screen; and what is asked before many are answered."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from oms_app.domain import moments
from oms_app.domain.runs import Preview
from oms_app.domain.sku_actions import TITLES, SkuAction
from oms_app.domain.sku_match import Suggestion
from oms_app.domain.sku_queue import UnknownSku
from oms_app.settings import get_settings
from oms_app.state.board_words import CLOSED, Asking, refusals


@dataclass(frozen=True, slots=True)
class GuessRow:
    """A product that it may be; `what` says that it is a kit, or how many make one of theirs."""

    sku: str
    name: str
    what: str
    quantity: int
    sure: bool
    said: str


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """A SKU that nobody knows, written out; `key` tells it from the same word of another channel.

    looked  whether somebody looked already what it may be
    """

    key: str
    channel: str
    channel_title: str
    sku: str
    name: str
    barcode: str
    told: str
    example: str
    looked: bool
    ignored: bool
    waits: bool
    best: list[GuessRow] = field(default_factory=list)
    others: list[GuessRow] = field(default_factory=list)


def row_of(each: UnknownSku) -> UnknownRow:
    """A row of the queue; its likeliest suggestion stands apart from the others."""
    guesses = [_guess(found) for found in each.suggestions or ()]
    return UnknownRow(
        key=each.number,
        channel=each.channel,
        channel_title=each.channel_title,
        sku=each.channel_sku,
        name=each.name,
        barcode=each.barcode,
        told=_told(each),
        example=each.example,
        looked=each.suggestions is not None,
        ignored=bool(each.ignored_by),
        waits=each.orders > 0,
        best=guesses[:1],
        others=guesses[1:],
    )


def pair(each: UnknownSku) -> str:
    """What would be confirmed: "Amazon: AMZ-KUR-M → KUR-M, sure"."""
    best = each.best
    if best is None:
        return f"{each.channel_title}: {each.channel_sku}"
    units = f", {best.quantity} of ours in one" if best.quantity > 1 else ""
    return f"{each.channel_title}: {each.channel_sku} → {best.sku}{units}, {_certainty(best)}"


def judged(action: SkuAction, seen: Preview) -> Asking:
    """What a person is asked before many are answered at once."""
    what = f"{seen.total:,} unknown SKU{'' if seen.total == 1 else 's'}"
    told = f"{seen.can:,} can, {seen.cannot:,} cannot" if seen.cannot else what
    return {
        **CLOSED,
        "title": f"{TITLES[action]}: {told}",
        "lead": "Each is done on its own, and can be taken back; orders that go on stay as they are.",
        "action": f"{'Confirm' if action is SkuAction.CONFIRM else TITLES[action]} {seen.can:,}"
        if seen.can
        else "Close",
        "refused": refusals(seen),
    }


def went_on(orders: int) -> str:
    """How many orders went on, as the end of a sentence; nothing where none did."""
    return f" {orders:,} {'order goes' if orders == 1 else 'orders go'} on." if orders else ""


def _guess(found: Suggestion) -> GuessRow:
    what = "kit" if found.kit else f"{found.quantity} of ours in one" if found.quantity > 1 else ""
    said = f"{_certainty(found).capitalize()}. {found.reason}"
    return GuessRow(found.sku, found.name, what, found.quantity, found.sure, said)


def _certainty(found: Suggestion) -> str:
    return "sure" if found.sure else f"{found.score} of 100"


def _told(each: UnknownSku) -> str:
    listed = f"{each.channel_title} lists it" if each.articles == 1 else f"{each.channel_title} lists it twice or more"
    if not each.orders or each.oldest is None:
        return listed
    since = moments.show_date(each.oldest.astimezone(ZoneInfo(get_settings().timezone)).date())
    orders = "1 order waits" if each.orders == 1 else f"{each.orders:,} orders wait"
    units = "1 unit" if each.units == 1 else f"{each.units:,} units"
    return f"{orders}, {units}, since {since}"
