"""Today."""

import reflex as rx

from oms_app.pages import shell
from oms_app.pages.shell import page


@page("/", "Today")
def today() -> rx.Component:
    """What waits for this role."""
    return rx.fragment(shell.heading("Today"), rx.el.div("…", class_name="panel"))
