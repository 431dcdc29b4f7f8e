"""Merging another order into the one on the screen: what it brings about first, then the merge."""

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.services import merging
from oms_app.state.changes import Preview, written
from oms_app.state.order import OrderState
from oms_app.state.session import SessionState, notice


class MergingState(SessionState, rx.State):
    """The merge that was previewed, with the versions it was judged by; none while `other` is empty."""

    other: str = ""
    preview: Preview = Preview()
    _into: str = ""
    _version: int = 0
    _other_version: int = 0

    @rx.event(temporal=True)
    async def look(self, number: str, version: int, other: str):
        """Say what taking the other order into this one would bring about."""
        self._into, self._version = str(number), int(version)
        try:
            seen, self._other_version = await self.call(merging.preview, self._into, str(other), version=self._version)
        except OmsError as error:
            return notice(error.message, "error")
        self.other, self.preview = str(other), written(seen)
        return None

    @rx.event
    async def never_mind(self, stays_open: bool = False):
        """The dialog was closed: both orders stay."""
        if not stays_open:
            self.other = ""

    @rx.event(temporal=True)
    async def merge(self, _form: dict[str, str]):
        """Take the other order into this one, as both were seen."""
        other, self.other = self.other, ""
        try:
            await self.call(merging.merge, self._into, other, version=self._version, other_version=self._other_version)
        except OmsError as error:
            return notice(error.message, "error")
        return [OrderState.refresh, notice(f"Order {other} came into this one and is cancelled.")]
