"""The board: every order of the shop by stage, live."""

import reflex as rx

from oms_app.components import board, board_dialogs, board_parts
from oms_app.domain.board import Lane
from oms_app.domain.permissions import Permission
from oms_app.pages import shell, views
from oms_app.state.board import BoardState
from oms_app.state.shell import ShellState

VIEWS = (
    ("All", ""),
    ("Late", "is:late"),
    ("Due soon", "is:due"),
    ("On hold", "is:held"),
    ("Cash on delivery", "is:cod"),
    ("Business", "is:b2b"),
)
"""The views every shop begins with: a name and a search."""


@shell.page("/board", "Board", on_load=[BoardState.arrive, views.load("board")])
def page() -> rx.Component:
    """Views and search above, the columns below; one menu and one dialog for all cards."""
    return rx.fragment(
        shell.heading("Board", rx.el.div(_lanes(), _search(), class_name="board-tools")),
        views.tabs("board", VIEWS, BoardState.q, BoardState.rest),
        rx.cond(BoardState.failure != "", _failure(), rx.fragment()),
        board_parts.Board.create(
            rx.el.div(
                board.columns(
                    BoardState.lanes, BoardState.rest, BoardState.q != "", BoardState.widen, BoardState.read_again
                ),
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
            lanes=BoardState.lanes,
            on_move=BoardState.move,
            on_grab=BoardState.grab,
            on_refresh=BoardState.refresh,
            on_undo=BoardState.undo,
            on_leave=BoardState.depart,
            class_name="board",
        ),
        board_dialogs.question(
            BoardState.asking,
            BoardState.never_mind,
            BoardState.answer,
            refunds=ShellState.may.contains(str(Permission.REFUND_ORDERS)),
        ),
    )


def _lanes() -> rx.Component:
    return rx.el.select(
        rx.el.option("No lanes", value=""),
        *(rx.el.option(f"Lanes by {lane}", value=str(lane)) for lane in Lane),
        value=BoardState.lanes,
        on_change=BoardState.split,
        aria_label="Group by",
        class_name="select sort",
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
            width="100%",
        ),
        on_submit=BoardState.search,
    )


def _failure() -> rx.Component:
    return rx.callout(
        rx.fragment(BoardState.failure, " ", rx.link("Try again", on_click=BoardState.refresh, href="#")),
        icon="triangle_alert",
        color_scheme="amber",
        high_contrast=True,
        role="alert",
    )
