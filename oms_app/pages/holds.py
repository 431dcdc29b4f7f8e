"""The hold queues: what waits for somebody, why, and what to do, with the fix done in place."""

import reflex as rx

from oms_app.components import links
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import field, problem
from oms_app.components.settings import small
from oms_app.domain.holds import HoldKind
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.holds import HoldsState
from oms_app.state.shell import ShellState

H = HoldsState


@shell.page("/holds", "Holds", on_load=HoldsState.arrive)
def page() -> rx.Component:
    """A chip for each queue, then its orders, the longest waiting first."""
    return rx.el.div(
        shell.heading("Holds", rx.link("As a list of orders", href="/orders?q=is%3Aheld")),
        loaded(
            H.ready,
            rx.cond(
                H.failure != "",
                failed(H.failure, H.arrive),
                rx.el.div(_tabs(), rx.cond(H.rows.length() > 0, _queue(), _nothing()), class_name="stack"),
            ),
            skeleton(6, "5rem"),
        ),
        on_unmount=H.depart,
    )


def _tabs() -> rx.Component:
    return rx.el.nav(
        _tab("", "All", H.total, "/holds"),
        rx.foreach(H.tabs, _queue_tab),
        aria_label="Queues",
        class_name="chips",
    )


def _queue_tab(tab: rx.Var) -> rx.Component:
    return rx.cond((tab.count > 0) | (H.kind == tab.kind), _tab(tab.kind, tab.title, tab.said, tab.link), rx.fragment())


def _tab(
    kind: rx.Var[str] | str, title: rx.Var[str] | str, count: rx.Var[str], link: rx.Var[str] | str
) -> rx.Component:
    return rx.link(
        title,
        rx.el.strong(f" {count}"),
        href=link,
        class_name="chip",
        custom_attrs={
            "data-queue": kind,
            "data-count": count,
            "aria-current": rx.cond(H.kind == kind, "page", "false"),
        },
    )


def _nothing() -> rx.Component:
    return rx.el.div(
        empty(
            "Nothing is held here.",
            "Orders come here when a check finds something, or when somebody puts them on hold.",
            icon="hand",
        ),
        id="holds",
        tab_index=-1,
    )


def _queue() -> rx.Component:
    return rx.fragment(
        rx.el.ul(rx.foreach(H.rows, _hold), id="holds", tab_index=-1, aria_label="Held orders", class_name="holds"),
        rx.cond(H.more, rx.el.div(small("Show 50 more", H.show_more, size="2")), rx.fragment()),
    )


def _hold(row: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.link(row.number, href=links.order(row.number), weight="medium"),
                rx.badge(row.title, color_scheme="amber", variant="soft", high_contrast=True),
                rx.el.span(f"{row.customer} · {row.total} · {row.channel_title}", class_name="hint"),
                class_name="row",
            ),
            rx.el.p(rx.el.strong(row.reason), rx.cond(row.fix != "", f" {row.fix}", "")),
            rx.cond(row.kind == str(HoldKind.ADDRESS), rx.el.p(row.place, class_name="hint"), rx.fragment()),
            rx.el.p(f"Since {row.since}", rx.cond(row.until != "", f"; until {row.until}", ""), class_name="hint"),
        ),
        rx.el.div(_actions(row), class_name="row"),
        rx.cond(
            H.opened == row.id,
            rx.match(
                H.form,
                ("address", _address_form(row)),
                ("sku", _sku_forms(row)),
                ("release", _release_form()),
                rx.fragment(),
            ),
            rx.fragment(),
        ),
        class_name="panel hold",
        key=row.id,
        custom_attrs={"data-hold": row.id, "data-order": row.number, "data-kind": row.kind},
    )


def _actions(row: rx.Var) -> rx.Component:
    address = _may(Permission.CREATE_ORDERS, small("Fix the address", H.open_form(row.id, "address"), size="2"))
    sku = _may(Permission.EDIT_PRODUCTS, small("Say what it is", H.open_form(row.id, "sku"), size="2"))
    confirm = _may(Permission.HOLD_ORDERS, small("Confirmed", H.confirm(row.id), size="2"))
    payment = rx.link("Record the payment", href=links.order(row.number), size="2")
    release = small("Release…", H.open_form(row.id, "release"), size="2")
    return rx.fragment(
        rx.match(
            row.kind,
            (str(HoldKind.ADDRESS), address),
            (str(HoldKind.SKU), sku),
            (str(HoldKind.COD), confirm),
            (str(HoldKind.PAYMENT), payment),
            rx.fragment(),
        ),
        _may(Permission.HOLD_ORDERS, release),
    )


def _may(permission: Permission, action: rx.Component) -> rx.Component:
    return rx.cond(ShellState.may.contains(str(permission)), action, rx.fragment())


def _address_form(row: rx.Var) -> rx.Component:
    return rx.el.form(
        problem(H.problem),
        rx.el.div(
            field("Address line 1", name="line1", default_value=row.line1, required=True, auto_focus=True),
            field("Address line 2", name="line2", default_value=row.line2),
            field("Town", name="city", default_value=row.city, required=True),
            field("State", name="state", default_value=row.state),
            field("PIN", name="postal_code", default_value=row.postal_code, max_length=12),
            field("Country", name="country", default_value=row.country, max_length=2, required=True),
            field("Phone", name="phone", default_value=row.phone, type="tel"),
            class_name="fields",
        ),
        _buttons("Check and save"),
        on_submit=H.correct,
        class_name="form",
    )


def _sku_forms(row: rx.Var) -> rx.Component:
    return rx.fragment(
        rx.foreach(row.skus, _sku_form),
        rx.text(
            "Look it up, or make a product of it, in the ",
            rx.link("SKU map", href="/products/sku-map", underline="always"),
            ".",
            class_name="hint",
        ),
    )


def _sku_form(sku: rx.Var[str]) -> rx.Component:
    return rx.el.form(
        problem(H.problem),
        rx.el.input(type="hidden", name="channel_sku", value=sku, read_only=True),
        rx.el.div(
            field(f"{sku} is our SKU", name="sku", required=True, max_length=80, auto_focus=True),
            field("Our units in one of theirs", name="quantity", default_value="1", input_mode="numeric"),
            class_name="fields",
        ),
        _buttons("Map it"),
        on_submit=H.map_sku,
        class_name="form",
        key=sku,
    )


def _release_form() -> rx.Component:
    return rx.el.form(
        problem(H.problem),
        field("Why it may go", name="reason", required=True, max_length=200, auto_focus=True),
        _buttons("Release"),
        on_submit=H.release,
        class_name="form",
    )


def _buttons(action: str) -> rx.Component:
    return rx.el.div(
        rx.button(action, type="submit"), small("Close", H.close_form, size="2", type="button"), class_name="row"
    )
