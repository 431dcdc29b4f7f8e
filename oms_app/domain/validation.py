"""What every arriving order is checked for: each check has a name, says what is wrong, and what to do about it.

A check is a pure function of the order and the shop's rules. What it finds holds the order (services/validation.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from oms_app.domain import addresses, contact
from oms_app.domain.addresses import PostalAddress
from oms_app.domain.errors import Malformed
from oms_app.domain.holds import HoldKind

MOST = 10**12
HOME = "IN"


class Check(StrEnum):
    """The name of a check."""

    CONTENTS = "contents"
    SKU = "sku"
    CUSTOMER = "customer"
    ADDRESS = "address"
    PIN = "pin"
    PHONE = "phone"
    PAYMENT = "payment"
    COD = "cod"
    FRAUD = "fraud"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Rules:
    """The shop's choices. Amounts in minor units of the shop's currency; 0 switches a limit off.

    off                checks that are switched off
    most_units         units of one line that nobody means
    cod_above          cash on delivery above this waits for a confirmation
    duplicate_minutes  the same customer with the same lines within these is one order sent twice
    hold_from          fraud points from which an order is reviewed; the pairs after it are (limit, points)
    risky_pins         beginnings of PINs from which parcels came back
    """

    off: tuple[str, ...] = ()
    most_units: int = 500
    cod_above: int = 500_000
    duplicate_minutes: int = 10
    hold_from: int = 60
    velocity_orders: int = 10
    velocity_points: int = 30
    value_above: int = 2_500_000
    value_points: int = 30
    refused_cod: int = 3
    refused_points: int = 40
    risky_pins: tuple[str, ...] = ()
    risky_points: int = 30


@dataclass(frozen=True, slots=True)
class Line:
    """An article as it arrived. `known`: one of our products; `goods`: something to send."""

    sku: str
    quantity: int
    known: bool
    goods: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What this customer did before: orders of the last 24 hours, refused COD parcels, the number of a like order."""

    lately: int = 0
    refused: int = 0
    alike: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An order as the checks see it.

    total  minor units; None where the order is in another currency than the rules      captured  minor units, any
    """

    lines: Sequence[Line]
    ship_to: PostalAddress
    phone: str
    email: str
    total: int | None
    owed: int
    captured: int
    cod: bool
    past: Past = Past()


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that failed: the kind of hold it opens, what is wrong, what to do."""

    check: Check
    kind: HoldKind
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class _Rule:
    title: str
    asks: str
    kind: HoldKind
    fix: str
    look: Callable[[Arrival, Rules], str]


def findings(arrival: Arrival, rules: Rules, only: Sequence[Check] = tuple(Check)) -> tuple[Finding, ...]:
    """Every check that fails, in the order of the table; `only` these are made."""
    found = []
    for check in only:
        rule = CHECKS[check]
        if check not in rules.off and (message := rule.look(arrival, rules)):
            found.append(Finding(check, rule.kind, message, rule.fix))
    return tuple(found)


def fraud_points(arrival: Arrival, rules: Rules) -> tuple[tuple[str, int], ...]:
    """What speaks against an order: (sentence, points)."""
    past, pin = arrival.past, arrival.ship_to.postal_code
    told = (
        (
            rules.velocity_orders and past.lately >= rules.velocity_orders,
            f"{past.lately} earlier orders in 24 hours",
            rules.velocity_points,
        ),
        (
            rules.value_above and arrival.total is not None and arrival.total > rules.value_above,
            "an unusually high value",
            rules.value_points,
        ),
        (
            rules.refused_cod and arrival.cod and past.refused >= rules.refused_cod,
            f"{past.refused} COD orders cancelled or refused before",
            rules.refused_points,
        ),
        (any(pin.startswith(each) for each in rules.risky_pins), f"PIN {pin} is on the list", rules.risky_points),
    )
    return tuple((sentence, points) for true, sentence, points in told if true and points)


def _contents(arrival: Arrival, rules: Rules) -> str:
    many = [line for line in arrival.lines if rules.most_units and line.quantity > rules.most_units]
    if many:
        return f"{many[0].quantity:,} units of {many[0].sku}: more than {rules.most_units:,}."
    if not any(line.goods or not line.known for line in arrival.lines):
        return "The order holds charges only: there is nothing to send."
    return ""


def _sku(arrival: Arrival, rules: Rules) -> str:
    unknown = list(dict.fromkeys(line.sku for line in arrival.lines if not line.known))
    return f"No product is known as {', '.join(unknown[:5])}{' …' if len(unknown) > 5 else ''}." if unknown else ""


def _customer(arrival: Arrival, rules: Rules) -> str:
    return "" if arrival.phone or arrival.email else "Neither phone nor e-mail: nobody can be reached."


def _address(arrival: Arrival, rules: Rules) -> str:
    return addresses.format_problem(arrival.ship_to)


def _pin(arrival: Arrival, rules: Rules) -> str:
    return addresses.pin_problem(arrival.ship_to)


def _phone(arrival: Arrival, rules: Rules) -> str:
    # A buyer who sends a gift abroad writes their own number as at home.
    if not arrival.phone or any(contact.is_phone(arrival.phone, each) for each in (arrival.ship_to.country, HOME)):
        return ""
    return f"“{arrival.phone}” is no phone number."


def _payment(arrival: Arrival, rules: Rules) -> str:
    return "Prepaid, and nothing is paid yet." if arrival.owed and not arrival.cod and not arrival.captured else ""


def _cod(arrival: Arrival, rules: Rules) -> str:
    above = rules.cod_above and arrival.total is not None and arrival.total > rules.cod_above
    return "Cash on delivery above the limit: not confirmed yet." if arrival.cod and above else ""


def _fraud(arrival: Arrival, rules: Rules) -> str:
    told = fraud_points(arrival, rules)
    score = sum(points for _, points in told)
    if not told or score < rules.hold_from:
        return ""
    return f"Score {score} (from {rules.hold_from}): {', '.join(f'{what} +{points}' for what, points in told)}."


def _duplicate(arrival: Arrival, rules: Rules) -> str:
    if not arrival.past.alike:
        return ""
    return f"The same customer ordered the same as {arrival.past.alike} within {rules.duplicate_minutes} minutes."


C, K = Check, HoldKind
CHECKS: Mapping[Check, _Rule] = {
    C.CONTENTS: _Rule(
        "Contents", "Something to send, in quantities somebody means", K.MANUAL, "Ask the customer.", _contents
    ),
    C.SKU: _Rule("SKU", "Every line is a product of ours", K.SKU, "Say which product it is, or add it.", _sku),
    C.CUSTOMER: _Rule("Customer", "A phone number or an e-mail address", K.ADDRESS, "Write a phone number.", _customer),
    C.ADDRESS: _Rule("Address", "What the format of its country asks for", K.ADDRESS, "Correct the address.", _address),
    C.PIN: _Rule(
        "PIN and State", "The PIN lies in the State (India)", K.ADDRESS, "Correct the PIN or the State.", _pin
    ),
    C.PHONE: _Rule("Phone", "A number that can exist, as +91…", K.ADDRESS, "Correct the phone number.", _phone),
    C.PAYMENT: _Rule(
        "Payment", "A prepaid order brought money", K.PAYMENT, "Record the payment: the hold goes by itself.", _payment
    ),
    C.COD: _Rule(
        "COD confirmation", "Cash on delivery above the limit is confirmed", K.COD, "Call the customer, confirm.", _cod
    ),
    C.FRAUD: _Rule(
        "Fraud score",
        "Points by the rules below stay under the limit",
        K.FRAUD,
        "Look at it, release or cancel.",
        _fraud,
    ),
    C.DUPLICATE: _Rule(
        "Duplicate", "Not the order that came minutes ago", K.DUPLICATE, "Ask; cancel one, or release both.", _duplicate
    ),
}
"""Every check with the hold it opens."""

OF_ADDRESS = (C.CUSTOMER, C.ADDRESS, C.PIN, C.PHONE)
"""Checks that a corrected address and phone number answer."""


def read_rules(kept: Mapping[str, Any] | None) -> Rules:
    """The rules as they were kept; what is missing is as it came."""
    names = {field.name for field in fields(Rules)}
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in (kept or {}).items()
    }
    return replace(Rules(), **{name: value for name, value in given.items() if name in names})


def write_rules(rules: Rules) -> dict[str, Any]:
    """The rules as JSON. Raises Malformed for numbers or PINs that cannot be meant."""
    for field in fields(Rules):
        value = getattr(rules, field.name)
        if isinstance(value, int) and not 0 <= value <= MOST:
            raise Malformed(f"{field.name.replace('_', ' ').capitalize()}: a whole number from 0.")
    if wrong := [pin for pin in rules.risky_pins if not (pin.isascii() and pin.isalnum() and len(pin) <= 10)]:
        raise Malformed(f"“{wrong[0]}” is not the beginning of a PIN.")
    if unknown := set(rules.off) - set(Check):
        raise Malformed(f"There is no check “{sorted(unknown)[0]}”.")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rules).items()}
