"""Settings, Priorities: the rules that add up to an order's priority, tried on open orders while one writes them."""

import reflex as rx

from oms_app.components import links
from oms_app.components.badges import stage_badge
from oms_app.components.empty import loaded
from oms_app.components.forms import problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.domain.priorities import TITLES
from oms_app.pages import settings, shell
from oms_app.state.priorities import PrioritiesState

S = PrioritiesState


@shell.page("/settings/priorities", "Priorities", needs=Permission.EDIT_RULES, on_load=S.load)
def page() -> rx.Component:
    """The rules above, what they would do below."""
    return settings.section(
        "/settings/priorities", loaded(S.ready, rx.el.div(_rules(), _preview(), class_name="stack"))
    )


def _rules() -> rx.Component:
    return panel(
        "Rules",
        rx.text(
            "An order gets the points of every rule that is true, but of each aspect only those of the first: "
            "their order matters. The sum orders the columns of the board, the shortfall queue and allocation.",
            class_name="hint",
        ),
        problem(S.problem),
        table("Rules", ("Aspect", "When", "Value", "Points", "On", ""), rx.foreach(S.rules, _rule)),
        rx.el.div(
            small("Add a rule", S.add, size="2"),
            rx.button("Save", on_click=S.save),
            class_name="row",
        ),
    )


def _rule(rule: rx.Var, place: rx.Var[int]) -> rx.Component:
    number = f"rule {place + 1}"
    return rx.el.tr(
        rx.el.th(rule.aspect, scope="row", class_name="article"),
        rx.el.td(
            rx.el.select(
                *(rx.el.option(title, value=str(when)) for when, title in TITLES.items()),
                value=rule.when,
                on_change=S.write(rule.key, "when"),
                aria_label=f"When, {number}",
                class_name="select",
            )
        ),
        rx.el.td(
            rx.cond(
                rule.asks,
                rx.input(
                    default_value=rule.value,
                    on_blur=S.write(rule.key, "value"),
                    aria_label=f"Value, {number}",
                    max_length=60,
                    width="8rem",
                ),
                rx.fragment(),
            )
        ),
        rx.el.td(
            rx.input(
                default_value=rule.points,
                on_blur=S.write(rule.key, "points"),
                aria_label=f"Points, {number}",
                input_mode="numeric",
                max_length=4,
                width="5rem",
            )
        ),
        rx.el.td(
            rx.el.input(
                type="checkbox",
                checked=rule.on,
                on_change=S.switch(rule.key),
                aria_label=f"On, {number}",
            ),
            class_name="pick",
        ),
        rx.el.td(
            rx.el.div(
                _act("chevron_up", f"Move {number} up", S.move(rule.key, -1), place == 0),
                _act("chevron_down", f"Move {number} down", S.move(rule.key, 1), place == S.rules.length() - 1),
                _act("trash_2", f"Remove {number}", S.remove(rule.key), False),
                class_name="row",
            )
        ),
        key=rule.key.to_string(),
        custom_attrs={"data-rule": rule.when},
    )


def _act(icon: str, label: rx.Var[str] | str, act: object, disabled: rx.Var[bool] | bool) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=16),
        on_click=act,
        disabled=disabled,
        aria_label=label,
        size="1",
        variant="soft",
        color_scheme="gray",
        high_contrast=True,
    )


def _preview() -> rx.Component:
    heads = ("Place", "Order", "Ship by", "Now", "Then", "Why")
    return panel(
        "On the open orders",
        rx.text(S.summary, role="status", class_name="hint"),
        rx.cond(
            S.preview.length() > 0,
            table("What the rules would do", heads, rx.foreach(S.preview, _order)),
            rx.fragment(),
        ),
        custom_attrs={"data-preview": ""},
    )


def _order(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.place, " ", rx.el.span(row.moves, class_name="hint")),
        rx.el.th(
            rx.link(row.number, href=links.order(row.number), underline="always"),
            " ",
            stage_badge(row.stage, row.stage_title),
            rx.el.div(row.customer, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        rx.el.td(row.ship_by),
        rx.el.td(row.before),
        rx.el.td(rx.el.strong(row.after)),
        rx.el.td(row.why),
        key=row.number,
        custom_attrs={"data-previewed": row.number, "data-score": row.after},
    )
