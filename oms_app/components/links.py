"""Addresses inside the shop. Numbers and SKUs are other people's words: `#1001/A` must not end the address."""

from typing import Any
from urllib.parse import quote

import reflex as rx
from reflex.vars import FunctionStringVar

_encode: Any = FunctionStringVar.create("encodeURIComponent")


def order(number: rx.Var[str] | str, q: rx.Var[str] | None = None) -> rx.Var[str] | str:
    """The page of an order; with a search, the one that found it, so that its neighbours are those of the list."""
    page = _path("/orders/", number)
    return page if q is None else page + rx.cond(q != "", _path("?q=", q), "")


def change_of(number: rx.Var[str] | str) -> rx.Var[str] | str:
    """The page that changes an order."""
    return order(number) + "/change"


def product(sku: rx.Var[str] | str) -> rx.Var[str] | str:
    """The page of a product."""
    return _path("/inventory/", sku)


def catalogue(sku: rx.Var[str] | str) -> rx.Var[str] | str:
    """The page on which a product is edited."""
    return _path("/products/", sku)


def on_channels(sku: rx.Var[str] | str) -> rx.Var[str] | str:
    """What connected channels believe of the stock of a product."""
    return _path("/channels/stock?sku=", sku)


def orders(field: str, value: rx.Var[str] | str) -> rx.Var[str] | str:
    """The list of orders where a search field has a value; quoted, since a value may hold spaces."""
    return _path(
        f"/orders?q={field}%3A", rx.Var.create('"') + value + '"' if isinstance(value, rx.Var) else f'"{value}"'
    )


def short(words: rx.Var[str] | str) -> rx.Var[str] | str:
    """What of an order or an article waits for stock."""
    return _path("/shortfalls?q=", words)


def search(q: rx.Var[str]) -> rx.Var[str] | str:
    """The list of orders that a search finds."""
    return _path("/orders?q=", q)


def view(page: str, q: rx.Var[str] | str, rest: rx.Var[str] | str = "") -> rx.Var[str]:
    """A page that shows a search; `rest` is empty or goes on with an ampersand."""
    query = rx.Var.create(_path("?q=", q)).to(str) + rest
    return rx.cond(query == "?q=", page, rx.Var.create(page).to(str) + query)


def _path(start: str, word: rx.Var[str] | str) -> rx.Var[str] | str:
    if not isinstance(word, rx.Var):
        return start + quote(word, safe="")
    return rx.Var.create(start).to(str) + _encode.call(word).to(str)
