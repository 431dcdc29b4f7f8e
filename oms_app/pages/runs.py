"""Runs: what was done to many orders, articles or products at once, how far it is, and what became of each of them."""

import reflex as rx

from oms_app.components.dialogs import confirm
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.pages import shell
from oms_app.state.runs import RunsState

COLOURS = {"gathering": "blue", "running": "blue", "done": "green", "cancelled": "gray"}
ROW_COLOURS = {"waiting": "gray", "done": "green", "refused": "amber"}
PARTS = (("", "All"), ("refused", "Refused"), ("done", "Done"), ("waiting", "Waiting"))
S = RunsState


@shell.page("/runs", "Runs", on_load=RunsState.load, within="/orders")
def page() -> rx.Component:
    """The list; with `?r=ID` one of them."""
    return rx.el.div(
        rx.cond(S.chosen.id > 0, _head(), shell.heading("Runs")),
        loaded(
            S.ready,
            rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.chosen.id > 0, _one(), _list())),
            skeleton(8),
        ),
        on_unmount=S.depart,
        class_name="stack",
    )


def _head() -> rx.Component:
    stop = confirm(
        small("Stop", size="2"),
        title=f"Stop “{S.chosen.title}”?",
        consequence="What is done stays done; the rest is left as it is.",
        action="Stop the run",
        on_confirm=S.stop,
    )
    undo = confirm(
        small("Take back", size="2"),
        title=f"Take back “{S.chosen.title}”?",
        consequence="What changed since stays as it is. It becomes a run of its own.",
        action="Take it back",
        on_confirm=S.undo,
        danger=False,
    )
    return shell.heading(
        S.chosen.title,
        rx.cond(S.chosen.open, stop, rx.fragment()),
        rx.cond(S.chosen.undoable, undo, rx.fragment()),
        small("Save as CSV", S.download, size="2"),
        lead=_state(S.chosen),
    )


def _state(row: rx.Var) -> rx.Component:
    return rx.badge(
        row.state_title,
        color_scheme=rx.match(row.state, *COLOURS.items(), "gray"),
        variant="soft",
        high_contrast=True,
        custom_attrs={"data-run-state": row.state},
    )


def _progress(row: rx.Var) -> rx.Component:
    said = f"{row.done} done, {row.refused} refused, of {row.total}"
    return rx.el.div(
        rx.cond(
            row.open,
            rx.el.progress(value=row.percent.to_string(), max="100", aria_label="How far the run is"),
            rx.fragment(),
        ),
        rx.el.span(said, class_name="hint"),
        class_name="row",
        custom_attrs={"data-done": row.done, "data-refused": row.refused},
    )


def _list() -> rx.Component:
    heads = ("Run", "Of", "State", "Became", "By", "Started")
    nothing = empty(
        "Nothing was done to many at once yet.",
        "Select orders, articles of the stock list, products or cards of the board, and choose what to do with them.",
        icon="list_checks",
    )
    return rx.cond(
        S.cards.length() > 0,
        rx.fragment(
            table("Runs", heads, rx.foreach(S.cards, _row)),
            rx.cond(S.more, small("Show 50 more", S.read_list, size="2"), rx.fragment()),
        ),
        nothing,
    )


def _row(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(rx.link(row.title, href=f"/runs?r={row.id}"), scope="row", class_name="article"),
        rx.el.td(row.of),
        rx.el.td(_state(row)),
        rx.el.td(_progress(row)),
        rx.el.td(row.by),
        rx.el.td(row.started),
        custom_attrs={"data-run": row.id},
    )


def _one() -> rx.Component:
    before = rx.link("The run it takes back", href=f"/runs?r={S.chosen.undoes}")
    after = rx.link("It was taken back", href=f"/runs?r={S.chosen.undone_by}")
    made = rx.link("What came of it", href=S.chosen.document)
    other = rx.fragment(
        rx.cond(S.chosen.document != "", made, rx.fragment()),
        rx.cond(S.chosen.undoes > 0, before, rx.fragment()),
        rx.cond(S.chosen.undone_by > 0, after, rx.fragment()),
    )
    return rx.fragment(
        panel(
            "What became of it",
            rx.el.div(_progress(S.chosen), role="status"),
            rx.text(f"{S.chosen.of} · {S.chosen.by} · {S.chosen.started}", class_name="hint"),
            rx.cond(S.chosen.why != "", rx.text(S.chosen.why), rx.fragment()),
            other,
            rx.cond(S.reasons.length() > 0, _reasons(), rx.fragment()),
        ),
        rx.el.nav(*(_part(*each) for each in PARTS), aria_label="Part of them", class_name="board-views"),
        rx.cond(
            S.results.length() > 0,
            rx.fragment(
                table("What became of each", ("Number", "Became", "Why", "When"), rx.foreach(S.results, _result)),
                rx.cond(S.more_results, small("Show 50 more", S.read_results, size="2"), rx.fragment()),
            ),
            empty("None here.", icon="list_checks"),
        ),
    )


def _reasons() -> rx.Component:
    return rx.el.div(
        rx.text("Refused, and why:", weight="medium"), rx.el.ul(rx.foreach(S.reasons, _reason)), class_name="stack"
    )


def _reason(each: rx.Var[tuple[str, str]]) -> rx.Component:
    return rx.el.li(f"{each[1]}: {each[0]}")


def _part(state: str, title: str) -> rx.Component:
    here = rx.cond(S.show == state, "page", "false")
    return rx.link(title, href=f"/runs?r={S.chosen.id}&show={state}", custom_attrs={"aria-current": here})


def _result(row: rx.Var) -> rx.Component:
    word = rx.badge(
        row.title, color_scheme=rx.match(row.state, *ROW_COLOURS.items(), "gray"), variant="soft", high_contrast=True
    )
    return rx.el.tr(
        rx.el.th(rx.link(row.number, href=row.href), scope="row", class_name="article"),
        rx.el.td(word),
        rx.el.td(row.message),
        rx.el.td(row.at),
        custom_attrs={"data-row": row.number},
    )
