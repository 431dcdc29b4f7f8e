"""Units kept for the order on the screen: letting them go, moving them. The order page reads the order again itself."""

from datetime import date
from typing import Any

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.services import reservations
from oms_app.state.session import SessionState, notice, typed


class ReservationsState(SessionState, rx.State):
    """Which dialog is open, for which units."""

    dialog: str = ""
    about: str = ""
    problem: str = ""
    lots: list[tuple[str, str]] = []
    _kept: int = 0

    @rx.event
    async def open_dialog(self, name: str, kept_id: int, about: str):
        """Ask why, and where to."""
        self.dialog, self._kept, self.about, self.problem = str(name), int(kept_id), str(about), ""

    @rx.event(temporal=True)
    async def open_lots(self, kept_id: int, about: str):
        """Ask of which lot the units are taken."""
        found = await self.call(reservations.lots_for, int(kept_id))
        self.lots = [(code, _lot(code, day, units)) for code, day, units in found]
        return ReservationsState.open_dialog("lot", int(kept_id), str(about))

    @rx.event
    async def close_dialog(self, stays_open: bool = False):
        """Close the form."""
        if not stays_open:
            self.dialog = ""

    @rx.event(temporal=True)
    async def release(self, form: dict[str, Any]):
        """Let the units go."""
        return await self._carry_out(reservations.release, "The units are free.", reason=typed(form, "reason")[:200])

    @rx.event(temporal=True)
    async def move(self, form: dict[str, Any]):
        """Keep them at another location."""
        where, why = typed(form, "location"), typed(form, "reason")[:200]
        return await self._carry_out(reservations.move, f"They are kept at {where}.", location=where, reason=why)

    @rx.event(temporal=True)
    async def choose_lot(self, form: dict[str, Any]):
        """Take the units of the lot that was chosen."""
        code, why = typed(form, "lot"), typed(form, "reason")[:200]
        said = f"They are taken of lot {code}." if code else "What expires first goes first."
        return await self._carry_out(reservations.choose_lot, said, lot=code, reason=why)

    async def _carry_out(self, service: Any, said: str, **values: Any) -> Any:
        try:
            await self.call(service, self._kept, **values)
        except OmsError as error:
            self.problem = error.message
            return None
        self.dialog = ""
        return notice(said)


def _lot(code: str, day: date | None, units: int) -> str:
    until = f", good until {day.isoformat()}" if day else ""
    return f"{code or 'No lot'}{until}, {units:,} free"
