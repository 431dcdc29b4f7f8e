"""What a person is told about moves and runs: the question before, the toast after, the refusal and the conflict."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict
from urllib.parse import quote

import reflex as rx

from oms_app.domain import product_actions, stock_actions
from oms_app.domain.actions import TITLES, Action, Given
from oms_app.domain.errors import Conflict, OmsError
from oms_app.domain.lifecycle import LIFECYCLE, OPEN_STAGES, Stage, asks
from oms_app.domain.runs import THINGS, Preview, Reason, Run

UNDO_FOR = 8_000
"""Milliseconds the Undo of a toast stays."""

READ_FOR = 12_000
"""Milliseconds a refusal stays."""

NAMED = 20
"""Orders that a reason names."""

EFFECTS = {
    Stage.PACKED: "Records one parcel with every unit of the order.",
    Stage.SHIPPED: "Takes the units out of stock and records who carries the parcel.",
    Stage.DELIVERED: "Closes the order. From here it only comes back as a return.",
    Stage.CANCELLED: "Frees the stock of the order. This is final.",
}


class Asking(TypedDict):
    """The open dialog (none while `title` is empty): what it says, and which fields it asks for.

    form  the action whose own fields it shows; empty where there are none
    """

    title: str
    lead: str
    action: str
    form: str
    weight: bool
    courier: bool
    reason: bool
    payment: bool
    refund: bool
    refused: list[str]
    problem: str


CLOSED: Asking = {
    "title": "",
    "lead": "",
    "action": "",
    "form": "",
    "weight": False,
    "courier": False,
    "reason": False,
    "payment": False,
    "refund": False,
    "refused": [],
    "problem": "",
}

PAYMENT = ("method", "reference")
"""The fields of a payment that a move waits for."""

REFUND = ("refund", "reference")
"""The fields of a refund that a cancellation offers."""

FORMS: Mapping[str, tuple[str, ...]] = {
    Action.HOLD: ("kind", "reason"),
    Action.RELEASE: ("kind", "reason"),
    Action.TAG: ("tags",),
    Action.UNTAG: ("tags",),
    Action.ASSIGN: ("assignee",),
    Action.NOTE: ("body",),
    Action.PRIORITY: ("points", "reason"),
    Action.ROUTE: ("location",),
    Action.NOTIFY: ("to", "body"),
    **stock_actions.FIELDS,
    **product_actions.FIELDS,
}
"""The fields that a dialog asks for, by action."""


def title(stage: Stage) -> str:
    """The stage's name on screen."""
    return LIFECYCLE[stage].title


def question(action: Action, given: Given, seen: Preview, number: str = "") -> Asking:
    """The dialog before an action that asks for something, or that takes many orders; `number` where it is only one."""
    to = Stage(given["to"]) if action is Action.MOVE else None
    what = title(to) if to else TITLES[action]
    going = f"{seen.can:,}" if seen.looked_at == seen.total else f"{seen.can:,} of the newest {seen.looked_at:,}"
    judged = f"{going} can{' move' if to else ''}, {seen.cannot:,} cannot"
    count = judged if seen.cannot else f"{seen.total:,} order{'' if seen.total == 1 else 's'}"
    one = number and not seen.cannot
    act = f"Move to {what}" if to else what
    return {
        "title": f"{what}: order {number}" if one else f"{what}: {count}",
        "lead": EFFECTS.get(to, _EACH) if to else _EACH,
        "action": act if one else f"{'Move' if to else what} {seen.can:,}",
        "form": "" if to else action,
        "weight": "weight_g" in seen.fields,
        "courier": "courier" in seen.fields,
        "reason": "reason" in seen.fields,
        "payment": False,
        "refund": False,
        "refused": refusals(seen),
        "problem": "",
    }


_EACH = "Each order is done on its own; what is refused stays as it is."


def refusals(seen: Preview) -> list[str]:
    """Why some cannot, and which, a line for each reason."""
    return [_refused(each) for each in seen.reasons]


def _refused(reason: Reason) -> str:
    rest = len(reason.numbers) - NAMED
    more = f" and {rest:,} more" if rest > 0 else ""
    return f"{', '.join(reason.numbers[:NAMED])}{more}: {reason.sentence}"


def lone(to: Stage, number: str, fields: set[str]) -> Asking:
    """The dialog before one order moves."""
    return question(Action.MOVE, {"to": to}, Preview(1, 1, 1, (), frozenset(fields)), number)


def asks_for_payment(number: str, to: Stage, owed: str) -> Asking:
    """The dialog of a move that only a payment stands against: it records the payment and moves the order."""
    return {
        **CLOSED,
        "title": f"Order {number}: {owed} is not paid yet",
        "lead": f"Record that it came in, and the order goes to {title(to)}. Otherwise it stays where it is.",
        "action": f"Record {owed} and move",
        "payment": True,
    }


def answers(asking: Asking, form: Mapping[str, Any]) -> dict[str, str]:
    """What the person wrote into the fields that were asked for: a browser sends every field it ever drew."""
    fields = [
        *(["weight_g"] if asking["weight"] else []),
        *(["courier", "awb"] if asking["courier"] else []),
        *(["reason"] if asking["reason"] else []),
        *(PAYMENT if asking["payment"] else ()),
        *(REFUND if asking["refund"] else ()),
        *(FORMS[asking["form"]] if asking["form"] else ()),
    ]
    return {name: str(form.get(name) or "").strip() for name in fields}


def way_back(before: set[Stage | None], to: Stage) -> Stage | None:
    """The stage an Undo sends these orders to: where all of them were, if that needs no dialog."""
    if len(before) != 1 or to not in OPEN_STAGES:
        return None
    [back] = before
    return back if back in LIFECYCLE[to].next and not asks(to, back) else None


def done(numbers: Sequence[str], to: Stage, refused: Sequence[tuple[str, str]], undo: Any) -> list[Any]:
    """The toasts after a move. `undo` is the event of its button, None where there is no way back."""
    what = f"Order {numbers[0]}" if len(numbers) == 1 else f"{len(numbers):,} orders"
    told = [_did(f"{what} moved to {title(to)}.", undo)] if numbers else []
    return [*told, *_did_not(refused, len(refused), "did not move")]


def ended(run: Run, refused: Sequence[tuple[str, str]], undo: Any) -> list[Any]:
    """The toasts after a run that somebody waited for; `refused` are the first of what was."""
    moved = run.action == Action.MOVE and not run.undoes
    if moved:
        said = f"{run.done:,} orders moved to {title(Stage(run.given['to']))}."
    else:
        said = f"{run.title}: {run.done:,} {THINGS[run.subject]}{'' if run.done == 1 else 's'}."
    told = [_did(said, undo)] if run.done else []
    return [*told, *_did_not(refused, run.refused, "did not move" if moved else "could not be done")]


def begun(run: Run) -> Any:
    """The toast after a run that goes on in the background."""
    view = {"label": "View", "on_click": rx.redirect(f"/runs?r={run.id}")}
    return rx.toast.info(f"{run.title}: at work in the background.", id="board-moved", duration=READ_FOR, action=view)


def _did(said: str, undo: Any) -> Any:
    # One id: the toast of a later act takes the place of the earlier, whose Undo would no longer be true.
    button = {"action": {"label": "Undo", "on_click": undo}} if undo else {}
    return rx.toast.success(said, id="board-moved", duration=UNDO_FOR, **button)


def _did_not(refused: Sequence[tuple[str, str]], count: int, what: str) -> list[Any]:
    if not refused:
        return []
    why = " ".join(f"{number}: {sentence}" for number, sentence in refused[:5])
    return [rx.toast.warning(f"{count:,} {what}.", description=why, duration=READ_FOR, close_button=True)]


def not_done(number: str, error: OmsError, retry: Any) -> Any:
    """The toast of a refused move; a conflict says who was first, and offers to look or to try again."""
    if not isinstance(error, Conflict):
        return rx.toast.error(error.message, duration=READ_FOR, close_button=True)
    by, did = error.details.get("by", "Somebody"), str(error.details.get("did", "changed it"))
    said = f"moved this to {title(Stage(error.details['stage']))}" if did.startswith("Moved") else f"was first: {did},"
    return rx.toast.warning(
        f"{by} {said} {_ago(str(error.details['at']))} ago. Your change was not applied.",
        duration=READ_FOR,
        close_button=True,
        action={"label": "View", "on_click": rx.redirect(f"/orders/{quote(number, safe='')}")},
        cancel={"label": "Retry", "on_click": retry},
    )


def _ago(at: str) -> str:
    seconds = max(int((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()), 1)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
