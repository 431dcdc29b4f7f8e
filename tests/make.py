"""Builders: what a test needs in one line, through the services, with values it may rely on."""

import itertools
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from oms_app.db.engine import transaction
from oms_app.db.queries import company as settings
from oms_app.domain import validation
from oms_app.domain.lifecycle import FLOW, MoveDetails, Stage
from oms_app.domain.orders import AddressDraft, CustomerDraft, LineDraft, OrderDraft, OrderView
from oms_app.domain.permissions import Actor, Permission, Role, system
from oms_app.domain.purchasing import PurchaseView, Wanted
from oms_app.domain.suppliers import Supplier, Terms
from oms_app.domain.validation import Rules
from oms_app.services import (
    catalogue,
    identity,
    moves,
    placement,
    purchase_sending,
    purchasing,
    setup,
    stock,
    suppliers,
    tokens,
)
from oms_app.settings import get_settings

ADMIN = system("tests", "test")
PRICE = 499_500_000
"""Micros of one unit of `product()`: ₹499.50."""

_numbers = itertools.count(1)


def shop() -> None:
    """The rows every shop has: channel `manual`, location MAIN. Orders need it."""
    placement.forget_numbers()
    setup.prepare()
    trust()


def trust() -> None:
    """Switch every check of arriving orders off: tests place like orders on purpose, and most are never paid."""
    with transaction() as tx:
        settings.set_setting(tx, "validation", validation.write_rules(Rules(off=tuple(validation.Check))))


def actor(role: Role | str = Role.ADMIN, *, location_id: int | None = None, granted: tuple[str, ...] = ()) -> Actor:
    """Somebody with a role, who acts through a browser."""
    return Actor(
        name=f"{role}@shop.example",
        role=Role(role),
        location_id=location_id,
        granted=frozenset(Permission(each) for each in granted),
    )


def today() -> date:
    """The shop's own day, which is not that of UTC for some hours of each."""
    return datetime.now(ZoneInfo(get_settings().timezone)).date()


def product(sku: str = "", *, on_hand: int = 0, location: str = "MAIN", **values: Any) -> str:
    """A product with units on the shelf; returns its SKU."""
    sku = sku or f"SKU-{next(_numbers)}"
    given = {"name": f"Article {sku}", "price_micros": PRICE, "currency": "INR"} | values
    catalogue.add_product(ADMIN, sku=sku, **given)
    if on_hand:
        stock.adjust(ADMIN, sku, location, on_hand, reason="opening stock")
    return sku


def line(sku: str, quantity: int = 1, **values: Any) -> LineDraft:
    """An order line at the product's own price."""
    return LineDraft(sku=sku, quantity=quantity, **values)


def draft(*wanted: LineDraft, lines: int = 1, **values: Any) -> OrderDraft:
    """An order as it arrives: Asha Rao of Pune, `lines` new articles at ₹499.50, or the lines given."""
    given: dict[str, Any] = {
        "channel": "manual",
        "customer": CustomerDraft("Asha Rao", email="asha@customer.example", phone="98765 43210"),
        "ship_to": AddressDraft(line1="12 MG Road", city="Pune", state="Maharashtra", postal_code="411001"),
        "lines": wanted or tuple(line(product(on_hand=10)) for _ in range(lines)),
    }
    return OrderDraft(**given | values)


def order(*wanted: LineDraft, lines: int = 1, stage: Stage = Stage.PLACED, **values: Any) -> OrderView:
    """A placed order, walked along the flow to `stage`."""
    placed = placement.place(ADMIN, draft(*wanted, lines=lines, **values))
    for target in FLOW[1 : FLOW.index(stage) + 1]:
        placed = move(placed, target)
    return placed


def purchase_order(sku: str, units: int = 24, *, sent: bool = True, name: str = "", **terms: Any) -> PurchaseView:
    """A purchase order for MAIN of one article at ₹310.50, from a supplier who sells it on these terms."""
    wanted = Supplier(name or f"Supplier {next(_numbers)}", email="sales@weavers.example")
    supplier = suppliers.add(ADMIN, wanted)
    suppliers.set_terms(ADMIN, supplier.id, [Terms(sku, 310_500_000, **terms)])
    made = purchasing.draft(ADMIN, supplier.id, "MAIN", [Wanted(sku, units)])
    return purchase_sending.hand_over(ADMIN, made.row.number, version=1) if sent else made


def move(order: OrderView, to: Stage, **details: Any) -> OrderView:
    """Send an order on, with every answer a dialog would ask for."""
    answers = {"reason": "tried in a test", "weight_g": 500, "courier": "Delhivery", "awb": "AWB1"} | details
    return moves.move(ADMIN, order.number, to, version=order.version, details=MoveDetails(**answers))


@dataclass(frozen=True, slots=True)
class Token:
    """A program's token: its id in the database, and what it sends."""

    id: int
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """The header a program sends."""
        return {"Authorization": f"Bearer {self.secret}"}


def token(role: Role | str = Role.ADMIN) -> Token:
    """A bearer token that acts with this role."""
    secret = tokens.create(ADMIN, role=str(role), name=f"{role} program")
    return Token(identity.program(secret).token_id, secret)
