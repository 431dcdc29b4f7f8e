"""Parts of the settings pages: their side list, and rows with actions."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from oms_app.domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class Section:
    """A settings page: its address, word, what it holds, and who may open it (None: everybody)."""

    route: str
    title: str
    holds: str
    icon: str
    needs: Permission | None = None


def side_list(sections: list[Section], current: str, may: rx.Var[list[str]]) -> rx.Component:
    """Links to the settings pages that the reader may open."""
    return rx.el.nav(
        *(_link(each, current, may) for each in sections), aria_label="Settings", class_name="settings-list no-print"
    )


def _link(section: Section, current: str, may: rx.Var[list[str]]) -> rx.Component:
    here = {"aria-current": "page"} if section.route == current else {}
    link = rx.link(section.title, href=section.route, class_name="rail-link", custom_attrs=here)
    return rx.cond(may.contains(str(section.needs)), link, rx.fragment()) if section.needs else link


def card(section: Section, may: rx.Var[list[str]]) -> rx.Component:
    """A settings page on the first settings page."""
    link = rx.link(
        rx.icon(section.icon, size=20, aria_hidden="true"),
        rx.el.div(rx.el.h2(section.title), rx.el.p(section.holds, class_name="hint")),
        href=section.route,
        class_name="panel settings-card",
    )
    return rx.cond(may.contains(str(section.needs)), link, rx.fragment()) if section.needs else link


_ACTIONS = rx.el.span("Actions", class_name="visually-hidden")

NUMBERS = frozenset(
    {
        *("Available", "On hand", "Reserved", "Safety", "Blocked", "Incoming", "Free", "Σ ledger", "Σ reservations"),
        *("Issued in 28 days", "Days of cover", "A day", "Lead time", "Reorder point", "Waiting", "On drafts"),
        *("Units", "Ordered", "Sent", "Received", "To come", "Missing", "On the way", "Kept", "Products", "Is told"),
        *("Cost of a unit", "Smallest order", "Pack", "Days", "Total", "Counted", "Again", "Books", "Difference"),
        *("Half", "Nine of ten", "Wanted", "Acted", "Progress", "Price", "Units of ours"),
        *("Charged", "Given back", "Fees", "TCS", "TDS", "Other", "Paid out", "Our total"),
        *("Expired", "Can be made", "Units of one kit"),
    }
)
"""Heads of columns that hold numbers: those are set to the right, head and cells."""


def table(label: str, heads: tuple[str, ...], *rows: Any, first: Any = None, stacks: bool = False) -> rx.Component:
    """A plain table. `first` heads a column of checkboxes before the others.

    stacks  on a phone each row is a block of lines; else the table scrolls sideways there
    """
    before = () if first is None else (first,)
    numbers = [f"n{place}" for place, head in enumerate(heads, start=1 + len(before)) if head in NUMBERS]
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*before, *(rx.el.th(head or _ACTIONS, scope="col") for head in heads))),
            rx.el.tbody(*rows),
            class_name=" ".join(["table", *(["stacks"] if stacks else []), *numbers]),
        ),
        class_name="table-box",
        tab_index=0,
        role="region",
        aria_label=label,
    )


def small(words: Any, act: Any = None, **props: Any) -> rx.Component:
    """A quiet button in a row."""
    given = {"size": "1", "variant": "soft", "color_scheme": "gray", "high_contrast": True} | props
    return rx.button(words, **({"on_click": act} if act is not None else {}), **given)


def shown_once(field_id: str, label: str) -> rx.Component:
    """A read-only field that a script fills with a secret, and a button that copies it."""
    copy = f"navigator.clipboard?.writeText(document.getElementById('{field_id}').value)"
    return rx.el.div(
        rx.el.label(label, html_for=field_id, class_name="field-label"),
        rx.el.div(
            rx.el.input(id=field_id, read_only=True, class_name="secret", auto_complete="off"),
            rx.button("Copy", type="button", variant="soft", high_contrast=True, on_click=rx.call_script(copy)),
            class_name="one-line",
        ),
        class_name="field",
    )
