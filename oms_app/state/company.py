"""The seller's profile as a form."""

from typing import Any, Literal

import reflex as rx

from oms_app.domain.company import Bank, CompanyView, PlainAddress, Registration
from oms_app.domain.errors import OmsError
from oms_app.services import company
from oms_app.state.session import SessionState, notice, typed


class CompanyState(SessionState, rx.State):
    """The profile as it was read last."""

    company: CompanyView = CompanyView()
    registrations: list[Registration] = []
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """Read the profile."""
        self._show(await self.call(company.profile))
        self.problem, self.ready = "", True

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Write the form; what is wrong stands above it."""
        address = {name: typed(form, name) for name in ("line1", "line2", "city", "state", "postal_code")}
        bank = {name: typed(form, name) for name in ("account_name", "account_number", "ifsc", "bank", "upi")}
        own = {name: typed(form, name) for name in ("legal_name", "trade_name", "pan", "email", "phone")}
        wanted = CompanyView(**own, address=PlainAddress(**address), bank=Bank(**bank))
        try:
            self._show(await self.call(company.save, wanted))
        except OmsError as error:
            self.problem = error.message
            return None
        self.problem = ""
        return notice("The company profile is saved.")

    @rx.event(temporal=True)
    async def set_picture(self, which: Literal["logo", "signature"], data: str):
        """Put a picture on the documents."""
        await self.call(company.set_picture, which, str(data))
        return [CompanyState.load, notice(f"The {which} is saved.")]

    @rx.event(temporal=True)
    async def remove_picture(self, which: Literal["logo", "signature"]):
        """Take a picture off the documents."""
        await self.call(company.set_picture, which, "")
        return [CompanyState.load, notice(f"The {which} is removed.")]

    @rx.event(temporal=True)
    async def add_gstin(self, form: dict[str, Any]):
        """Register a GSTIN."""
        added = await self.call(company.add_gstin, typed(form, "gstin"))
        return [CompanyState.load, notice(f"{added.gstin} is registered for {added.state}.")]

    @rx.event(temporal=True)
    async def remove_gstin(self, gstin: str):
        """Take a GSTIN off the profile."""
        await self.call(company.remove_gstin, str(gstin))
        return [CompanyState.load, notice(f"{gstin} is removed.")]

    def _show(self, found: CompanyView) -> None:
        self.company, self.registrations = found, list(found.registrations)
