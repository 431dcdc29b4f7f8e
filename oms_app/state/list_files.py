"""Importing a list in the browser: what it would do, then doing it."""

from typing import Any, ClassVar

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.domain.import_lists import ListPreview
from oms_app.services import list_files
from oms_app.services.list_files import What
from oms_app.state.products import ProductsState
from oms_app.state.session import SessionState, notice
from oms_app.state.stock_sheet import StockSheetState


class ListFilesState(SessionState, rx.State, mixin=True):
    """One file at a time."""

    token: str = ""
    said: str = ""
    changes: int = 0
    reasons: list[str] = []
    problem: str = ""
    _what: ClassVar[What]
    _after: ClassVar[Any]

    @rx.event
    async def preview(self, files: list[rx.UploadFile]):
        """Try the file that was chosen."""
        self._forget()
        for file in files[:1]:
            content = await file.read(list_files.MOST_BYTES + 1)
            try:
                self._show(await self.call(list_files.preview, self._what, file.filename or "", content))
            except OmsError as error:
                self.problem = error.message

    @rx.event(temporal=True)
    async def take(self):
        """Take the file; what cannot be taken comes back."""
        try:
            done = await self.call(list_files.take, self._what, self.token)
        except OmsError as error:
            self._forget()
            self.problem = error.message
            return None
        self._forget()
        told = [self._after, notice(self._done(done))]
        return [*told, rx.download(data=done.rejects, filename="rejected.csv")] if done.rejects else told

    @rx.event(temporal=True)
    async def drop(self):
        """Forget the file."""
        token = self.token
        self._forget()
        await self.call(list_files.drop, self._what, token)

    def _show(self, found: ListPreview) -> None:
        self.token, self.changes, self.reasons = found.token, found.added + found.changed, list(found.reasons)
        self.said = self._would(found)

    def _would(self, found: ListPreview) -> str:
        raise NotImplementedError

    def _done(self, done: ListPreview) -> str:
        raise NotImplementedError

    def _forget(self) -> None:
        self.token, self.said, self.changes, self.reasons, self.problem = "", "", 0, [], ""


class StockFilesState(ListFilesState, rx.State):
    """A stock list."""

    _what = "stock"
    _after = StockSheetState.read_again

    def _would(self, found: ListPreview) -> str:
        return (
            f"{found.read} rows: {found.changed} would change, {found.same} are so already, "
            f"{found.rejected} cannot be taken."
        )

    def _done(self, done: ListPreview) -> str:
        return f"{done.changed} levels changed, {done.rejected} rows not taken."


class ProductFilesState(ListFilesState, rx.State):
    """A list of products, in a dialog."""

    shown: bool = False
    _what = "products"
    _after = ProductsState.load

    @rx.event
    async def show(self, opens: bool = True):
        """Open the dialog, or close it."""
        self.shown = bool(opens)

    def _would(self, found: ListPreview) -> str:
        return (
            f"{found.read} rows: {found.added} new, {found.changed} changed, {found.same} are so already, "
            f"{found.rejected} cannot be taken."
        )

    def _done(self, done: ListPreview) -> str:
        self.shown = False
        return f"{done.added} products added, {done.changed} changed, {done.rejected} rows not taken."
