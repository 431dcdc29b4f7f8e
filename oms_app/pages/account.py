"""Settings, Your account."""

import reflex as rx

from oms_app.components.dialogs import confirm
from oms_app.components.empty import loaded, skeleton
from oms_app.components.forms import field, problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.accounts import PASSWORD_MIN
from oms_app.pages import settings, shell
from oms_app.state.account import AccountState
from oms_app.state.shell import ShellState


@shell.page("/settings/account", "Your account", needs=None, on_load=AccountState.load)
def page() -> rx.Component:
    """Who one is, preferences, password, browsers."""
    return settings.section("/settings/account", _person(), _preferences(), _password(), _browsers())


def _person() -> rx.Component:
    return panel(
        "You",
        rx.text(ShellState.name, weight="medium"),
        rx.text(ShellState.email, class_name="hint"),
        rx.text("Role: ", ShellState.role, class_name="hint"),
    )


def _preferences() -> rx.Component:
    return panel(
        "Preferences",
        rx.el.label(
            rx.switch(checked=ShellState.shortcuts, on_change=ShellState.set_shortcuts, id="shortcuts"),
            "Single-key shortcuts (press ? for the list)",
            class_name="row",
            html_for="shortcuts",
        ),
        rx.text("Switch them off when a screen reader or speech input sends single keys.", class_name="hint"),
    )


def _password() -> rx.Component:
    new = {"type": "password", "auto_complete": "new-password", "required": True, "min_length": PASSWORD_MIN}
    return panel(
        "Password",
        rx.el.form(
            rx.el.input(type="email", value=ShellState.email, auto_complete="username", read_only=True, hidden=True),
            field("Current password", name="current", type="password", auto_complete="current-password", required=True),
            field("New password", name="new", hint=f"At least {PASSWORD_MIN} characters.", **new),
            field("New password again", name="again", **new),
            problem(AccountState.problem),
            rx.el.div(rx.button("Change the password", type="submit")),
            on_submit=AccountState.change_password,
            reset_on_submit=True,
            class_name="form narrow",
        ),
    )


def _browsers() -> rx.Component:
    others = confirm(
        small("Sign out all others"),
        title="Sign every other browser out?",
        consequence="Whoever uses them has to sign in again. This browser stays signed in.",
        action="Sign them out",
        on_confirm=AccountState.revoke_others,
    )
    return panel(
        "Signed-in browsers",
        loaded(
            AccountState.ready,
            table("Signed-in browsers", ("Browser", "Where", ""), rx.foreach(AccountState.sessions, _browser)),
            skeleton(3),
        ),
        actions=rx.cond(AccountState.sessions.length() > 1, others, rx.fragment()),
    )


def _browser(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.device),
        rx.el.td(row.text),
        rx.el.td(
            rx.cond(
                row.current,
                rx.badge("This browser", variant="soft", high_contrast=True),
                small("Sign out", AccountState.revoke(row.id)),
            ),
            class_name="number",
        ),
    )
