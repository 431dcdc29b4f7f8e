"""Settings, Promises: when orders must leave, and what the prediction of missed couriers goes by."""

import reflex as rx

from oms_app.components.empty import loaded
from oms_app.components.forms import area, field, problem
from oms_app.components.order import panel
from oms_app.components.settings import table
from oms_app.domain.permissions import Permission
from oms_app.pages import settings, shell
from oms_app.state.promises import PromisesState

S = PromisesState
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@shell.page("/settings/promises", "Promises", needs=Permission.EDIT_RULES, on_load=S.load)
def page() -> rx.Component:
    """One form; it holds for orders that arrive from now on. Below it, how long the stages take."""
    return settings.section("/settings/promises", loaded(S.ready, rx.el.div(_form(), _stages(), class_name="stack")))


def _form() -> rx.Component:
    return rx.el.form(
        problem(S.problem),
        panel(
            "Service levels",
            rx.text(
                "Working hours from when an order is placed until it must leave; then it goes with the next courier. "
                "Orders that name no service get that of their channel, else the first.",
                class_name="hint",
            ),
            table("Service levels", ("Name", "Title", "Working hours"), rx.foreach(S.services, _service)),
        ),
        panel("Channels", table("Channels", ("Channel", "Service", "Other hours"), rx.foreach(S.channels, _channel))),
        rx.foreach(S.places, _place),
        rx.el.div(rx.button("Save", type="submit")),
        on_submit=S.save,
        class_name="form",
        key=S.version.to_string(),
    )


def _service(row: rx.Var, place: rx.Var[int]) -> rx.Component:
    number = place + 1
    return rx.el.tr(
        rx.el.td(_text(f"name-{place}", row.name, f"Name of service {number}")),
        rx.el.td(_text(f"title-{place}", row.title, f"Title of service {number}")),
        rx.el.td(_text(f"hours-{place}", row.hours, f"Hours of service {number}", width="5rem", input_mode="numeric")),
        key=place.to_string(),
    )


def _channel(row: rx.Var) -> rx.Component:
    def own(each: rx.Var) -> rx.Component:
        name = f"own-{row.name}-{each.service}"
        label = f"Hours of {each.title} on {row.title}"
        return rx.el.label(
            rx.el.span(each.title, class_name="hint"),
            _text(name, each.hours, label, width="5rem", input_mode="numeric"),
            class_name="row",
        )

    return rx.el.tr(
        rx.el.th(row.title, scope="row", class_name="article"),
        rx.el.td(
            rx.el.select(
                rx.foreach(S.choices, _choice),
                name=f"service-{row.name}",
                default_value=row.service,
                aria_label=f"Service of {row.title}",
                class_name="select",
            )
        ),
        rx.el.td(rx.el.div(rx.foreach(row.hours, own), class_name="row")),
        key=row.name,
    )


def _choice(option: rx.Var) -> rx.Component:
    return rx.el.option(option[1], value=option[0])


def _place(row: rx.Var) -> rx.Component:
    days = (
        rx.el.label(
            rx.el.input(type="checkbox", name=f"day-{row.code}-{number}", default_checked=row.days[number]),
            f" {day}",
        )
        for number, day in enumerate(DAYS)
    )
    return panel(
        f"{row.code} · {row.name}",
        rx.el.fieldset(rx.el.legend("Works on", class_name="field-label"), *days, class_name="row plain-set"),
        rx.el.div(
            field("Opens", name=f"opens-{row.code}", default_value=row.opens, hint="As 10:00; 00:00 to 24:00: always."),
            field("Closes", name=f"closes-{row.code}", default_value=row.closes),
            class_name="fields",
        ),
        rx.el.div(
            area(
                "Courier cut-offs",
                name=f"pickups-{row.code}",
                default_value=row.pickups,
                hint="One a line: 17:00 Delhivery.",
                rows="4",
            ),
            area(
                "Holidays",
                name=f"holidays-{row.code}",
                default_value=row.holidays,
                hint="Paste a list, one a line: 26-01-2027 Republic Day.",
                rows="4",
            ),
            class_name="fields",
        ),
        custom_attrs={"data-place": row.code},
    )


def _text(name: rx.Var[str] | str, value: rx.Var[str], label: rx.Var[str] | str, **props: object) -> rx.Component:
    given = {"width": "10rem", "max_length": 40} | props
    return rx.input(name=name, default_value=value, aria_label=label, **given)


def _stages() -> rx.Component:
    return panel(
        "From each stage to the door",
        rx.text(
            "Working time of the orders that left in the last 28 days, up to 2,000 of them. From it the shop predicts "
            "which orders will miss today's courier: half of the orders took less, nine of ten took less.",
            class_name="hint",
        ),
        table("From each stage to the door", ("Stage", "Orders", "Half", "Nine of ten"), rx.foreach(S.stages, _stage)),
        rx.cond(S.worked_out != "", rx.text(f"Worked out {S.worked_out}", class_name="hint"), rx.fragment()),
    )


def _stage(row: rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.title, scope="row", class_name="article"),
        rx.el.td(row.orders),
        rx.el.td(row.half),
        rx.el.td(row.most),
        key=row.title,
    )
