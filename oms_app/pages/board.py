"""The board: every order of the shop by stage, live."""

import reflex as rx

from oms_app.components import board, board_dialogs, board_parts
from oms_app.pages import shell
from oms_app.state.board import BoardState

VIEWS = (
    ("All", ""),
    ("Late", "is:late"),
    ("Due soon", "is:due"),
    ("On hold", "is:held"),
    ("Cash on delivery", "is:cod"),
    ("Business", "is:b2b"),
)
"""The views every shop begins with: a name and a search."""


@shell.page("/board", "Board", on_load=BoardState.arrive)
def page() -> rx.Component:
    """Views and search above, the columns below; one menu and one dialog for all cards."""
    return rx.fragment(
        shell.heading("Board", _search()),
        rx.el.nav(*(_view(name, q) for name, q in VIEWS), aria_label="Views", class_name="board-views"),
        rx.cond(BoardState.failure != "", _failure(), rx.fragment()),
        board_parts.Board.create(
            rx.el.div(
                board.columns(BoardState.q != "", BoardState.widen, BoardState.read_again),
                board.sides(),
                class_name="board-frame",
            ),
            board.menu(BoardState.move, BoardState.refresh),
            board_parts.Said.create(class_name="visually-hidden"),
            snapshot=BoardState.board,
            patches=BoardState.patches,
            presence=BoardState.presence,
            taken_back=BoardState.taken_back,
            titles=board.TITLES,
            on_move=BoardState.move,
            on_grab=BoardState.grab,
            on_refresh=BoardState.refresh,
            on_undo=BoardState.undo,
            on_leave=BoardState.depart,
            class_name="board",
        ),
        board_dialogs.question(BoardState.asking, BoardState.never_mind, BoardState.answer),
    )


def _search() -> rx.Component:
    return rx.el.form(
        rx.input(
            rx.input.slot(rx.icon("funnel", size=14)),
            name="q",
            key=BoardState.q,
            default_value=BoardState.q,
            placeholder="Filter: city:Pune total:>5000",
            aria_label="Filter the board",
            width="18rem",
        ),
        on_submit=BoardState.search,
    )


def _view(name: str, q: str) -> rx.Component:
    here = rx.cond(BoardState.q == q, "page", "false")
    return rx.link(
        name, href=f"/board?q={q.replace(':', '%3A')}" if q else "/board", custom_attrs={"aria-current": here}
    )


def _failure() -> rx.Component:
    return rx.callout(
        rx.fragment(BoardState.failure, " ", rx.link("Try again", on_click=BoardState.refresh, href="#")),
        icon="triangle_alert",
        color_scheme="amber",
        high_contrast=True,
        role="alert",
    )
