"""Settings, Channels and locations."""

import reflex as rx

from oms_app.components import links
from oms_app.components.badges import demo_badge
from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import loaded
from oms_app.components.forms import field, problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import settings, shell
from oms_app.state.places import PlacesState
from oms_app.state.shell import ShellState


@shell.page(
    "/settings/places",
    "Channels and locations",
    on_load=[PlacesState.load_channels, PlacesState.load_locations, PlacesState.close_dialog(False)],
)
def page() -> rx.Component:
    """Both lists; an admin adds to them."""
    return settings.section(
        "/settings/places",
        loaded(PlacesState.ready, rx.el.div(_channels(), _locations(), class_name="stack")),
        _channel_dialog(),
        _location_dialog(),
    )


def _add(words: str, name: str) -> rx.Component:
    may = ShellState.may.contains(str(Permission.MANAGE_SETTINGS))
    return rx.cond(may, small(words, PlacesState.open_dialog(name)), rx.fragment())


def _channels() -> rx.Component:
    heads = ("Name", "Title", "Kind", "Currency")
    return panel(
        "Channels",
        table("Channels", heads, rx.foreach(PlacesState.channels, _channel)),
        actions=_add("Add a channel", "channel"),
    )


def _channel(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.el.div(
                rx.link(row.name, href=links.orders("channel", row.name)),
                rx.cond(row.demo, demo_badge(), rx.fragment()),
                class_name="row",
            ),
            scope="row",
            class_name="article",
        ),
        rx.el.td(row.title),
        rx.el.td(row.kind),
        rx.el.td(row.currency),
    )


def _locations() -> rx.Component:
    heads = ("Code", "Name", "City", "State", "PIN")
    return panel(
        "Locations",
        table("Locations", heads, rx.foreach(PlacesState.locations, _location)),
        actions=_add("Add a location", "location"),
    )


def _location(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.code, scope="row", class_name="article"),
        rx.el.td(row.name),
        rx.el.td(row.city),
        rx.el.td(row.state),
        rx.el.td(row.postal_code),
    )


def _channel_dialog() -> rx.Component:
    return form_dialog(
        field("Name", name="name", required=True, max_length=40, hint="What searches say: channel:shop."),
        field("Title", name="title", required=True, max_length=80),
        field("Currency", name="currency", max_length=3, hint="Three letters; the shop's own when left empty."),
        problem(PlacesState.problem),
        title="Add a channel",
        description="Orders are entered or imported for it. Connected shops follow with their adapters.",
        open=PlacesState.dialog == "channel",
        on_open_change=PlacesState.close_dialog,
        on_submit=PlacesState.add_channel,
        action="Add",
    )


def _location_dialog() -> rx.Component:
    return form_dialog(
        field("Code", name="code", required=True, max_length=20, hint="Short, as written on labels: BLR1."),
        field("Name", name="name", required=True, max_length=80),
        field("City", name="city", max_length=80),
        field("State", name="state", max_length=80),
        field("PIN", name="postal_code", max_length=10, input_mode="numeric"),
        problem(PlacesState.problem),
        title="Add a location",
        description="A place that holds stock.",
        open=PlacesState.dialog == "location",
        on_open_change=PlacesState.close_dialog,
        on_submit=PlacesState.add_location,
        action="Add",
    )
