"""Products of ours that channels are to sell: asked for once, made there by the worker, told their stock from then on.

The channel is told of the product as it is by then, not as it was when somebody asked: what was refused for its title
or its price is corrected here and done again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue, channel_level_list
from oms_app.db.queries import channel_listings as rows
from oms_app.db.queries import channels as links
from oms_app.db.queries import products as product_rows
from oms_app.domain import channel_listings as rules
from oms_app.domain.channel_levels import LevelSearch, LevelView
from oms_app.domain.channel_listings import Outlet, Standing
from oms_app.domain.channel_tasks import TaskKind, TaskState, task
from oms_app.domain.channels import Article, Capability
from oms_app.domain.errors import NotFound, Refused, Rejected
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.integrations.ports import Channel, Listings
from oms_app.services import channel_calls, channel_levels, channel_stock, events, products

_WITHDRAWN = "It was taken back before the channel was told."


@dataclass(frozen=True, slots=True)
class Presence:
    """How a product stands on a connected channel that sells it, or could.

    articles  what the channel sells of it, with their levels
    waits     it is to be made there; `why` says what was refused so far
    why       why it cannot be sold there now, or what was refused; empty: it can
    can       it can be sold there
    """

    name: str
    title: str
    articles: tuple[LevelView, ...]
    waits: bool
    why: str
    can: bool


def outlets(actor: Actor) -> tuple[tuple[str, str], ...]:
    """(name, title) of every connected channel that takes up products."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple((link.name, link.title) for link in links.linked(tx) if _takes(link.kind))


def of_product(actor: Actor, sku: str) -> tuple[Presence, ...]:
    """How a product stands on every connected channel that sells it, or could. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    sold: dict[str, list[LevelView]] = {}
    for each in channel_levels.page(actor, LevelSearch(sku=sku)):
        sold.setdefault(each.channel, []).append(each)
    with reading() as tx:
        products.found(tx, sku)
        known = [
            (link, rows.standing(tx, link.channel_id, [sku])[sku])
            for link in links.linked(tx)
            if link.name in sold or _takes(link.kind)
        ]
    return tuple(_presence(link, now, tuple(sold.get(link.name, ()))) for link, now in known)


def sell(actor: Actor, channel: str, sku: str) -> tuple[Presence, ...]:
    """Have a product sold on a channel, as a draft where it has drafts. Raises NotFound, Refused."""
    with transaction() as tx:
        ask(tx, actor, channel, sku)
    return of_product(actor, sku)


def outlet_named(tx: Connection, name: str) -> tuple[Outlet, int]:
    """A channel as a product may be sold on it, and its id. Raises NotFound."""
    row = catalogue.channel_named(tx, name)
    if row is None:
        raise NotFound(f"There is no channel “{name}”.", details={"field": "channel"})
    connected = links.link_of(tx, row.id) is not None
    return Outlet(row.title, row.currency, connected, connected and _takes(row.kind)), row.id


def why_not(tx: Connection, channel: str, skus: Sequence[str]) -> Mapping[str, str]:
    """Why these are not to be sold on a channel now, by SKU; empty where they are. Raises NotFound."""
    outlet, channel_id = outlet_named(tx, channel)
    return {sku: rules.why_not(each, outlet) for sku, each in rows.standing(tx, channel_id, skus).items()}


def ask(tx: Connection, actor: Actor, channel: str, sku: str) -> None:
    """Write down that a product is to be sold on a channel. Raises NotFound, Refused."""
    actor.require(Permission.EDIT_PRODUCTS)
    outlet, channel_id = outlet_named(tx, channel)
    product, now = products.found(tx, sku), datetime.now(UTC)
    if reason := rules.why_not(rows.standing(tx, channel_id, [sku])[sku], outlet):
        raise Refused(reason)
    asked = task(TaskKind.LIST, product.id, {"sku": sku}, now)
    if rows.ask(tx, {"channel_id": channel_id, "order_id": None, **asked}):
        _record(tx, actor, "listing_asked", product.id, outlet.title)


def withdraw(tx: Connection, actor: Actor, channel: str, sku: str) -> None:
    """Let it be, while the channel was not told. Raises Refused, NotFound."""
    actor.require(Permission.EDIT_PRODUCTS)
    outlet, channel_id = outlet_named(tx, channel)
    product = products.found(tx, sku)
    if not rows.withdraw(tx, channel_id, _name(product.id), _WITHDRAWN, datetime.now(UTC)):
        raise Refused(f"{outlet.title} was told of it: take it off there.")
    _record(tx, actor, "listing_withdrawn", product.id, outlet.title)


def push(channel: Channel, asked: Any) -> Article:
    """Tell a channel of the product of a task. Raises Rejected, Unavailable, NotFound."""
    with reading() as tx:
        product = products.found(tx, asked.given["sku"])
        detail = product_rows.detail_of(tx, product.id)
    if reason := rules.unfit(product):
        raise Rejected(reason)
    listing = rules.listing_of(product, (detail.attributes if detail else None) or {})
    return cast(Listings, channel).push_product(listing)


def keep(tx: Connection, link: Any, asked: Any, article: Article) -> None:
    """Keep what a channel made of a product: from now on it is told its stock, and once for sure."""
    channel_stock.keep(tx, link.channel_id, [article])
    channel_level_list.ask_again(tx, link.channel_id, [article.sku], datetime.now(UTC))
    product = catalogue.products_by_sku(tx, [asked.given["sku"]]).get(asked.given["sku"])
    if product is not None:
        _record(tx, system(link.title, "channel"), "listed", product.id, link.title)


def _presence(link: Any, now: Standing, sold: tuple[LevelView, ...]) -> Presence:
    outlet = Outlet(link.title, link.currency, connected=True, takes=_takes(link.kind))
    reason, waits = rules.why_not(now, outlet), now.asked == TaskState.WAITING
    if waits or (now.asked == TaskState.DEAD and not now.sold_as):
        return Presence(link.name, link.title, sold, waits, now.problem, can=not reason)
    why = "" if now.sold_as or not outlet.takes else reason
    return Presence(link.name, link.title, sold, waits=False, why=why, can=not reason)


def _record(tx: Connection, actor: Actor, kind: str, product_id: int, channel: str) -> None:
    events.record(tx, actor, kind, subject="product", subject_id=product_id, after={"channel": channel})


def _takes(kind: str) -> bool:
    return channel_calls.can(kind, Capability.LISTING)


def _name(product_id: int) -> str:
    return f"{TaskKind.LIST}:{product_id}"
