"""Settings, Checks of orders."""

import reflex as rx

from oms_app.components.empty import loaded
from oms_app.components.forms import field, problem
from oms_app.components.order import panel
from oms_app.components.settings import table
from oms_app.domain.holds import TITLES
from oms_app.domain.permissions import Permission
from oms_app.domain.validation import CHECKS, Check
from oms_app.pages import settings, shell
from oms_app.state.validation import ValidationState

L = ValidationState.limits
FRAUD = (
    ("Earlier orders in 24 hours", "velocity_orders", "velocity_points"),
    ("Order value above", "value_above", "value_points"),
    ("COD orders cancelled or refused before", "refused_cod", "refused_points"),
)


@shell.page("/settings/checks", "Checks of orders", needs=Permission.MANAGE_SETTINGS, on_load=ValidationState.load)
def page() -> rx.Component:
    """What every arriving order is checked for, and the limits."""
    return settings.section("/settings/checks", loaded(ValidationState.ready, _form()))


def _form() -> rx.Component:
    return rx.el.form(
        problem(ValidationState.problem),
        panel(
            "Checks",
            rx.text(
                "An order that fails one is held, keeps its stock, and waits in the queue of that kind. "
                "History that is imported is not checked.",
                class_name="hint",
            ),
            table("Checks", ("Check", "Asks for", "Queue", "On"), *(_check(check) for check in Check)),
        ),
        panel(
            "Limits",
            rx.text("0 or nothing: no limit.", class_name="hint"),
            rx.el.div(
                _limit("Confirm cash on delivery above", "cod_above", decimal=True),
                _limit("Same order within minutes is a duplicate", "duplicate_minutes"),
                _limit("Units of one line that nobody means, more than", "most_units"),
                class_name="fields",
            ),
        ),
        panel(
            "Fraud score",
            rx.text("Each rule that is true adds its points.", class_name="hint"),
            rx.el.div(_limit("Review from this many points", "hold_from"), class_name="fields"),
            table("Rules", ("Rule", "Limit", "Points"), *(_rule(*rule) for rule in FRAUD), _risky()),
        ),
        rx.el.div(rx.button("Save", type="submit")),
        on_submit=ValidationState.save,
        class_name="form",
    )


def _check(check: Check) -> rx.Component:
    rule = CHECKS[check]
    switch = rx.el.input(
        type="checkbox",
        name=f"check_{check}",
        default_checked=ValidationState.on[str(check)],
        aria_label=rule.title,
    )
    return rx.el.tr(
        rx.el.th(rule.title, scope="row", class_name="article"),
        rx.el.td(rule.asks),
        rx.el.td(TITLES[rule.kind]),
        rx.el.td(switch, class_name="pick"),
    )


def _limit(label: str, name: str, *, decimal: bool = False) -> rx.Component:
    return field(label, name=name, default_value=L[name], input_mode="decimal" if decimal else "numeric", max_length=14)


def _rule(title: str, limit: str, points: str) -> rx.Component:
    return rx.el.tr(
        rx.el.th(title, scope="row", class_name="article"),
        rx.el.td(_number(limit, title)),
        rx.el.td(_number(points, f"Points: {title}")),
    )


def _risky() -> rx.Component:
    title = "PIN begins with one of"
    return rx.el.tr(
        rx.el.th(title, scope="row", class_name="article"),
        rx.el.td(_number("risky_pins", title, width="14rem", input_mode="text", max_length=2_000)),
        rx.el.td(_number("risky_points", f"Points: {title}")),
    )


def _number(name: str, label: str, **props: object) -> rx.Component:
    given = {"width": "7rem", "input_mode": "decimal", "max_length": 14} | props
    return rx.input(name=name, default_value=L[name], aria_label=label, **given)
