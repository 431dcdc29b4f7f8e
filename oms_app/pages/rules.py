"""Settings, Automation: rules that act by themselves, tried on the past before they are switched on, and their log."""

import reflex as rx

from oms_app.components import action_forms, links
from oms_app.components.dialogs import confirm, form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import choice, field, labelled, problem
from oms_app.components.order import panel
from oms_app.components.settings import small, table
from oms_app.domain.actions import TITLES, Action
from oms_app.domain.lifecycle import LIFECYCLE
from oms_app.domain.permissions import Permission
from oms_app.domain.rules import KINDS
from oms_app.pages import settings, shell
from oms_app.state.rules import RulesState

COLOURS = {"done": "green", "partly": "amber", "refused": "amber", "stopped": "red"}
STAGES = [(str(stage), rule.title) for stage, rule in LIFECYCLE.items()]
ACTIONS = [("", "Choose what it does …"), *((str(action), title) for action, title in TITLES.items())]
S = RulesState


@shell.page("/rules", "Automation", needs=Permission.MANAGE_RULES, on_load=RulesState.load, within="/settings")
def page() -> rx.Component:
    """The list and the log; with `?rule=ID` or `?rule=new` the form of one rule."""
    body = rx.cond(S.failure != "", failed(S.failure, S.load), rx.cond(S.writing != "", _one(), _list()))
    actions = rx.cond(S.ready & (S.failure == "") & (S.writing == ""), _actions(), rx.fragment())
    parts = (loaded(S.ready, body, skeleton(6)), _adding())
    return rx.el.div(settings.section("/rules", *parts, actions=(actions,)), on_unmount=S.depart)


def _list() -> rx.Component:
    heads = ("Rule", "When", "If", "Then", "Acted", "Last", "On", "")
    nothing = empty("No rules yet.", "A rule does by itself what somebody would do each time.", icon="workflow")
    return rx.fragment(
        rx.cond(S.cards.length() > 0, table("Rules", heads, rx.foreach(S.cards, _rule)), nothing),
        _log(),
    )


def _actions() -> rx.Component:
    switch = rx.el.label(
        rx.switch(checked=S.all_on, on_change=S.switch_all, aria_label="Let rules act"),
        rx.cond(S.all_on, "Rules act", "No rule acts"),
        class_name="row",
    )
    return rx.fragment(switch, rx.link(rx.button("New rule"), href="/rules?rule=new"))


def _rule(row: rx.Var, position: rx.Var[int]) -> rx.Component:
    on = rx.switch(checked=row.active, on_change=S.switch(row.id), aria_label=f"{row.name} is on")
    up = small(rx.icon("arrow_up", size=12), S.shift(row.id, -1), aria_label=f"{row.name} acts earlier")
    down = small(rx.icon("arrow_down", size=12), S.shift(row.id, 1), aria_label=f"{row.name} acts later")
    return rx.el.tr(
        rx.el.th(rx.link(row.name, href=f"/rules?rule={row.id}"), scope="row", class_name="article"),
        rx.el.td(row.when),
        rx.el.td(rx.cond(row.q != "", rx.code(row.q), "every order")),
        rx.el.td(rx.foreach(row.then, rx.el.div)),
        rx.el.td(row.fired, class_name="number"),
        rx.el.td(row.last),
        rx.el.td(on),
        rx.el.td(rx.el.div(up, down, class_name="row end")),
        custom_attrs={"data-rule": row.name},
    )


def _one() -> rx.Component:
    gone = confirm(
        small("Remove", size="2"),
        title=f"Remove “{S.name}”?",
        consequence="It acts no more. The log keeps what it did.",
        action="Remove the rule",
        on_confirm=S.remove,
    )
    return rx.fragment(
        rx.el.form(
            problem(S.problem),
            panel(
                rx.cond(S.writing == "new", "A new rule", S.name),
                field("Name", name="name", required=True, max_length=80, default_value=S.name, key=S.stamp.to_string()),
                choice("When", list(KINDS.items()), name="when", value=S.kind, on_change=S.choose_kind),
                _search(),
                _steps(),
                actions=rx.cond(S.writing != "new", gone, rx.fragment()),
            ),
            rx.el.div(
                rx.button("Save", type="submit"),
                small("Try it on the last 30 days", S.try_it, type="button", size="2"),
                rx.link("All rules", href="/rules"),
                class_name="row",
            ),
            on_submit=S.save,
            class_name="form",
        ),
        rx.cond(S.found != "", _dry_run(), rx.fragment()),
        rx.cond(S.writing != "new", _log(), rx.fragment()),
    )


def _search() -> rx.Component:
    return labelled(
        "If the order fits",
        rx.fragment(
            rx.el.input(
                id="rule-search",
                default_value=S.q,
                key=S.stamp.to_string(),
                on_change=S.type_search.debounce(150),
                list="rule-completions",
                placeholder="total:>5000 city:Pune -tag:checked (empty: every order)",
                class_name="select",
                auto_complete="off",
                spell_check=False,
                custom_attrs={"aria-describedby": "rule-search-hint"},
            ),
            rx.el.datalist(rx.foreach(S.completions, _completion), id="rule-completions"),
        ),
        "rule-search",
        "The search language of the orders list; it is asked of the order as it stands when the rule acts.",
    )


def _completion(each: rx.Var[tuple[str, str]]) -> rx.Component:
    return rx.el.option(each[1], value=each[0])


def _steps() -> rx.Component:
    return rx.el.div(
        rx.el.h3("Then"),
        rx.cond(S.steps.length() > 0, rx.el.ol(rx.foreach(S.steps, _step)), rx.text("Nothing yet.", class_name="hint")),
        rx.el.select(
            *(rx.el.option(title, value=action) for action, title in ACTIONS),
            value=S.adding,
            on_change=S.open_step,
            aria_label="One more thing it does",
            class_name="select",
        ),
        class_name="stack",
    )


def _step(said: rx.Var[str], position: rx.Var[int]) -> rx.Component:
    drop = small(rx.icon("x", size=12), S.drop_step(position), type="button", aria_label=f"Leave out: {said}")
    return rx.el.li(rx.el.div(rx.el.span(said), drop, class_name="row"))


def _adding() -> rx.Component:
    to = rx.cond(S.adding == str(Action.MOVE), choice("To", STAGES, name="to"), rx.fragment())
    return form_dialog(
        to,
        action_forms.fields(S.adding, S.choices),
        problem(S.step_problem),
        title=rx.match(S.adding, *((str(action), title) for action, title in TITLES.items()), ""),
        description="What the rule does to an order that fits.",
        open=S.adding != "",
        on_open_change=S.close_step,
        on_submit=S.add_step,
        action="Add",
    )


def _dry_run() -> rx.Component:
    heads = ("Order", "Stage now", "Customer", "Could not now")
    every = rx.cond(S.kind == "placed", rx.link("All of them in the list", href=links.search(S.found_q)), rx.fragment())
    return panel(
        "Tried on the past",
        rx.text(S.found, role="status", custom_attrs={"data-dry-run": ""}),
        every,
        rx.cond(
            S.found_rows.length() > 0, table("Orders it would have touched", heads, rx.foreach(S.found_rows, _touched))
        ),
    )


def _touched(row: rx.Var[list[str]]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(rx.link(row[0], href=links.order(row[0])), scope="row", class_name="article"),
        rx.el.td(row[1]),
        rx.el.td(row[2]),
        rx.el.td(row[3]),
        custom_attrs={"data-touched": row[0]},
    )


def _log() -> rx.Component:
    heads = ("When", "Rule", "Order", "Because", "Came of it", "What it did")
    return panel(
        "What rules did",
        rx.cond(
            S.log.length() > 0,
            rx.fragment(
                table("Log of the rules", heads, rx.foreach(S.log, _firing)),
                rx.cond(S.more, small("Show 50 more", S.read_log, size="2"), rx.fragment()),
            ),
            rx.text("No rule has acted yet.", class_name="hint"),
        ),
    )


def _firing(row: rx.Var) -> rx.Component:
    came = rx.badge(
        row.outcome_title,
        color_scheme=rx.match(row.outcome, *COLOURS.items(), "gray"),
        variant="soft",
        high_contrast=True,
    )
    return rx.el.tr(
        rx.el.td(row.at),
        rx.el.td(row.rule),
        rx.el.th(rx.link(row.number, href=links.order(row.number)), scope="row", class_name="article"),
        rx.el.td(row.event),
        rx.el.td(came),
        rx.el.td(rx.foreach(row.steps, rx.el.div)),
        custom_attrs={"data-firing": row.number},
    )
