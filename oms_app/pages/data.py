"""Settings, Data: what comes in, what is kept safe, and the demo shop."""

import reflex as rx

from oms_app.components.order import panel
from oms_app.domain.permissions import Permission
from oms_app.pages import settings, shell


@shell.page("/settings/data", "Data", needs=Permission.MANAGE_SETTINGS)
def page() -> rx.Component:
    """Commands for files in and out."""
    return settings.section("/settings/data", _import(), _backup())


def _import() -> rx.Component:
    return panel(
        "Import",
        rx.text("Orders of any export come in by a mapping file; a dry run shows what would be taken."),
        _command("oms import orders FILE --mapping MAPPING.toml --dry-run"),
        rx.text("What cannot be taken goes to a file of rejects, line by line with its reason.", class_name="hint"),
    )


def _backup() -> rx.Component:
    return panel(
        "Backup",
        rx.text("One file with everything, written while the shop runs, and checked before it counts."),
        _command("oms backup FILE"),
        _command("oms restore FILE"),
        rx.text("Keep it on another machine, and try a restore now and then.", class_name="hint"),
    )


def _command(words: str) -> rx.Component:
    return rx.el.pre(rx.el.code(words), class_name="command", tab_index=0, aria_label="Command")
