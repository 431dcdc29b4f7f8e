"""Selling a product of ours on a channel: what stands against it, and how it is said to the channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oms_app.domain.channel_tasks import TaskState
from oms_app.domain.channels import Listing

DESCRIPTION = "Description"
"""The attribute that buyers read on a channel."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """A channel that a product is to be sold on. `takes`: it takes up products of ours."""

    title: str
    currency: str
    connected: bool
    takes: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a product can be sold on a channel.

    sold_as  the channel's SKU of the article there that is one unit of it; empty: there is none
    other    its SKU is another article there, by the SKU map
    asked    what became of the task that has it sold there; empty: nobody asked
    problem  why it was refused last
    """

    sku: str
    kind: str
    active: bool
    price_micros: int
    currency: str
    sold_as: str = ""
    other: bool = False
    asked: str = ""
    problem: str = ""


def unfit(product: Any) -> str:
    """Why a product (its row, or its view) is sold on no channel; empty: nothing is known against it."""
    if product.kind == "charge":
        return "It is a charge: it has no stock."
    if not product.active:
        return "It is not offered."
    if product.price_micros <= 0:
        return "It has no price."
    return ""


def why_not(product: Standing, outlet: Outlet) -> str:
    """Why a product is not to be sold on a channel now; empty: nothing is known against it."""
    if not outlet.connected:
        return f"{outlet.title} is not connected."
    if not outlet.takes:
        return f"{outlet.title} takes up no products."
    if product.sold_as:
        called = "" if product.sold_as == product.sku else f", as {product.sold_as}"
        return f"It is sold there already{called}."
    if product.asked == TaskState.WAITING:
        return "It waits to be sold there already."
    if reason := unfit(product):
        return reason
    if product.currency != outlet.currency:
        return f"Its price is in {product.currency}, and {outlet.title} sells in {outlet.currency}."
    return "Its SKU is another article there: see the SKU map." if product.other else ""


def listing_of(product: Any, attributes: Mapping[str, str]) -> Listing:
    """A product as a channel is told of it."""
    named = {name.casefold(): text for name, text in attributes.items()}
    return Listing(
        sku=product.sku,
        title=product.name,
        price_micros=product.price_micros,
        currency=product.currency,
        tax_included=product.tax_included,
        barcode=product.barcode,
        weight_g=product.weight_g,
        description=named.get(DESCRIPTION.casefold(), ""),
    )
