"""The fields that an action asks for: in the dialog before a run, and in the form of a rule."""

import reflex as rx

from oms_app.components.forms import area, choice, field
from oms_app.domain.actions import MOST_POINTS, Action
from oms_app.domain.holds import TITLES

KINDS = [(str(kind), title) for kind, title in TITLES.items()]
EVERY_KIND = [("", "Every kind"), *KINDS]
_TAGS = "Words of letters, digits, - and _, apart by spaces."


def fields(action: rx.Var[str], choices: rx.Var[list[tuple[str, str]]]) -> rx.Component:
    """The fields of one action; `choices` are the (value, text) of people or locations."""
    reason = field("Reason", name="reason", required=True, max_length=500)
    return rx.match(
        action,
        (str(Action.HOLD), rx.fragment(choice("Kind of hold", KINDS, name="kind", default_value="manual"), reason)),
        (str(Action.RELEASE), rx.fragment(choice("Which holds", EVERY_KIND, name="kind"), _why())),
        (str(Action.TAG), field("Tags", name="tags", required=True, max_length=400, hint=_TAGS)),
        (str(Action.UNTAG), field("Tags to take off", name="tags", required=True, max_length=400, hint=_TAGS)),
        (str(Action.ASSIGN), _assignee(choices)),
        (str(Action.NOTE), area("Note", name="body", required=True, max_length=5_000)),
        (str(Action.PRIORITY), _points()),
        (str(Action.ROUTE), choice("Location", choices, name="location")),
        (str(Action.NOTIFY), _notice(choices)),
        rx.fragment(),
    )


def _notice(readers: rx.Var[list[tuple[str, str]]]) -> rx.Component:
    body = area("What they are told", name="body", required=True, max_length=500, hint="The order is named beside it.")
    return rx.fragment(choice("Who is told", readers, name="to"), body)


def _why() -> rx.Component:
    return field("Reason", name="reason", max_length=500)


def _assignee(people: rx.Var[list[tuple[str, str]]]) -> rx.Component:
    nobody = rx.el.option("Nobody", value="")
    return rx.el.div(
        rx.el.label("Who works on them", html_for="assignee", class_name="field-label"),
        rx.el.select(nobody, rx.foreach(people, _person), id="assignee", name="assignee", class_name="select"),
        class_name="field",
    )


def _person(each: rx.Var[tuple[str, str]]) -> rx.Component:
    return rx.el.option(each[1], value=each[0])


def _points() -> rx.Component:
    hint = f"Added to what the rules of priority give: −{MOST_POINTS:,} to {MOST_POINTS:,}; 0 takes them back."
    return rx.fragment(
        field("Points", name="points", required=True, input_mode="numeric", max_length=5, hint=hint), _why()
    )
