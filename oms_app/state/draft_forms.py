"""The boxes of an order that staff take: from a draft into boxes, and from boxes into a draft."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import reflex as rx
from reflex.event import EventSpec

from oms_app.domain import money
from oms_app.domain.drafts import Draft, DraftKind, Pays, Quote, QuoteLine, discount, paying
from oms_app.domain.errors import Malformed
from oms_app.domain.orders import AddressDraft, CustomerDraft, LineDraft, OrderDraft
from oms_app.domain.states import state_name
from oms_app.state.order_view import Fact

PLACE = ("line1", "line2", "postal_code", "city", "state", "country")
"""Boxes of the address; the name and the phone on it are the buyer's."""

BOXES = ("quantity", "price", "discount", "personalisation")


@dataclass(frozen=True, slots=True)
class DraftLineRow:
    """A row of boxes (components/order_lines_editor.py), and what it would cost and lack."""

    key: str
    sku: str
    name: str
    quantity: str = "1"
    price: str = ""
    discount: str = ""
    personalisation: str = ""
    total: str = ""
    stock: str = ""
    lacks: bool = False
    removed: bool = False


def fill(values: Mapping[str, str]) -> EventSpec:
    """Write into boxes of this browser."""
    return rx.call_script(f"window.omsSet({json.dumps(dict(values))})")


def focus(box: str) -> EventSpec:
    """Go to a box, once it is there."""
    return rx.call_script(f"window.omsFocus({json.dumps(box)})")


def one_more(row: DraftLineRow) -> DraftLineRow:
    """The row with one unit more."""
    return replace(row, quantity=str(int(row.quantity) + 1)) if row.quantity.isdecimal() else row


def lines(order: OrderDraft, currency: str) -> list[DraftLineRow]:
    """The lines of a draft in boxes."""
    return [
        DraftLineRow(
            f"n{index}",
            line.sku,
            line.name,
            quantity=str(line.quantity),
            price="" if line.unit_price_micros is None else money.micros_to_major(line.unit_price_micros, currency),
            discount=money.to_major(line.discount, currency) if line.discount else "",
            personalisation="; ".join(f"{name}: {text}" for name, text in line.personalisation),
        )
        for index, line in enumerate(order.lines, 1)
    ]


def boxes(order: OrderDraft, currency: str) -> dict[str, str]:
    """What stands in the other boxes."""
    buyer, to = order.customer, order.ship_to
    return {
        "buyer": buyer.name,
        "phone": buyer.phone,
        "email": buyer.email,
        "gstin": order.gstin,
        **{name: getattr(to, name) for name in PLACE},
        "discount": money.to_major(order.discount, currency) if order.discount else "",
        "shipping": money.to_major(order.shipping, currency) if order.shipping else "",
        "reference": order.payment_reference,
        "note": order.note,
    }


def read(
    kind: DraftKind,
    given: Mapping[str, str],
    rows: Sequence[DraftLineRow],
    own: Mapping[str, str],
    location: str,
    currency: str,
) -> Draft:
    """The draft that stands on the page. Raises Malformed with a sentence that names the line.

    own  the articles' own prices as they were put into the boxes, by SKU
    """
    read_lines = tuple(_line(row, given, own, currency) for row in rows)
    worth = sum(
        money.line_total(line.unit_price_micros or _micros(own.get(line.sku, "")), line.quantity, currency)
        - line.discount
        for line in read_lines
    )
    country = given.get("country") or "IN"
    place = {name: given.get(name, "").strip() for name in PLACE} | {"country": country}
    if country == "IN":
        place["state"] = state_name(place["state"])
    order = OrderDraft(
        channel=str(kind),
        customer=CustomerDraft(given.get("buyer", ""), given.get("email", ""), given.get("phone", "")),
        ship_to=AddressDraft(**place),
        gstin=given.get("gstin", ""),
        lines=read_lines,
        discount=discount(given.get("discount", ""), worth, currency),
        shipping=money.to_minor(given.get("shipping", "") or "0", currency or "INR"),
        note=given.get("note", ""),
    )
    pays = given.get("pays", "")
    wanted = Pays(pays) if pays in set(Pays) else Pays.LATER
    return Draft(kind, paying(order, wanted, given.get("reference", "")), location)


def priced(row: DraftLineRow, line: QuoteLine, currency: str) -> DraftLineRow:
    """The row with what it would cost and lack."""
    units = int(row.quantity) if row.quantity.isdecimal() else 0
    lacks = bool(line.problem) or line.available < units
    return replace(
        row,
        name=line.name if line.name != row.sku else row.name,
        price=row.price or (money.micros_to_major(line.unit_price_micros, currency) if not line.problem else ""),
        total=money.show(line.total, currency),
        stock=line.problem or f"{line.available:,} available",
        lacks=lacks,
    )


def bill(quote: Quote) -> list[Fact]:
    """From the lines to the total."""
    rows = (
        ("Lines", quote.subtotal),
        ("Discount", -quote.discount),
        ("Shipping", quote.shipping),
        ("Tax added, in the lines", quote.tax_added),
    )
    shown = [Fact(name, money.show(amount, quote.currency)) for name, amount in rows if amount]
    return [*shown, Fact("Total", money.show(quote.total, quote.currency))]


def _line(row: DraftLineRow, given: Mapping[str, str], own: Mapping[str, str], currency: str) -> LineDraft:
    box = {name: given.get(f"{name}-{row.key}", getattr(row, name)).replace(",", "").strip() for name in BOXES[:3]}
    if not (box["quantity"].isascii() and box["quantity"].isdecimal() and int(box["quantity"])):
        raise Malformed(f"{row.sku}: write the quantity as a whole number.")
    try:
        mine = not box["price"] or box["price"] == own.get(row.sku)
        price = None if mine else money.to_micros(box["price"])
        gross = money.line_total(
            price if price is not None else _micros(own.get(row.sku, "")), int(box["quantity"]), currency
        )
        off = discount(box["discount"], gross, currency)
    except Malformed as error:
        raise Malformed(f"{row.sku}: {error.message}") from None
    wishes = _wishes(given.get(f"personalisation-{row.key}", row.personalisation))
    return LineDraft(row.sku, int(box["quantity"]), price, discount=off, personalisation=wishes)


def _wishes(text: str) -> tuple[tuple[str, str], ...]:
    """“Engraving: For Asha; Gift wrap” as names and texts."""
    parts = [part.partition(":") for part in text.split(";") if part.strip()]
    return tuple((name.strip(), said.strip()) for name, _, said in parts if name.strip())


def _micros(price: str) -> int:
    return money.to_micros(price) if price else 0
