"""Settings, Allocation: which location keeps the units of an order, and what becomes of units that are missing."""

import reflex as rx

from oms_app.components.empty import loaded
from oms_app.components.forms import area, choice, problem
from oms_app.components.order import panel
from oms_app.components.settings import table
from oms_app.domain.permissions import Permission
from oms_app.domain.routing import Missing, Ships, Wish
from oms_app.pages import settings, shell
from oms_app.state.routing import RoutingState

S = RoutingState
WISHES = [
    (str(Wish.FEWEST_PARCELS), "Fewest parcels"),
    (str(Wish.PRIORITY), "Priority of the location"),
    (str(Wish.NEAREST), "Nearest to the customer's PIN"),
    (str(Wish.MOST_STOCK), "Most stock"),
]
SHIPS = [(str(Ships.SPLIT), "From several locations if need be"), (str(Ships.COMPLETE), "From one location, or wait")]
MISSING = [
    (str(Missing.OPEN), "Somebody decides"),
    (str(Missing.BACKORDER), "Waits as a backorder"),
    (str(Missing.PREORDER), "Waits as a preorder"),
]
AS_EVERYWHERE = ("", "As everywhere")


@shell.page("/settings/routing", "Allocation", needs=Permission.MANAGE_SETTINGS, on_load=RoutingState.load)
def page() -> rx.Component:
    """One form; it holds for orders that arrive from now on."""
    return settings.section("/settings/routing", loaded(S.ready, _form()))


def _form() -> rx.Component:
    return rx.el.form(
        problem(S.problem),
        panel("Which location", _wishes(), _places()),
        panel("Whole orders and missing units", _general(), _channels(), _products()),
        rx.el.div(rx.button("Save", type="submit")),
        on_submit=S.save,
        class_name="form",
    )


def _wishes() -> rx.Component:
    places = ("First comes", "then", "then ", "at last")
    return rx.fragment(
        rx.text(
            "The first wish decides; each next one breaks its ties. The order page says which did.", class_name="hint"
        ),
        rx.el.div(
            *(
                choice(place, WISHES, name=f"wish-{index}", default_value=S.wishes[index])
                for index, place in enumerate(places)
            ),
            class_name="fields",
            key=S.wishes.join(),
        ),
    )


def _places() -> rx.Component:
    return table("Locations", ("Location", "PIN", "Priority"), rx.foreach(S.places, _place))


def _place(row: rx.Var) -> rx.Component:
    rank = rx.input(
        name=f"rank-{row.code}",
        default_value=row.rank.to_string(),
        input_mode="numeric",
        max_length=4,
        aria_label=f"Priority of {row.code}",
        width="5rem",
    )
    return rx.el.tr(
        rx.el.th(row.code, rx.el.div(row.name, class_name="hint"), scope="row", class_name="article"),
        rx.el.td(rx.cond(row.postal_code != "", row.postal_code, "none: it is never the nearest")),
        rx.el.td(rank),
        key=row.code,
    )


def _general() -> rx.Component:
    return rx.el.div(
        choice("An order ships", SHIPS, name="ships", default_value=S.ships),
        choice("What is missing", MISSING, name="missing", default_value=S.missing),
        class_name="fields",
    )


def _channels() -> rx.Component:
    return table(
        "Channels", ("Channel", "Its orders ship", "What is missing", "Buffer"), rx.foreach(S.channels, _channel)
    )


def _channel(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.title, scope="row", class_name="article"),
        rx.el.td(_own(f"ships-{row.name}", SHIPS, row.ships, f"How orders of {row.title} ship")),
        rx.el.td(_own(f"missing-{row.name}", MISSING, row.missing, f"What is missing on {row.title}")),
        rx.el.td(
            rx.input(
                name=f"buffer-{row.name}",
                default_value=row.buffer,
                input_mode="numeric",
                max_length=7,
                aria_label=f"Units of every article that {row.title} is not told of",
                width="5rem",
            )
        ),
        key=row.name,
    )


def _own(name: rx.Var[str], options: list[tuple[str, str]], value: rx.Var[str], label: rx.Var[str]) -> rx.Component:
    rows = (rx.el.option(text, value=word) for word, text in (AS_EVERYWHERE, *options))
    return rx.el.select(*rows, name=name, default_value=value, aria_label=label, class_name="select")


def _products() -> rx.Component:
    return rx.el.div(
        area(
            "Articles on backorder", name="skus-backorder", hint="SKUs, one a line.", default_value=S.skus["backorder"]
        ),
        area("Articles on preorder", name="skus-preorder", hint="SKUs, one a line.", default_value=S.skus["preorder"]),
        class_name="fields",
    )
