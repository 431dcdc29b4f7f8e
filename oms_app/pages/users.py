"""Settings, Users: who may sign in, and what they may do."""

import reflex as rx

from oms_app.components.badges import demo_badge
from oms_app.components.dialogs import confirm, form_dialog
from oms_app.components.empty import loaded
from oms_app.components.forms import choice, field, problem
from oms_app.components.settings import shown_once, small, table
from oms_app.domain.permissions import Permission, Role
from oms_app.pages import settings, shell
from oms_app.state.users import UsersState

ROLES = [
    (str(Role.ADMIN), "Admin: everything"),
    (str(Role.MANAGER), "Manager: the whole flow of orders"),
    (str(Role.INVENTORY), "Inventory: stock and products"),
    (str(Role.WAREHOUSE), "Warehouse: pick, pack, ship"),
    (str(Role.SERVICE), "Customer service: customers and orders"),
    (str(Role.ANALYST), "Analyst: charts, customers masked"),
]


@shell.page(
    "/settings/users", "Users", needs=Permission.MANAGE_USERS, on_load=[UsersState.load, UsersState.close_dialog(False)]
)
def page() -> rx.Component:
    """The accounts and their dialogs."""
    heads = ("Name", "Role", "Last seen", "State", "")
    return settings.section(
        "/settings/users",
        loaded(UsersState.ready, table("Users", heads, rx.foreach(UsersState.rows, _row))),
        _add_dialog(),
        _change_dialog(),
        _link_dialog(),
        actions=(rx.button("Add a user", on_click=UsersState.open_dialog("add", 0)),),
    )


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.el.div(row.name, rx.cond(row.demo, demo_badge(), rx.fragment()), class_name="row"),
            rx.el.div(row.email, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        rx.el.td(
            row.role,
            rx.cond(row.granted != "", rx.el.div("+ ", row.granted, class_name="hint"), rx.fragment()),
        ),
        rx.el.td(row.seen),
        rx.el.td(rx.cond(row.active, "Active", "Disabled")),
        rx.el.td(
            rx.el.div(
                small("Change", UsersState.open_dialog("change", row.id)),
                rx.cond(row.active, small("Reset link", UsersState.make_link(row.id)), rx.fragment()),
                rx.cond(row.active, _disable(row), small("Enable", UsersState.set_active(row.id, True))),
                class_name="row end",
            )
        ),
    )


def _disable(row: rx.Var) -> rx.Component:
    return confirm(
        small("Disable"),
        title=f"Disable {row.email}?",
        consequence="Every browser of this account is signed out at once. What they did stays in the timelines.",
        action="Disable",
        on_confirm=UsersState.set_active(row.id, False),
    )


def _add_dialog() -> rx.Component:
    return form_dialog(
        field("E-mail", name="email", type="email", required=True),
        field("Name", name="name", required=True, max_length=80),
        choice("Role", ROLES, name="role", default_value=str(Role.WAREHOUSE)),
        problem(UsersState.problem),
        title="Add a user",
        description="You get a one-time link with which they choose their password.",
        open=UsersState.dialog == "add",
        on_open_change=UsersState.close_dialog,
        on_submit=UsersState.add,
        action="Add",
    )


def _change_dialog() -> rx.Component:
    return form_dialog(
        field("Name", name="name", default_value=UsersState.chosen.name, required=True, max_length=80),
        choice("Role", ROLES, name="role", default_value=UsersState.chosen.role),
        rx.el.fieldset(
            rx.el.legend("Exceptions: allowed although the role does not include it", class_name="field-label"),
            *(_grant(permission) for permission in Permission),
            class_name="grants",
        ),
        problem(UsersState.problem),
        title=f"Change {UsersState.chosen.email}",
        description="It takes effect with their next click.",
        open=UsersState.dialog == "change",
        on_open_change=UsersState.close_dialog,
        on_submit=UsersState.save,
        action="Save",
    )


def _grant(permission: Permission) -> rx.Component:
    name = f"grant_{permission}"
    return rx.el.label(
        rx.el.input(
            type="checkbox", name=name, id=name, default_checked=UsersState.chosen.extra.contains(str(permission))
        ),
        permission.replace("_", " ").capitalize(),
        html_for=name,
        class_name="row",
    )


def _link_dialog() -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("One-time link"),
            rx.dialog.description(
                f"Send it to {UsersState.made_for}. It sets a password once, within a day, and is not shown again.",
                class_name="hint",
            ),
            rx.el.div(shown_once("made-link", "Link"), class_name="form"),
            rx.flex(rx.dialog.close(rx.button("Done")), justify="end", margin_top="1rem"),
            max_width="34rem",
        ),
        open=UsersState.dialog == "link",
        on_open_change=UsersState.close_dialog,
    )
