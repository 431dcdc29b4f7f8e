"""Analytics: five numbers and six charts of a period, each of them a door to its orders."""

from typing import Any

import reflex as rx

from oms_app.components.charts import chart
from oms_app.components.empty import failed
from oms_app.components.kpi import kpi
from oms_app.domain.periods import COMPARISONS, PRESETS
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.services.analytics import CHARTS
from oms_app.state.analytics import ALL, CUSTOM, AnalyticsState


@shell.page("/analytics", "Analytics", needs=Permission.SEE_METRICS, on_load=AnalyticsState.arrive)
def page() -> rx.Component:
    """Filters, tiles, charts."""
    return rx.el.div(
        shell.heading("Analytics"),
        _filters(),
        rx.cond(
            AnalyticsState.failure != "",
            failed(AnalyticsState.failure, AnalyticsState.refresh),
            rx.cond(AnalyticsState.ready, _figures(), _placeholder()),
        ),
        on_unmount=AnalyticsState.depart,
        class_name="stack",
    )


def _filters() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            _select("Period", "period", AnalyticsState.period, [*PRESETS.items(), (CUSTOM, "Chosen days")]),
            _days(),
            _select("Compared with", "compare", AnalyticsState.compare, list(COMPARISONS.items())),
            _choice("Channel", "channel", AnalyticsState.channel, AnalyticsState.channels, "All channels"),
            _choice("Location", "location", AnalyticsState.location, AnalyticsState.locations, "All locations"),
            rx.cond(
                AnalyticsState.currencies.length() > 1,
                _labelled(
                    "Currency",
                    rx.el.select(
                        rx.foreach(AnalyticsState.currencies, _currency),
                        value=AnalyticsState.currency,
                        on_change=AnalyticsState.choose("currency"),
                        class_name="select",
                    ),
                ),
                rx.fragment(),
            ),
            class_name="filters",
        ),
        rx.cond(
            AnalyticsState.chips.length() > 0,
            rx.el.ul(rx.foreach(AnalyticsState.chips, _chip), class_name="chips"),
            rx.fragment(),
        ),
        rx.el.p(AnalyticsState.said, class_name="hint", aria_live="polite"),
        aria_label="Filters",
        class_name="stack-tight",
    )


def _labelled(title: str, control: rx.Component) -> rx.Component:
    return rx.el.label(rx.el.span(title, class_name="field-label"), control, class_name="field")


def _select(title: str, name: str, value: rx.Var[str], options: list[tuple[Any, str]]) -> rx.Component:
    return _labelled(
        title,
        rx.el.select(
            *(rx.el.option(word, value=str(key)) for key, word in options),
            value=value,
            on_change=AnalyticsState.choose(name),
            class_name="select",
        ),
    )


def _choice(title: str, name: str, value: rx.Var[str], options: Any, every: str) -> rx.Component:
    return _labelled(
        title,
        rx.el.select(
            rx.el.option(every, value=ALL),
            rx.foreach(options, _option),
            value=value,
            on_change=AnalyticsState.choose(name),
            class_name="select",
        ),
    )


def _option(option: rx.Var[tuple[str, str]]) -> rx.Component:
    return rx.el.option(option[1], value=option[0])


def _currency(code: rx.Var[str]) -> rx.Component:
    return rx.el.option(code, value=code)


def _days() -> rx.Component:
    return rx.popover.root(
        rx.popover.trigger(
            rx.button(
                rx.icon("calendar", size=14, aria_hidden="true"),
                "Days",
                variant="soft",
                color_scheme="gray",
                high_contrast=True,
            )
        ),
        rx.popover.content(
            rx.el.form(
                _day("From", "first", AnalyticsState.first),
                _day("To", "last", AnalyticsState.last),
                rx.popover.close(rx.button("Show", type="submit")),
                on_submit=AnalyticsState.choose_days,
                class_name="form",
            ),
            aria_label="Choose days",
        ),
    )


def _day(title: str, name: str, value: rx.Var[str]) -> rx.Component:
    return _labelled(
        title, rx.el.input(type="date", name=name, default_value=value, required=True, class_name="select")
    )


def _chip(chip: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.span(chip.text),
        rx.link(rx.icon("x", size=14, aria_hidden="true"), href=chip.link, aria_label=f"Take off {chip.text}"),
        class_name="chip",
    )


def _figures() -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.foreach(AnalyticsState.tiles, kpi), class_name="kpis"),
        rx.el.div(*(_chart(name) for name in CHARTS), class_name="charts"),
        class_name="stack",
        custom_attrs={"data-busy": rx.cond(AnalyticsState.busy, "true", "false")},
    )


def _chart(name: str) -> rx.Component:
    return chart(
        name,
        getattr(AnalyticsState, name),
        picked=AnalyticsState.picked,
        as_table=AnalyticsState.tables.contains(name),
        defined=AnalyticsState.defined == name,
        indian=AnalyticsState.indian,
        on_turn=AnalyticsState.turn(name),
        on_define=AnalyticsState.define(name),
        on_csv=AnalyticsState.save_csv(name),
        on_click=AnalyticsState.pick(name),
        on_unpick=AnalyticsState.unpick,
        on_selected=AnalyticsState.select if name == "orders_over_time" else None,
    )


def _placeholder() -> rx.Component:
    return rx.el.div(
        rx.el.div(*(rx.el.div(class_name="skeleton kpi") for _ in range(5)), class_name="kpis"),
        rx.el.div(*(rx.el.div(class_name="skeleton chart") for _ in CHARTS), class_name="charts"),
        rx.el.span("Loading", class_name="visually-hidden"),
        class_name="stack",
        role="status",
    )
