"""Connected channels, written out for their cards, forms and dry runs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from oms_app.domain import moments, money
from oms_app.domain.channels import Capability, ChannelKind
from oms_app.services import channel_consent
from oms_app.services.channel_overview import Health, Standing
from oms_app.services.channel_preview import DryRun, Outcome
from oms_app.services.first_load import Load
from oms_app.settings import get_settings

WORDS = {
    Health.FINE: "Works",
    Health.PAUSED: "Paused",
    Health.RESTING: "Does not answer",
    Health.ATTENTION: "Needs somebody",
}
REFUSALS = {
    "consent": "Nobody asked for this here, or it is too late: choose “Authorise” once more.",
    "unauthenticated": "What came back was not signed by the channel: nothing was changed.",
    "rejected": "The channel did not let us in: look at its calls.",
    "unavailable": "The channel did not answer: choose “Authorise” once more.",
}
"""Why the owner's consent came to nothing, by the word in the address."""
OUTCOMES = {
    Outcome.NEW: "Placed",
    Outcome.HELD: "Placed, on hold",
    Outcome.HISTORY: "History",
    Outcome.KNOWN: "Here already",
    Outcome.NOT_YET: "Not taken",
    Outcome.CANNOT: "Cannot be taken",
}


@dataclass(frozen=True, slots=True)
class ChannelCard:
    """A channel, written out. `loading`: per cent of the first load, -1: it does not go on, -2: nobody knows."""

    name: str
    title: str
    kind: str
    health: str
    word: str
    last: str
    last_number: str
    facts: list[str]
    problem: str
    paused: bool
    tells_stock: bool
    consents: bool
    troubles: int
    load: str
    loading: int


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind that can be connected."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of the form of a kind; what is secret is never in it."""

    name: str
    title: str
    help: str
    placeholder: str
    secret: bool
    required: bool
    rare: bool
    value: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """An order of a dry run."""

    number: str
    placed: str
    customer: str
    total: str
    outcome: str
    said: str


def card(each: Standing) -> ChannelCard:
    """How a channel stands, in words."""
    now, link, kind = datetime.now(UTC), each.link, each.kind
    ago = moments.span((now - each.last_order[1]).total_seconds()) if each.last_order else ""
    return ChannelCard(
        name=link.name,
        title=link.title,
        kind=link.kind_title,
        health=each.health,
        word=WORDS[each.health],
        last=f"Last order {ago} ago" if ago else "No order yet",
        last_number=each.last_order[0] if each.last_order else "",
        facts=_facts(each, now),
        problem=link.problem,
        paused=link.paused,
        consents=channel_consent.can(link.kind),
        tells_stock=Capability.STOCK in kind.capabilities,
        troubles=each.dead + each.refused,
        load=_load(each.load) if each.load else "",
        loading=_per_cent(each.load),
    )


def _facts(each: Standing, now: datetime) -> list[str]:
    link, kind = each.link, each.kind
    read = f"Read {moments.span((now - each.read_at).total_seconds())} ago" if each.read_at else "Not read yet"
    how = "it sends changes at once" if each.sends else f"every {kind.poll_every_s} s"
    facts = [f"{read}, {how}"]
    if each.why_not:
        facts.append(f"It sends no webhooks: {each.why_not}")
    if each.waiting:
        lag = moments.span((now - each.oldest).total_seconds()) if each.oldest else ""
        wait = "1 message waits" if each.waiting == 1 else f"{each.waiting:,} messages wait"
        facts.append(f"{wait}{f', the oldest {lag}' if lag else ''}")
    if each.owed:
        facts.append("1 thing is to be told" if each.owed == 1 else f"{each.owed:,} things are to be told")
    if each.levels:
        levels = "1 level of stock is" if each.levels == 1 else f"{each.levels:,} levels of stock are"
        facts.append(f"{levels} to be told")
    if link.retry_at is not None and link.retry_at > now and link.failures:
        facts.append(f"Tried again in {moments.span((link.retry_at - now).total_seconds())}")
    return facts


def _load(load: Load) -> str:
    of = f" of {load.total:,}" if load.total is not None else ""
    if load.ended_at is None:
        return f"First load: {load.read:,}{of} orders"
    return f"First load: {load.problem or 'done,'} {load.read:,} orders"


def _per_cent(load: Load | None) -> int:
    if load is None or load.ended_at is not None:
        return -1
    return min(100 * load.read // load.total, 100) if load.total else -2


def fields(kind: ChannelKind, kept: dict[str, str]) -> list[FieldRow]:
    """The form of a kind, with what is set already; a secret that is written may be left empty."""
    return [
        FieldRow(
            name=each.name,
            title=each.title,
            help=each.help,
            placeholder="Stays as it is" if each.secret and kept else each.example,
            secret=each.secret,
            required=each.required and not (each.secret and kept),
            rare=each.rare,
            value="" if each.secret else kept.get(each.name, ""),
        )
        for each in kind.settings
    ]


def preview(found: DryRun) -> list[PreviewRow]:
    """A dry run, in words."""
    zone = ZoneInfo(get_settings().timezone)
    return [
        PreviewRow(
            number=each.number,
            placed=moments.show(each.placed_at, zone) if each.placed_at else "",
            customer=each.customer,
            total=money.show(each.total, each.currency) if each.outcome is not Outcome.CANNOT else "",
            outcome=OUTCOMES[each.outcome],
            said=each.said,
        )
        for each in found.orders
    ]
