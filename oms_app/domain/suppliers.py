"""Suppliers: who goods are bought from, and their terms for each product."""

from dataclasses import dataclass, replace

from oms_app.domain import money
from oms_app.domain.accounts import normal_email
from oms_app.domain.company import read_gstin
from oms_app.domain.contact import e164
from oms_app.domain.errors import Malformed

MOST_DAYS = 730
MOST_UNITS = 1_000_000
MOST_LISTED = 2_000
_LONGEST = {"name": 120, "contact": 120, "payment_terms": 200, "address": 500}


@dataclass(frozen=True, slots=True)
class Supplier:
    """Somebody who sells to us. `address` has a line for each line of the label; `products` they sell us."""

    name: str
    contact: str = ""
    email: str = ""
    phone: str = ""
    gstin: str = ""
    address: str = ""
    currency: str = "INR"
    payment_terms: str = ""
    lead_time_days: int = 7
    active: bool = True
    id: int = 0
    products: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a supplier sells a product: cost of a unit, units in a pack, fewest units of an order.

    lead_time_days  None: the supplier's        preferred  reorders go to this supplier
    """

    sku: str
    cost_micros: int
    supplier_sku: str = ""
    pack_size: int = 1
    moq: int = 1
    lead_time_days: int | None = None
    preferred: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A product's terms at one supplier; days are its lead time there."""

    supplier_id: int
    supplier: str
    currency: str
    cost_micros: int
    pack_size: int
    moq: int
    days: int
    preferred: bool


def check_supplier(given: Supplier) -> Supplier:
    """The supplier in written form. Raises Malformed."""
    if not given.name.strip():
        raise Malformed("A supplier needs a name.", details={"field": "name"})
    for field, most in _LONGEST.items():
        if len(getattr(given, field)) > most:
            raise Malformed(f"“{field.replace('_', ' ')}” has at most {most} characters.", details={"field": field})
    currency = given.currency.strip().upper()
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise Malformed("A currency has three letters, like INR.", details={"field": "currency"})
    _check_days(given.lead_time_days)
    return replace(
        given,
        name=given.name.strip(),
        contact=given.contact.strip(),
        email=normal_email(given.email) if given.email.strip() else "",
        phone=e164(given.phone)[:40],
        gstin=read_gstin(given.gstin).gstin if given.gstin.strip() else "",
        address="\n".join(line.strip() for line in given.address.splitlines() if line.strip()),
        currency=currency,
        payment_terms=given.payment_terms.strip(),
    )


def check_terms(given: Terms) -> Terms:
    """The terms, where somebody can sell on them. Raises Malformed."""
    if not 0 <= given.cost_micros < 10**16:
        raise Malformed(f"{given.sku}: the cost of a unit is an amount, 0 or more.", details={"field": "cost"})
    for field in ("pack_size", "moq"):
        if not 1 <= getattr(given, field) <= MOST_UNITS:
            raise Malformed(f"{given.sku}: {_WORDS[field]} is 1 to {MOST_UNITS:,} units.", details={"field": field})
    if given.lead_time_days is not None:
        _check_days(given.lead_time_days)
    return replace(given, supplier_sku=given.supplier_sku.strip()[:80])


_WORDS = {"pack_size": "a pack", "moq": "the smallest order"}


def read_price_list(text: str) -> list[Terms]:
    """A price list as people paste it from a sheet: our SKU, cost, their SKU, units in a pack, smallest order, days.

    Tabs, semicolons or commas between; what is left out at the end is 1 unit and the supplier's days. Raises Malformed.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        between = next((mark for mark in "\t;" if mark in line), ",")
        cells = [cell.strip() for cell in line.split(between)] + [""] * 6
        sku, cost, theirs, pack, moq, days = cells[:6]
        if not sku or not cost or not all(word.isdecimal() for word in (pack, moq, days) if word):
            raise Malformed(f"Line {number}: write SKU, cost, their SKU, units in a pack, smallest order, days.")
        lead = int(days) if days else None
        terms = Terms(sku, money.to_micros(cost), theirs, int(pack or 1), int(moq or 1), lead)
        found.append(check_terms(terms))
    if not 0 < len(found) <= MOST_LISTED:
        raise Malformed(f"A price list has 1 to {MOST_LISTED:,} lines.")
    return found


def _check_days(days: int) -> None:
    if not 0 <= days <= MOST_DAYS:
        raise Malformed(f"A lead time is 0 to {MOST_DAYS} days.", details={"field": "lead_time_days"})
