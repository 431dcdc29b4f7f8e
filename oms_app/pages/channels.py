"""Channels: a card for each connected one, and the dialogs that connect, change and load them."""

import reflex as rx

from oms_app.components.badges import severity_badge
from oms_app.components.dialogs import form_dialog
from oms_app.components.empty import empty, loaded, skeleton
from oms_app.components.forms import field, problem
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.channels import ChannelsState as S
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.MANAGE_CHANNELS))
_OWN = "What scripts and searches say. The kind's own name is taken by a channel that is connected already."
_SEVERITY = (("fine", "ok"), ("paused", "info"), ("resting", "breached"), ("attention", "due"))


@shell.page("/channels", "Channels", needs=Permission.SEE_CHANNELS, on_load=S.load)
def channels() -> rx.Component:
    """The cards and their dialogs."""
    return rx.el.div(
        shell.heading(
            "Channels",
            rx.link("Stock on channels", href="/channels/stock"),
            rx.cond(MAY, _connect_menu(), rx.fragment()),
        ),
        loaded(S.ready, _cards(), skeleton(3, "10rem")),
        _form(),
        _load_form(),
        on_unmount=S.depart,
    )


def _connect_menu() -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(
            rx.button("Connect a channel", rx.icon("chevron_down", size=14), variant="soft", high_contrast=True)
        ),
        rx.menu.content(rx.foreach(S.kinds, _kind)),
        modal=False,
    )


def _kind(kind: rx.Var) -> rx.Component:
    return rx.menu.item(kind.title, on_select=S.open_connect(kind.name))


def _cards() -> rx.Component:
    return rx.cond(
        S.cards.length() > 0,
        rx.el.ul(rx.foreach(S.cards, _card), class_name="channel-cards"),
        empty(
            "No channel is connected.",
            "Connect one, and what is sold there comes in by itself. Orders come from files and by hand without it.",
            "Without an account, oms sandbox shopify opens a shop on this machine to try it with.",
            icon="plug",
        ),
    )


def _card(card: rx.Var) -> rx.Component:
    last = rx.cond(
        card.last_number != "",
        rx.link(card.last, ", ", card.last_number, href="/orders/" + card.last_number),
        rx.el.span(card.last),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.h2(card.title),
            severity_badge(rx.match(card.health, *_SEVERITY, "info"), card.word),
            class_name="panel-head",
        ),
        rx.el.p(card.kind, " · ", last, class_name="hint"),
        rx.el.ul(rx.foreach(card.facts, rx.el.li), class_name="channel-facts"),
        rx.cond(card.load != "", _loading(card), rx.fragment()),
        rx.cond(card.problem != "", _problem(card), rx.fragment()),
        rx.el.div(
            rx.link(
                rx.cond(
                    card.troubles > 0,
                    rx.cond(card.troubles == 1, "1 waits for somebody", f"{card.troubles} wait for somebody"),
                    "Calls",
                ),
                href="/channels/log?channel=" + card.name,
                class_name="button-link",
            ),
            rx.cond(MAY, _acts(card), rx.fragment()),
            class_name="row",
        ),
        class_name="panel channel-card",
        key=card.name,
        custom_attrs={"data-channel": card.name, "data-health": card.health},
    )


def _problem(card: rx.Var) -> rx.Component:
    return rx.callout(card.problem, icon="circle_alert", color_scheme="red", high_contrast=True, size="1")


def _loading(card: rx.Var) -> rx.Component:
    bar = rx.match(
        card.loading,
        (-1, rx.fragment()),
        (-2, rx.el.progress(aria_label="How far the first load is")),
        rx.el.progress(value=card.loading.to_string(), max="100", aria_label="How far the first load is"),
    )
    stop = rx.cond(MAY & (card.loading != -1), small("Stop", S.stop_load(card.name), size="2"), rx.fragment())
    return rx.el.div(rx.el.span(card.load), bar, stop, class_name="row", role="status")


def _acts(card: rx.Var) -> rx.Component:
    more = rx.menu.root(
        rx.menu.trigger(
            rx.button(
                "More",
                rx.icon("chevron_down", size=14),
                variant="soft",
                color_scheme="gray",
                high_contrast=True,
                size="2",
                aria_label=f"More for {card.title}",
            )
        ),
        rx.menu.content(
            rx.menu.item("Load older orders, or try it dry", on_select=S.open_load(card.name)),
            rx.cond(
                card.tells_stock,
                rx.menu.item("Tell the whole stock again", on_select=S.tell_again(card.name)),
                rx.fragment(),
            ),
            rx.cond(card.consents, rx.menu.item("Authorise", on_select=S.authorise(card.name)), rx.fragment()),
            rx.menu.item("Settings", on_select=S.open_change(card.name)),
            rx.cond(
                card.paused,
                rx.menu.item("Go on", on_select=S.pause(card.name, False)),
                rx.menu.item("Pause", on_select=S.pause(card.name, True)),
            ),
        ),
        modal=False,
    )
    return rx.fragment(small("Read now", S.sync(card.name), size="2"), small("Test", S.test(card.name), size="2"), more)


def _form() -> rx.Component:
    usual = "What scripts and searches say; the kind's own where it is empty."
    another = field("Name", name="channel-name", hint=_OWN, placeholder=f"my-{S.kind}", required=True)
    named = rx.fragment(
        rx.cond(S.taken, rx.fragment(), field("Name", name="channel-name", hint=usual)),
        field("Title", name="channel-title", hint="What people read; the name where it is empty."),
    )
    return form_dialog(
        rx.cond(S.taken, another, rx.fragment()),
        rx.foreach(S.fields, _usual_field),
        rx.el.details(
            rx.el.summary("More settings"),
            rx.el.div(
                rx.foreach(S.fields, _rare_field),
                rx.cond(S.dialog == "connect", named, rx.fragment()),
                class_name="form",
            ),
            class_name="more-settings",
        ),
        rx.cond(S.by_hand != "", rx.el.p("Webhooks: ", S.by_hand, ".", class_name="hint"), rx.fragment()),
        problem(S.problem),
        title=rx.cond(S.dialog == "connect", f"Connect {S.about_kind}", f"Settings of {S.about_kind}"),
        description=rx.cond(
            S.dialog == "connect",
            "Secrets are sealed and never shown again.",
            "Secrets are sealed and never shown again; one that is left empty stays as it is.",
        ),
        open=(S.dialog == "connect") | (S.dialog == "change"),
        on_open_change=S.close_dialog,
        on_submit=S.connect,
        action=rx.cond(S.dialog == "connect", "Connect", "Save"),
    )


def _usual_field(row: rx.Var) -> rx.Component:
    return rx.cond(row.rare, rx.fragment(), _field(row))


def _rare_field(row: rx.Var) -> rx.Component:
    return rx.cond(row.rare, _field(row), rx.fragment())


def _field(row: rx.Var) -> rx.Component:
    return rx.el.div(
        rx.el.label(row.title, html_for=row.name, class_name="field-label"),
        rx.input(
            id=row.name,
            name=row.name,
            type=rx.cond(row.secret, "password", "text"),
            default_value=row.value,
            placeholder=row.placeholder,
            required=row.required,
            auto_complete=rx.cond(row.secret, "new-password", "off"),
            width="100%",
        ),
        rx.cond(row.help != "", rx.el.p(row.help, class_name="hint"), rx.fragment()),
        class_name="field",
        key=row.name,
    )


def _load_form() -> rx.Component:
    return form_dialog(
        field("Sold or changed since", name="since", type="date", required=True),
        rx.el.label(
            rx.checkbox(name="dry", default_checked=True, aria_label="Dry run"),
            "Dry run: only show what the first hundred would become",
            class_name="row",
        ),
        rx.cond(S.previewed.length() > 0, _preview(), rx.fragment()),
        problem(S.problem),
        title="Load older orders",
        description="Orders that were sent already come as history: no stock is touched, nothing is told of them.",
        open=S.dialog == "load",
        on_open_change=S.close_dialog,
        on_submit=S.choose_since,
        action="Go",
    )


def _preview() -> rx.Component:
    heads = ("Order", "Placed", "Buyer", "Total", "Would be")
    return rx.el.div(
        table("What they would become", heads, rx.foreach(S.previewed, _previewed)),
        rx.cond(S.preview_more, rx.text("The channel has more than these.", class_name="hint"), rx.fragment()),
        class_name="preview",
    )


def _previewed(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.number, scope="row"),
        rx.el.td(row.placed),
        rx.el.td(row.customer),
        rx.el.td(row.total, class_name="number"),
        rx.el.td(row.outcome, rx.cond(row.said != "", rx.el.p(row.said, class_name="hint"), rx.fragment())),
    )
