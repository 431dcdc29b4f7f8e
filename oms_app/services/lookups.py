"""What somebody who takes an order looks up while typing: buyers and articles."""

from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import catalogue
from oms_app.db.queries import drafts as rows
from oms_app.db.queries import search_suggestions as suggested
from oms_app.db.queries.search import Search
from oms_app.domain.drafts import ArticleHit, BuyerHit
from oms_app.domain.orders import AddressDraft
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.query import Text, parse
from oms_app.domain.search_words import digits_of, fold, words
from oms_app.services import kits
from oms_app.services.search import scope

BUYERS, ARTICLES = 6, 8
_LOOKED_AT = 60
_DIGITS = 4
_HOME = "+91"


def buyers(actor: Actor, text: str) -> tuple[BuyerHit, ...]:
    """Who bought before and whose phone, e-mail address or name is being typed; the best known first."""
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.SEE_CUSTOMERS)
    typed = text.strip()[:200]
    if len(typed) < 2:
        return ()
    with reading() as tx:
        found: dict[int, Any] = {}
        digits = digits_of(typed)
        if len(digits) >= _DIGITS and not any(each.isalpha() for each in typed):
            beginning = f"+{digits}" if typed.startswith("+") else _HOME + digits.lstrip("0")
            found = {row.id: row for row in rows.customers_with_phone(tx, beginning, BUYERS)}
        if len(found) < BUYERS:
            found |= {row.id: row for row in _named(tx, actor, typed) if row.id not in found}
        known = list(found.values())[:BUYERS]
        addresses = rows.newest_addresses(tx, [row.id for row in known])
        return tuple(_buyer(row, addresses.get(row.id)) for row in known)


def articles(actor: Actor, text: str, *, location: str = "") -> tuple[ArticleHit, ...]:
    """Articles whose barcode this is, whose SKU begins so or whose name holds it, with what is available there."""
    actor.require(Permission.CREATE_ORDERS)
    typed = text.strip()[:200]
    if not typed:
        return ()
    with reading() as tx:
        skus = rows.skus_with_barcode(tx, typed)
        skus += [row.sku for row in suggested.products(tx, typed, ARTICLES) if row.sku not in skus]
        found = catalogue.products_by_sku(tx, skus)
        products = [found[sku] for sku in skus if found[sku].active][:ARTICLES]
        free = rows.available(tx, [each.id for each in products]) | kits.free(tx, products)
        return tuple(
            ArticleHit(
                each.sku,
                each.name,
                each.barcode,
                each.price_micros,
                each.currency,
                each.tax_included,
                units_at(free.get(each.id, {}), location),
            )
            for each in products
        )


def units_at(free: dict[str, int], location: str) -> int:
    """Available units at a location, or at all of them."""
    return free.get(location, 0) if location else sum(free.values())


def _named(tx: Connection, actor: Actor, typed: str) -> list[Any]:
    """Buyers of the orders that the search finds whose own name, phone or e-mail address it is."""
    query = parse(typed)
    wanted = [item.text for item in query.items if isinstance(item, Text)]
    if not wanted or len(wanted) < len(query.items):
        return []
    ids = Search(tx, query, scope(actor)).ids(limit=_LOOKED_AT)
    return [row for row in suggested.customers(tx, ids) if all(_fits(row, each) for each in wanted)]


def _fits(row: Any, text: str) -> bool:
    contact = (digits_of(row.phone), row.email)
    return all(
        any(name.startswith(word) for name in words(row.name)) or any(word in each for each in contact if each)
        for word in (words(text) if "@" not in text else [fold(text)])
    )


def _buyer(row: Any, newest: Any | None) -> BuyerHit:
    address = AddressDraft()
    if newest is not None:
        names = ("name", "phone", "line1", "line2", "city", "state", "postal_code", "country")
        address = AddressDraft(**{name: getattr(newest, name) for name in names})
    return BuyerHit(row.id, row.name, row.phone, row.email, newest.gstin if newest is not None else "", address)
