"""Kits in the browser: the list of them, and the components of one product."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from oms_app.domain.errors import NotFound, OmsError
from oms_app.domain.kits import KitView
from oms_app.services import kits
from oms_app.state.session import SessionState, notice, typed

ROWS = 50


@dataclass(frozen=True, slots=True)
class KitRow:
    """A kit, written out."""

    sku: str
    name: str
    parts: str
    places: str
    available: int


@dataclass(frozen=True, slots=True)
class PartRow:
    """A component of a kit, or a kit that has the product on the screen as one."""

    sku: str
    name: str
    units: int


class KitsState(SessionState, rx.State):
    """Every kit, with what can be made of it."""

    rows: list[KitRow] = []
    more: bool = False
    ready: bool = False
    failure: str = ""

    @rx.event
    async def load(self):
        """Read the first page."""
        self.rows, self.failure = [], ""
        await self._append()
        self.ready = True

    @rx.event
    async def show_more(self):
        """Read the next page."""
        await self._append()

    async def _append(self) -> None:
        after = self.rows[-1].sku if self.rows else ""
        try:
            found = await self.call(kits.page, after_sku=after, limit=ROWS + 1)
        except OmsError as error:
            self.failure = error.message
            return
        self.rows = [*self.rows, *(_row(view) for view in found[:ROWS])]
        self.more = len(found) > ROWS


class KitState(SessionState, rx.State):
    """What the product on the screen is made of, and the kits that it is a component of."""

    sku: str = ""
    parts: list[PartRow] = []
    used_in: list[PartRow] = []
    made: str = ""
    problem: str = ""

    @rx.event
    async def load(self):
        """Read the components of the product that the address names; the kits with it follow."""
        self.sku, self.problem, self.used_in = str(self.stock_sku), "", []
        try:
            self._show(await self.call(kits.get, self.sku))
        except NotFound:
            self.parts = []  # the page says so
            return None
        return KitState.read_used_in

    @rx.event
    async def read_used_in(self):
        """Read which kits have it as a component."""
        self.used_in = [PartRow(*each) for each in await self.call(kits.used_in, self.sku)]

    @rx.event(temporal=True)
    async def put(self, form: dict[str, Any]):
        """Add a component, or say anew how many of it one kit takes."""
        units = typed(form, "part_units")
        if not (units.isascii() and units.isdecimal() and len(units) <= 6):
            self.problem = "Write how many, like 2."
            return None
        return await self._set(self._units() | {typed(form, "part_sku"): int(units)})

    @rx.event(temporal=True)
    async def remove(self, sku: str):
        """Take a component out; without any the product is goods again."""
        return await self._set({part: units for part, units in self._units().items() if part != str(sku)})

    async def _set(self, units: dict[str, int]) -> Any:
        try:
            self._show(await self.call(kits.set_parts, self.sku, units))
        except OmsError as error:
            self.problem = error.message
            return None
        self.problem = ""
        return notice("Orders from now on take these components." if units else "It is no kit any more.")

    def _units(self) -> dict[str, int]:
        return {part.sku: part.units for part in self.parts}

    def _show(self, view: KitView) -> None:
        self.parts = [PartRow(part.sku, part.name, part.units) for part in view.parts]
        self.made = f"{view.available:,} can be made" + (f": {_places(view)}" if view.places else "")


def _row(view: KitView) -> KitRow:
    parts = ", ".join(f"{part.units} × {part.sku}" for part in view.parts)
    return KitRow(view.sku, view.name, parts, _places(view), view.available)


def _places(view: KitView) -> str:
    return ", ".join(f"{units:,} at {code}" for code, units in view.places)
