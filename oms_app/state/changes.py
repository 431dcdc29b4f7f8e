"""Changing an order in the browser: typed into boxes, previewed with all it brings about, committed."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import reflex as rx

from oms_app.domain import money
from oms_app.domain.changes import ChangeView, Edit, LineDifference, LineEdit, RefundDraft, Sums
from oms_app.domain.errors import Conflict, Malformed, NotFound, OmsError
from oms_app.domain.orders import AddressDraft, AddressView, OrderView
from oms_app.services import catalogue, changes, orders, promises
from oms_app.state import order_lines_editor as editor
from oms_app.state.order_lines_editor import EditorLine
from oms_app.state.session import SessionState, notice, typed

ADDRESS = ("name", "phone", "line1", "line2", "city", "state", "postal_code")


@dataclass(frozen=True, slots=True)
class Row:
    """A word of the preview on both sides of the change."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change brings about, written out; nothing while `bill` is empty."""

    bill: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    stock: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refund_due: str = ""
    balance_due: str = ""


class OrderChangeState(SessionState, rx.State):
    """The order as it was when the page opened, and the change as it was last previewed."""

    shown: str = ""
    version: int = 0
    currency: str = ""
    rows: list[EditorLine] = []
    discount: str = ""
    shipping: str = ""
    service: str = ""
    services: list[tuple[str, str]] = []
    address: dict[str, str] = {}
    preview: Preview = Preview()
    ready: bool = False
    failure: str = ""
    problem: str = ""
    adding: str = ""
    _order: OrderView | None = None
    _edit: Edit = Edit()

    @rx.event
    async def arrive(self):
        """Read the order that the address names into the boxes."""
        self.ready, self.failure, self.problem, self.adding, self.preview = False, "", "", "", Preview()
        self.rows = []
        yield
        try:
            order = await self.call(orders.get, str(self.order_number), history=False)
        except NotFound as error:
            self.failure, self.ready = error.message, True
            return
        self._order = order
        self.shown, self.version, self.currency = order.number, order.version, order.currency
        self.rows = [_row(order, index) for index, line in enumerate(order.lines) if line.quantity > line.cancelled]
        self.discount, self.shipping = (
            money.to_major(order.discount, order.currency),
            money.to_major(order.shipping, order.currency),
        )
        self.service = order.service
        self.address = {name: getattr(order.ship_to, name, "") for name in ADDRESS}
        self.ready = True

    @rx.event
    async def load_services(self):
        """Read what services the shop has."""
        its = (await self.call(promises.read)).promises
        self.services = [(each.name, each.title) for each in its.services]

    @rx.event
    async def toggle(self, key: str):
        """Take a line off, or keep it after all."""
        kept = [row for row in self.rows if row.key != key or not key.startswith("new")]
        self.rows = editor.toggled(kept, str(key))

    @rx.event
    async def add(self, form: dict[str, Any]):
        """Put an article below the lines, at its own price."""
        sku = typed(form, "sku")
        try:
            found = await self.call(catalogue.product, sku)
        except NotFound as error:
            self.adding = error.message
            return
        price = money.micros_to_major(found.price_micros, found.currency) if found.currency == self.currency else ""
        self.adding = ""
        key = f"new{len(self.rows)}-{self.version}"
        self.rows = [*self.rows, EditorLine(key, found.sku, found.name, "1", price)]

    @rx.event
    async def look(self, form: dict[str, Any]):
        """Preview what is typed."""
        self.problem = ""
        try:
            self._edit = self._typed(form)
            found = await self.call(changes.preview, self.shown, self._edit, version=self.version)
        except Conflict as error:
            return self._overtaken(error)
        except OmsError as error:
            self.problem = error.message
            return None
        self.preview = written(found)
        return rx.set_focus("commit-change")

    @rx.event
    async def go_on(self):
        """Type on: the preview goes."""
        self.preview = Preview()

    @rx.event(temporal=True)
    async def commit(self, form: dict[str, Any]):
        """Make the change that was previewed."""
        method = typed(form, "refund")
        refund = RefundDraft(method, reference=typed(form, "reference")[:100]) if method else None
        reason = typed(form, "reason")[:200]
        try:
            done = await self.call(
                changes.apply, self.shown, self._edit, version=self.version, reason=reason, refund=refund
            )
        except Conflict as error:
            return self._overtaken(error)
        except OmsError as error:
            self.problem = error.message
            return None
        self.preview = Preview()
        return [
            rx.redirect(f"/orders/{quote(done.order, safe='')}"),
            notice(f"Order {done.order} is changed (change {done.number})."),
        ]

    def _overtaken(self, error: Conflict) -> Any:
        """Somebody was first: say who, and show the order as it is now."""
        return [notice(error.message, "warning"), OrderChangeState.arrive]

    def _typed(self, form: dict[str, Any]) -> Edit:
        order = self._order
        if order is None:
            raise Malformed("Open the order again.")
        lines = []
        for line in editor.read(self.rows, form, order.currency):
            new = line.key.startswith("new")
            if line.quantity or not new:
                given = LineEdit(None, line.sku) if new else LineEdit(int(line.key), line.sku)
                lines.append(_line(given, line, order))
        discount, shipping = (
            money.to_minor(typed(form, name).replace(",", "") or "0", order.currency)
            for name in ("discount", "shipping")
        )
        return Edit(
            lines=tuple(line for line in lines if line is not None),
            discount=None if discount == order.discount else discount,
            shipping=None if shipping == order.shipping else shipping,
            ship_to=_address(order.ship_to, form),
            service=chosen if (chosen := typed(form, "service")) not in ("", order.service) else None,
        )


def _amount(form: dict[str, Any], name: str, currency: str) -> int:
    return money.to_minor(typed(form, name).replace(",", "") or "0", currency)


def _row(order: OrderView, index: int) -> EditorLine:
    line = order.lines[index]
    return EditorLine(
        key=str(line.id),
        sku=line.sku,
        name=line.name,
        quantity=str(line.quantity - line.cancelled),
        price=money.micros_to_major(line.unit_price_micros, order.currency),
        discount=money.to_major(line.discount, order.currency) if line.discount else "",
    )


def _line(edit: LineEdit, given: editor.TypedLine, order: OrderView) -> LineEdit | None:
    """What differs on a line from the order as it is; None where nothing does."""
    if edit.line_id is None:
        return LineEdit(None, given.sku, given.quantity, given.unit_price_micros, given.discount)
    line = next(each for each in order.lines if each.id == edit.line_id)
    quantity = given.quantity if given.quantity != line.quantity - line.cancelled else None
    price = given.unit_price_micros if given.unit_price_micros != line.unit_price_micros else None
    discount = (given.discount or 0) if given.quantity and (given.discount or 0) != line.discount else None
    if quantity is price is discount is None:
        return None
    return LineEdit(line.id, line.sku, quantity, price, discount)


def _address(now: AddressView | None, form: dict[str, Any]) -> AddressDraft | None:
    """The address as typed; None where it is what it was, or was not shown."""
    given = {name: typed(form, name)[:200] for name in ADDRESS}
    if not given["line1"] or given == {name: getattr(now, name, "") for name in ADDRESS}:
        return None
    return AddressDraft(**given, country=now.country if now else "IN")


def written(found: ChangeView) -> Preview:
    """What a change brings about, as people read it."""
    return Preview(
        bill=_bill(found.before, found.after, found.currency),
        lines=[Row(line.sku, *_line_texts(line, found.currency)) for line in found.lines],
        stock=[_stock(each.sku, each.location, each.units) for each in found.stock],
        notes=[*found.effects, *found.documents],
        refund_due=money.show(found.refund_due, found.currency) if found.refund_due else "",
        balance_due=money.show(found.balance_due, found.currency) if found.balance_due else "",
    )


def _bill(before: Sums, after: Sums, currency: str) -> list[Row]:
    names = (
        ("Lines", "subtotal"),
        ("Discount", "discount"),
        ("Shipping", "shipping"),
        ("Total", "total"),
        ("Tax in it", "tax"),
        ("Paid", "captured"),
        ("Refunded", "refunded"),
    )
    return [
        Row(words, money.show(getattr(before, name), currency), money.show(getattr(after, name), currency))
        for words, name in names
        if name == "total" or getattr(before, name) or getattr(after, name)
    ]


def _line_texts(line: LineDifference, currency: str) -> tuple[str, str]:
    def side(place: int) -> str:
        units = line.units[place]
        if not units:
            return "not on the order"
        price = money.micros_to_major(line.unit_price_micros[place], currency)
        return f"{units} × {price} = {money.show(line.total[place], currency)}"

    return side(0), side(1)


def _stock(sku: str, location: str, units: int) -> str:
    if not location:
        more = "more" if units > 0 else "fewer"
        return f"{sku}: {abs(units)} {more} {'waits' if abs(units) == 1 else 'wait'} for stock"
    return f"{sku}: {abs(units)} {'reserved' if units > 0 else 'free again'} at {location}"
