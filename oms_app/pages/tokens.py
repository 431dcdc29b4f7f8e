"""Settings, API tokens."""

import reflex as rx

from oms_app.components.dialogs import confirm, form_dialog
from oms_app.components.empty import empty, loaded
from oms_app.components.forms import choice, field, problem
from oms_app.components.settings import shown_once, small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import settings, shell
from oms_app.pages.users import ROLES
from oms_app.state.tokens import TokensState


@shell.page(
    "/settings/tokens",
    "API tokens",
    needs=Permission.MANAGE_USERS,
    on_load=[TokensState.load, TokensState.close_dialog(False)],
)
def page() -> rx.Component:
    """The tokens, and a form for a new one."""
    heads = ("Name", "Role", "Made", "Last used", "")
    rows = table("API tokens", heads, rx.foreach(TokensState.rows, _row))
    return settings.section(
        "/settings/tokens",
        loaded(TokensState.ready, rx.cond(TokensState.rows.length() > 0, rows, _none())),
        _new_dialog(),
        _made_dialog(),
        actions=(rx.button("Make a token", on_click=TokensState.open_dialog),),
    )


def _none() -> rx.Component:
    return empty("No program has a token yet.", "The API is described under /api/docs.", icon="key_round")


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.name, scope="row", class_name="article"),
        rx.el.td(row.role),
        rx.el.td(row.made),
        rx.el.td(row.used),
        rx.el.td(
            rx.cond(
                row.revoked != "",
                rx.text("Revoked ", row.revoked, class_name="hint"),
                confirm(
                    small("Revoke"),
                    title=f"Revoke “{row.name}”?",
                    consequence="The program that uses it is refused from now on. This cannot be undone.",
                    action="Revoke",
                    on_confirm=TokensState.revoke(row.id),
                ),
            ),
            class_name="number",
        ),
    )


def _new_dialog() -> rx.Component:
    return form_dialog(
        field("What it is for", name="name", required=True, max_length=80, hint="Shown in timelines as the actor."),
        choice("Role", ROLES, name="role", default_value="manager"),
        problem(TokensState.problem),
        title="Make a token",
        description="A program sends it with every call and may do what the role may.",
        open=TokensState.dialog == "new",
        on_open_change=TokensState.close_dialog,
        on_submit=TokensState.create,
        action="Make it",
    )


def _made_dialog() -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("The new token"),
            rx.dialog.description("Copy it now: it is not shown again, and nobody can look it up.", class_name="hint"),
            rx.el.div(shown_once("made-token", "Token"), class_name="form"),
            rx.flex(rx.dialog.close(rx.button("Done")), justify="end", margin_top="1rem"),
            max_width="34rem",
        ),
        open=TokensState.dialog == "made",
        on_open_change=TokensState.close_dialog,
    )
