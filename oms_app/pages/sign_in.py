"""The sign-in page."""

import reflex as rx


def page() -> rx.Component:
    """E-mail and password, in the middle of the screen."""
    return rx.center(
        rx.card(
            rx.vstack(
                rx.heading("Sign in", as_="h1", size="6"),
                rx.el.label("Email", html_for="email"),
                rx.input(id="email", name="email", type="email", auto_complete="username", width="100%"),
                rx.el.label("Password", html_for="password"),
                rx.input(
                    id="password", name="password", type="password", auto_complete="current-password", width="100%"
                ),
                rx.button("Sign in", type="submit", width="100%"),
                spacing="3",
            ),
            width="22rem",
        ),
        as_="main",
        min_height="100vh",
    )
