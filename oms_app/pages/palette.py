"""The palette on every page: its button in the top bar, its dialog over the page."""

import reflex as rx

from oms_app.components import palette
from oms_app.pages import shell
from oms_app.state.palette import PaletteState


@shell.search
def opener() -> rx.Component:
    """The search field of the top bar."""
    return palette.opener(PaletteState.open)


@shell.overlay
def dialog() -> rx.Component:
    """The palette itself."""
    return palette.palette(
        PaletteState.shown,
        PaletteState.rows,
        PaletteState.said,
        PaletteState.text,
        PaletteState.recents,
        on_change=PaletteState.change,
        on_type=PaletteState.typed,
        on_submit=PaletteState.submit,
        on_choose=PaletteState.choose,
        on_again=PaletteState.again,
    )
