"""What a person is told about moves: the question before, the toast after, the refusal and the conflict."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

import reflex as rx

from oms_app.domain.errors import Conflict, OmsError
from oms_app.domain.lifecycle import LIFECYCLE, OPEN_STAGES, MoveDetails, Stage, asks

UNDO_FOR = 8_000
"""Milliseconds the Undo of a toast stays."""

READ_FOR = 12_000
"""Milliseconds a refusal stays."""

EFFECTS = {
    Stage.PACKED: "Records one parcel with every unit of the order.",
    Stage.SHIPPED: "Takes the units out of stock and records who carries the parcel.",
    Stage.DELIVERED: "Closes the order. From here it only comes back as a return.",
    Stage.CANCELLED: "Frees the stock of the order. This is final.",
}


class Asking(TypedDict):
    """The open dialog (none while `title` is empty): what it says, and which fields it asks for."""

    title: str
    lead: str
    action: str
    weight: bool
    courier: bool
    reason: bool
    refused: list[str]
    problem: str


CLOSED: Asking = {
    "title": "",
    "lead": "",
    "action": "",
    "weight": False,
    "courier": False,
    "reason": False,
    "refused": [],
    "problem": "",
}


def title(stage: Stage) -> str:
    """The stage's name on screen."""
    return LIFECYCLE[stage].title


def question(to: Stage, going: Sequence[str], fields: set[str], refused: Mapping[str, str]) -> Asking:
    """The dialog before a move that asks for something, or that takes many orders."""
    one = len(going) == 1 and not refused
    count = f"{len(going)} can move, {len(refused)} cannot" if refused else f"{len(going)} orders"
    heading = f"{title(to)}: order {going[0]}" if one else f"{title(to)}: {count}"
    return {
        "title": heading,
        "lead": EFFECTS.get(to, "Each order moves on its own; what is refused stays where it is."),
        "action": f"Move to {title(to)}" if one else f"Move {len(going)}",
        "weight": "weight_g" in fields,
        "courier": "courier" in fields,
        "reason": "reason" in fields,
        "refused": [f"{number}: {why}" for number, why in refused.items()],
        "problem": "",
    }


def answers(asking: Asking, form: Mapping[str, Any]) -> MoveDetails | None:
    """What the person wrote into the fields that were asked for; None where the weight is no number."""

    def said(field: str, asked: bool) -> str:
        return str(form.get(field) or "").strip() if asked else ""

    weight = said("weight_g", asking["weight"])
    if weight and not (weight.isascii() and weight.isdecimal()):
        return None
    return MoveDetails(
        weight_g=int(weight or 0),
        courier=said("courier", asking["courier"]),
        awb=said("awb", asking["courier"]),
        reason=said("reason", asking["reason"]),
    )


def way_back(before: set[Stage | None], to: Stage) -> Stage | None:
    """The stage an Undo sends these orders to: where all of them were, if that needs no dialog."""
    if len(before) != 1 or to not in OPEN_STAGES:
        return None
    [back] = before
    return back if back in LIFECYCLE[to].next and not asks(to, back) else None


def done(numbers: Sequence[str], to: Stage, refused: Sequence[tuple[str, str]], undo: Any) -> list[Any]:
    """The toasts after a move. `undo` is the event of its button, None where there is no way back."""
    # One id: the toast of a later move takes the place of the earlier, whose Undo would no longer be true.
    told: list[Any] = []
    if numbers:
        what = f"Order {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} orders"
        button = {"action": {"label": "Undo", "on_click": undo}} if undo else {}
        told.append(rx.toast.success(f"{what} moved to {title(to)}.", id="board-moved", duration=UNDO_FOR, **button))
    if refused:
        why = " ".join(f"{number}: {sentence}" for number, sentence in refused[:5])
        told.append(
            rx.toast.warning(f"{len(refused)} did not move.", description=why, duration=READ_FOR, close_button=True)
        )
    return told


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
        action={"label": "View", "on_click": rx.redirect(f"/orders/{number}")},
        cancel={"label": "Retry", "on_click": retry},
    )


def _ago(at: str) -> str:
    seconds = max(int((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()), 1)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
