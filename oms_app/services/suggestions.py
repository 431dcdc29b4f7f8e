"""What the palette offers while somebody types: orders, customers and articles, and how the word can be finished."""

from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import quote

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import search_identifiers as identifiers
from oms_app.db.queries import search_suggestions as rows
from oms_app.db.queries import search_vocabulary as vocabulary
from oms_app.db.queries.search import Search
from oms_app.domain import money
from oms_app.domain import purchasing as purchases
from oms_app.domain.errors import NotFound
from oms_app.domain.lifecycle import LIFECYCLE, Stage
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.privacy import masked_name
from oms_app.domain.query import Query, Text, all_of, parse
from oms_app.domain.query_complete import Word, fields_like, values_like, word_at
from oms_app.domain.search import Completion, Group, Hit, Scope
from oms_app.domain.search_words import LISTED, digits_of, fold, label, words
from oms_app.services import purchasing
from oms_app.services.search import scope

_ORDERS, _OTHERS, _COMPLETIONS = 6, 4, 8
_LOOKED_AT = 60
_MOST_COUNTED = 1_000


def suggest(actor: Actor, text: str) -> tuple[Group, ...]:
    """What `text` may mean, best first: the order with this number, what begins so, names, and words a typo away."""
    actor.require(Permission.SEE_ORDERS)
    query = parse(text)
    if not query:
        return ()
    eyes = scope(actor)
    free = [item.text for item in query.items if isinstance(item, Text)]
    filtered = len(free) < len(query.items)  # fields and alternatives are asked of orders only
    with reading() as tx:
        ids = _order_ids(tx, eyes, query, text.strip())
        groups = (
            Group("Orders", _orders(tx, actor, ids[:_ORDERS])),
            Group("Customers", () if filtered or not eyes.sees_customers else _customers(tx, ids, free)),
            Group("Articles", () if filtered else _articles(tx, text.strip())),
            Group("Purchase orders", _purchase_orders(tx, actor, text.strip())),
        )
    return tuple(group for group in groups if group.hits)


def complete(actor: Actor, text: str, caret: int) -> tuple[Completion, ...]:
    """How the word at the caret can be finished, with how many orders each would find beside the rest of the query."""
    actor.require(Permission.SEE_ORDERS)
    word = word_at(text, caret)
    eyes = scope(actor)
    with reading() as tx:
        values = list(_values(tx, eyes, word))
        rest = parse(f"{text[: word.start]} {text[word.end :]}")
        counted = [_completion(tx, eyes, rest, word, text, field, value) for field, value in values[:_COMPLETIONS]]
    names = [] if word.field else fields_like(word.value, private=eyes.sees_customers)
    offered = [Completion(word.replaced(text, f"{field.name}:"), f"{field.name}: {field.help}") for field in names]
    return tuple([*offered, *counted][:_COMPLETIONS])


def _order_ids(tx: Connection, eyes: Scope, query: Query, typed: str) -> list[int]:
    """Ids of orders, the one whose number was typed in full first."""
    search = Search(tx, query, eyes)
    ids = search.ids(limit=_LOOKED_AT)
    if " " in typed or not identifiers.possible(typed):
        return ids
    kinds = identifiers.PUBLIC + (identifiers.PRIVATE if eyes.sees_customers else ())
    whole = set(identifiers.lookup(tx, kinds, typed.lstrip("#"), whole=True) or ())
    return sorted(ids, key=lambda order_id: order_id not in whole)


def _orders(tx: Connection, actor: Actor, ids: list[int]) -> tuple[Hit, ...]:
    seen = actor.may(Permission.SEE_CUSTOMERS)
    return tuple(
        Hit(
            "order",
            row.number,
            row.number,
            " · ".join(
                filter(
                    None,
                    (
                        row.customer_name if seen else masked_name(row.customer_name),
                        row.city,
                        money.show(row.total, row.currency),
                        LIFECYCLE[Stage(row.stage)].title,
                    ),
                )
            ),
            f"/orders/{quote(row.number, safe='')}",
        )
        for row in rows.orders(tx, ids)
    )


def _customers(tx: Connection, ids: list[int], typed: list[str]) -> tuple[Hit, ...]:
    """Buyers among the orders found whose name, phone or e-mail address is what was typed."""
    hits = []
    for row in rows.customers(tx, ids):
        known = words(row.name)
        contact = (digits_of(row.phone), row.email)
        fits = all(
            any(name.startswith(word) for name in known) or any(word in each for each in contact if each)
            for text in typed
            for word in (words(text) if "@" not in text else [fold(text)])
        )
        if fits:
            asked = (
                f"phone:{row.phone}" if row.phone else f"email:{row.email}" if row.email else f'customer:"{row.name}"'
            )
            detail = " · ".join(filter(None, (row.phone, row.email)))
            hits.append(Hit("customer", str(row.id), row.name, detail, f"/orders?q={quote(asked)}"))
    return tuple(hits[:_OTHERS])


def _articles(tx: Connection, typed: str) -> tuple[Hit, ...]:
    return tuple(
        Hit("sku", row.sku, row.sku, row.name, f"/inventory/{quote(row.sku, safe='')}")
        for row in rows.products(tx, typed, _OTHERS)
    )


def _purchase_orders(tx: Connection, actor: Actor, typed: str) -> tuple[Hit, ...]:
    """The purchase order with this number, written with its letters: PO-12."""
    if not actor.may(Permission.SEE_STOCK) or not typed.upper().startswith("PO-"):
        return ()
    with suppress(NotFound):
        row = purchasing.view(tx, actor, purchases.id_of(typed)).row
        detail = f"{row.supplier} · {row.state.replace('_', ' ').capitalize()} · {row.received:,} of {row.units:,}"
        return (Hit("purchase_order", row.number, row.number, detail, f"/purchasing/{row.number}"),)
    return ()


def _values(tx: Connection, eyes: Scope, word: Word) -> Iterable[tuple[str, str]]:
    """(field, value) pairs that the word may become."""
    if word.field is None:
        if len(word.value) < 2:
            return
        yield from values_like(word.value)
        for token in vocabulary.beginning(tx, ("city", "sku", "tag", "channel"), label(word.value), 3):
            kind, _, value = token.partition(":")
            yield kind, value.replace("_", " ")
        return
    if word.field.private and not eyes.sees_customers:
        return
    if word.field.name in LISTED:
        for token in vocabulary.beginning(tx, (word.field.name,), label(word.value), _COMPLETIONS):
            yield word.field.name, token.partition(":")[2].replace("_", " ")
    elif word.field.name == "location":
        yield from (("location", code) for code in rows.location_codes(tx) if fold(code).startswith(fold(word.value)))
    else:
        yield from values_like(word.value, word.field)


def _completion(tx: Connection, eyes: Scope, rest: Query, word: Word, text: str, field: str, value: str) -> Completion:
    leaf = f'{field}:"{value}"' if " " in value else f"{field}:{value}"
    found = Search(tx, all_of(rest, parse(leaf)), eyes).count(_MOST_COUNTED)
    return Completion(
        word.replaced(text, f"{'-' if word.negated else ''}{leaf} "),
        str(parse(leaf)),
        min(found, _MOST_COUNTED),
        found > _MOST_COUNTED,
    )
