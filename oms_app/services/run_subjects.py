"""What a run can take many of: orders, articles, products, SKUs nobody knows. One more is a module with these."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import Connection

from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.runs import Look, Selection, Subject
from oms_app.services import run_orders, run_products, run_skus, run_stock

Given = Mapping[str, Any]


class RunSubject(Protocol):
    """What runs ask of a subject. `number` is an order's, a SKU, or CHANNEL:SKU."""

    SEES: Permission

    def read(self, action: str, form: Given, /) -> tuple[str, dict[str, Any]]:
        """The action and what it is told. Raises Malformed with the field."""

    def needed(self, action: str, given: Given, /) -> Permission:
        """The permission without which it is done to none."""

    def said(self, action: str, given: Given, /) -> str:
        """The action as a person reads it."""

    def undoable(self, action: str, given: Given, /) -> bool:
        """Whether there is a way back that is true."""

    def prepare(self, tx: Connection, actor: Actor, action: str, given: Given, /) -> dict[str, Any]:
        """What was told, with the names in it looked up once. Raises NotFound, Forbidden."""

    def look(self, tx: Connection, actor: Actor, action: str, given: Given, chosen: Selection, /) -> Look:
        """Judge what is chosen; `given` is empty while its dialog has not asked yet."""

    def gather(self, tx: Connection, actor: Actor, run: Any, most: int, /) -> tuple[list[str], int | None]:
        """The next matches of a run's search, and the id to go on after where the subject has one."""

    def perform(self, tx: Connection, actor: Actor, run: Any, row: Any, /) -> dict[str, Any]:
        """Do it to one, inside the caller's transaction; what an undo has to know. Raises what its service raises."""

    def take_back(self, tx: Connection, actor: Actor, run: Any, row: Any, /) -> None:
        """Undo what was done to one, where it still stands so. Raises Refused."""


SUBJECTS: Mapping[Subject, RunSubject] = {
    Subject.ORDER: run_orders,
    Subject.STOCK: run_stock,
    Subject.PRODUCT: run_products,
    Subject.SKU: run_skus,
}
