"""What a person is asked before an act on many articles or products: what it needs, then what would become of them."""

from collections.abc import Mapping
from typing import Any

from oms_app.domain import product_actions, stock_actions
from oms_app.domain.runs import THINGS, Preview, Subject
from oms_app.state.board_words import CLOSED, Asking, refusals

TITLES: Mapping[str, str] = {
    **{str(action): title for action, title in stock_actions.TITLES.items()},
    **{str(action): title for action, title in product_actions.TITLES.items()},
}
_SAID = {Subject.STOCK: stock_actions.said, Subject.PRODUCT: product_actions.said}


def question(subject: Subject, action: str, seen: Preview) -> Asking:
    """The first step: what exactly."""
    return {
        **CLOSED,
        "title": f"{TITLES[action]}: {_many(seen.total, subject)}",
        "lead": "Nothing is done yet: what would become of each is shown first.",
        "action": "Preview",
        "form": action,
    }


def judged(subject: Subject, action: str, given: Mapping[str, Any], seen: Preview) -> Asking:
    """The second step: how many can, and why the others cannot."""
    known = f"{seen.can:,}" if seen.looked_at == seen.total else f"{seen.can:,} of the first {seen.looked_at:,}"
    told = f"{known} can, {seen.cannot:,} cannot" if seen.cannot else f"all {_many(seen.total, subject)} can"
    doing = seen.can if seen.looked_at == seen.total else seen.total - seen.cannot
    return {
        **CLOSED,
        "title": f"{_SAID[subject](action, given)}: {told}",
        "lead": "Each is done on its own; what is refused stays as it is.",
        "action": f"{TITLES[action]}: {doing:,}" if seen.can else "Close",
        "refused": refusals(seen),
    }


def _many(count: int, subject: Subject) -> str:
    return f"{count:,} {THINGS[subject]}{'' if count == 1 else 's'}"
