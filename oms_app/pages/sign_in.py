"""Outside the frame: signing in, the first admin, and a new password by link."""

from typing import Any

import reflex as rx

from oms_app.components.badges import demo_badge
from oms_app.components.forms import NativeForm, field, problem
from oms_app.domain.accounts import PASSWORD_MIN
from oms_app.pages.shell import page
from oms_app.state.sign_in import SignInState

NEW_PASSWORD: dict[str, Any] = {
    "name": "password",
    "type": "password",
    "auto_complete": "new-password",
    "required": True,
    "min_length": PASSWORD_MIN,
    "hint": f"At least {PASSWORD_MIN} characters. A short sentence is a good password.",
}


@page("/login", "Sign in", needs=None, on_load=SignInState.read_address, framed=False)
def login() -> rx.Component:
    """E-mail and password, posted by the browser so that the answer can set the cookie."""
    return _sheet(
        "Sign in",
        _message(),
        NativeForm.create(
            field("E-mail", name="email", type="email", auto_complete="username", required=True, auto_focus=True),
            field("Password", name="password", type="password", auto_complete="current-password", required=True),
            rx.el.input(type="hidden", name="next", value=SignInState.onward, read_only=True),
            rx.button("Sign in", type="submit", size="3"),
            action="/auth/sign-in",
            method="post",
            class_name="form",
        ),
        rx.cond(SignInState.demo_accounts.length() > 0, _demo_accounts(), rx.fragment()),
        rx.text("Forgotten? An admin makes a link for you: oms user reset EMAIL", class_name="hint"),
    )


@page("/welcome", "Welcome", needs=None, on_load=SignInState.read_address, framed=False)
def welcome() -> rx.Component:
    """The first run: make the first admin."""
    return _sheet(
        "Welcome to your shop",
        rx.text("Nobody has an account yet. Make the first one: it is an admin and can add everybody else."),
        _message(),
        NativeForm.create(
            field("Your name", name="name", auto_complete="name", required=True, max_length=80),
            field("E-mail", name="email", type="email", auto_complete="username", required=True),
            field("Password", **NEW_PASSWORD),
            rx.button("Create the first admin", type="submit", size="3"),
            action="/auth/welcome",
            method="post",
            class_name="form",
        ),
        rx.text(
            "To look round a demo shop first, run: oms demo load",
            class_name="hint",
        ),
    )


@page("/reset/[reset_link]", "New password", needs=None, on_load=SignInState.read_link, framed=False)
def reset() -> rx.Component:
    """A new password with a one-time link."""
    return _sheet(
        "Choose a new password",
        _message(),
        rx.cond(
            SignInState.usable,
            NativeForm.create(
                rx.el.input(type="hidden", name="link", value=rx.State.reset_link, read_only=True),
                field("New password", **NEW_PASSWORD),
                rx.button("Set the password", type="submit", size="3"),
                action="/auth/reset",
                method="post",
                class_name="form",
            ),
            rx.link("To the sign-in page", href="/login"),
        ),
    )


def _demo_accounts() -> rx.Component:
    """Who may look round in the demo shop."""
    return rx.el.div(
        rx.el.div(demo_badge(), rx.text("To look round, sign in as"), class_name="row"),
        rx.el.ul(rx.foreach(SignInState.demo_accounts, rx.el.li), class_name="hint demo-accounts"),
        rx.text("with the password ", rx.el.code(SignInState.demo_password), class_name="hint"),
    )


def _sheet(title: str, *children: Any) -> rx.Component:
    return rx.el.main(
        rx.el.div(
            rx.el.div(rx.el.img(src="/logo.svg", alt="", class_name="logo"), rx.el.h1(title), class_name="row"),
            *children,
            class_name="panel stack",
        ),
        id="main",
        class_name="middle",
    )


def _message() -> rx.Component:
    return rx.cond(
        SignInState.good,
        rx.callout(SignInState.message, icon="circle_check", color_scheme="green", high_contrast=True, role="status"),
        problem(SignInState.message),
    )
