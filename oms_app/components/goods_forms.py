"""The dialog before an act on many articles or products: what the act needs, and why some would be refused."""

from typing import Any

import reflex as rx

from oms_app.components.board_dialogs import refused
from oms_app.components.dialogs import form_dialog
from oms_app.components.forms import choice, field, problem
from oms_app.domain.product_actions import ProductAction
from oms_app.domain.stock_actions import StockAction


def dialog(state: Any, *more: rx.Component) -> rx.Component:
    """Open while the question has a title; closing it leaves all as it is. `more` stands before the reasons."""
    asking = state.asking
    reasons = asking["refused"].to(list[str])
    return form_dialog(
        _fields(asking["form"].to(str), state.choices),
        *more,
        rx.cond(reasons.length() > 0, refused(reasons), rx.fragment()),
        problem(asking["problem"].to(str)),
        title=asking["title"],
        description=asking["lead"],
        open=asking["title"] != "",
        on_open_change=state.never_mind,
        on_submit=state.answer,
        action=asking["action"],
    )


def _fields(form: rx.Var[str], choices: rx.Var[list[tuple[str, str]]]) -> rx.Component:
    place = choice("Location", choices, name="location")
    reason = field("Reason", name="reason", required=True, max_length=200)
    more = field("Units, more or fewer", name="quantity", required=True, hint="12 adds, -3 takes away, of each.")
    return rx.match(
        form,
        (str(StockAction.ADJUST), rx.fragment(place, more, reason)),
        (str(StockAction.SAFETY), rx.fragment(place, _units("Safety stock of each", required=True), reason)),
        (str(StockAction.BLOCK), rx.fragment(place, _units("Blocked units of each", _BLOCKED), reason)),
        (str(StockAction.BUFFER), rx.fragment(choice("Channel", choices, name="channel"), _units("Units", _BUFFER))),
        (str(StockAction.TRANSFER), rx.fragment(_from_to(choices), _units("Units of each", _FREE))),
        (str(StockAction.COUNT), place),
        (str(ProductAction.TAX), _tax()),
        (str(ProductAction.HSN), field("HSN code", name="hsn", max_length=8, input_mode="numeric")),
        (str(ProductAction.ATTRIBUTE), _attribute()),
        (str(ProductAction.LIST), choice("Channel", choices, name="channel", hint=_DRAFT)),
        rx.fragment(),
    )


_BLOCKED = "0 makes all of them sellable again; empty blocks every unit that is free."
_BUFFER = "The channel is told so many fewer; empty: as many as of every article."
_FREE = "Empty: all that is free."
_DRAFT = "Made there within seconds, as a draft where the channel has drafts: add pictures and publish it there."


def _units(label: str, hint: str = "", **props: Any) -> rx.Component:
    return field(label, name="units", hint=hint, input_mode="numeric", max_length=9, **props)


def _from_to(choices: rx.Var[list[tuple[str, str]]]) -> rx.Component:
    return rx.fragment(choice("From", choices, name="location"), choice("To", choices, name="to"))


def _tax() -> rx.Component:
    return rx.fragment(
        field("GST rate in %", name="rate", required=True, input_mode="decimal", max_length=7),
        field("From which day on", name="valid_from", type="date", required=True),
    )


def _attribute() -> rx.Component:
    return rx.fragment(
        field("Attribute", name="name", required=True, max_length=60, hint="Category, Season, Material …"),
        field("Text", name="value", max_length=500, hint="Empty takes the attribute away."),
    )
