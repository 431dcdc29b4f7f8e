"""The board's moving parts for Python: components of `assets/board/parts.js`, and vars that read its store."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import reflex as rx
from reflex.event import no_args_event_spec, passthrough_event_spec
from reflex_base.vars import VarData
from reflex_base.vars.base import Var

PARTS = "$/public/board/parts.js"
STORE = "$/public/board/store.js"
DRAG = ["@dnd-kit/react@0.5.0", "@dnd-kit/dom@0.5.0"]

if TYPE_CHECKING:  # Reflex reads an event's arguments from its annotation; a type checker cannot
    from typing import Any as Grabs
    from typing import Any as Moves
    from typing import Any as Plain
else:
    Moves = rx.EventHandler[passthrough_event_spec(list[str], str, list[int])]
    Grabs = rx.EventHandler[passthrough_event_spec(list[str])]
    Plain = rx.EventHandler[no_args_event_spec]


@dataclass
class CardVar:
    """The fields of a card as the store keeps them (state/board_cards.py sends them)."""

    number: str
    version: int
    ship_by: int
    placed_at: int
    customer: str
    city: str
    value: str
    units: int
    channel: str
    sla: str
    badges: list[str]
    stage: str
    held_for: str
    why: str
    assignee: str


@dataclass
class LaneVar:
    """Cards of a column that share what the board is grouped by; one without a name where it is not."""

    name: str
    cards: list[CardVar]


@dataclass
class HeadVar:
    """What stands above a column."""

    count: int
    total: str
    on_time: int
    due: int
    late: int
    hidden: int
    more: int
    limit: int
    failed: bool


@dataclass
class TargetVar:
    """A stage in the Move menu, and why it is not open."""

    stage: str
    title: str
    why: str


class _Part(rx.Component):
    library = PARTS
    lib_dependencies: list[str] = DRAG


class Board(_Part):
    """Everything that drags. `snapshot` and `patches` come from the server, `titles` names the stages.

    lanes  the field of a card that splits columns into lanes, empty for none
    """

    tag = "Board"
    snapshot: rx.Var[Any]
    patches: rx.Var[list[dict[str, Any]]]
    presence: rx.Var[dict[str, str]]
    taken_back: rx.Var[dict[str, Any]]
    titles: rx.Var[dict[str, str]]
    lanes: rx.Var[str]
    on_move: Moves
    on_grab: Grabs
    on_refresh: Plain
    on_undo: Plain
    on_leave: Plain


class Column(_Part):
    """A stage that accepts cards."""

    tag = "Column"
    stage: rx.Var[str]
    title: rx.Var[str]


class Side(_Part):
    """A column beside the flow; its first child is what one clicks to open it."""

    tag = "Side"
    side: rx.Var[str]


class Card(_Part):
    """An order that drags by the element marked `data-handle`."""

    tag = "Card"
    order: rx.Var[CardVar]
    stage: rx.Var[str]


class Menu(_Part):
    """The Move menu; its children are the items."""

    tag = "Menu"
    on_move: Moves
    on_refresh: Plain


class Said(_Part):
    """The live region of the board."""

    tag = "Said"


def column_lanes(stage: rx.Var[str]) -> rx.Var[list[LaneVar]]:
    """The lanes of a column with their cards, as drawn now."""
    return _stored("column.lanes", f"const column = useColumn({stage!s})", "useColumn").to(list[LaneVar])


def column_size(stage: rx.Var[str]) -> rx.Var[int]:
    """How many cards are drawn in a column."""
    return _stored("column.cards.length", f"const column = useColumn({stage!s})", "useColumn").to(int)


def column_head(stage: rx.Var[str]) -> rx.Var[HeadVar]:
    """What stands above a column; null until the board has arrived."""
    return _stored("column.head", f"const column = useColumn({stage!s})", "useColumn").to(HeadVar)


def side_cards(side: str) -> rx.Var[list[CardVar]]:
    """The orders of a side column."""
    return _stored(f"{side}.cards", f'const {side} = useSide("{side}")', "useSide").to(list[CardVar])


def side_head(side: str) -> rx.Var[HeadVar]:
    """What stands on a side column; null until the board has arrived."""
    return _stored(f"{side}.head", f'const {side} = useSide("{side}")', "useSide").to(HeadVar)


def menu_targets() -> rx.Var[list[TargetVar]]:
    """Where the card of the open menu may go, allowed stages first."""
    return _stored("(menu?.targets ?? [])", "const menu = useMenu()", "useMenu").to(list[TargetVar])


def standing(card: rx.Var[CardVar], gone: rx.Var[bool]) -> rx.Var[str]:
    """How the order stands against its ship-by time, else its age, kept up to the minute; `gone`: it has left."""
    hook = {"const minute = useMinute()": None}
    imports = {STORE: [rx.ImportVar(tag="useMinute"), rx.ImportVar(tag="standing")]}
    data = VarData.merge(gone._get_all_var_data(), VarData(imports=imports, hooks=hook))
    return Var(_js_expr=f"standing({card!s}, {gone!s}, minute)", _var_data=data).to(str)


def _stored(expression: str, hook: str, name: str) -> rx.Var[Any]:
    imports = {STORE: [rx.ImportVar(tag=name)]}
    return Var(_js_expr=expression, _var_data=VarData(imports=imports, hooks={hook: None}))
