"""Settings, Stages and rules."""

import reflex as rx

from oms_app.components.empty import loaded
from oms_app.components.forms import problem
from oms_app.components.order import panel
from oms_app.components.settings import table
from oms_app.domain.lifecycle import FLOW, LIFECYCLE, Guard, Stage
from oms_app.domain.permissions import Permission
from oms_app.pages import settings, shell
from oms_app.services.wip import LIMITED
from oms_app.state.stages import StagesState

GUARDS = {
    Guard.NO_HOLD: "no hold",
    Guard.ALLOCATED: "every unit kept",
    Guard.PAYMENT: "the payment, unless cash on delivery",
    Guard.WEIGHT: "a weight",
    Guard.COURIER: "a courier",
    Guard.AWB: "a tracking number",
    Guard.REASON: "a reason",
}


@shell.page("/settings/stages", "Stages and rules", needs=Permission.MANAGE_SETTINGS, on_load=StagesState.load)
def page() -> rx.Component:
    """What each stage means and asks for, and how many orders it should hold."""
    return settings.section("/settings/stages", loaded(StagesState.ready, _stages()))


def _stages() -> rx.Component:
    return panel(
        "Stages",
        rx.el.form(
            problem(StagesState.problem),
            rx.text(
                "A limit is a wish: the board marks a column that holds more, and refuses nothing.", class_name="hint"
            ),
            table("Stages", ("Stage", "Means", "Needs", "Limit"), *(_stage(stage) for stage in FLOW)),
            rx.el.div(rx.button("Save", type="submit")),
            on_submit=StagesState.save,
            class_name="form",
        ),
    )


def _stage(stage: Stage) -> rx.Component:
    rule = LIFECYCLE[stage]
    limit = rx.input(
        name=str(stage),
        default_value=StagesState.limits[str(stage)],
        input_mode="numeric",
        max_length=5,
        aria_label=f"Limit of {rule.title}",
        placeholder="none",
        width="6rem",
    )
    return rx.el.tr(
        rx.el.th(rule.title, scope="row", class_name="article"),
        rx.el.td(rule.means, class_name="wrap"),
        rx.el.td(", ".join(GUARDS[guard] for guard in rule.guards) or "nothing", class_name="wrap"),
        rx.el.td(limit if stage in LIMITED else "none"),
    )
