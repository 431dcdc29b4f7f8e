"""Importing a stock list in the browser: what it would do, then doing it."""

import reflex as rx

from oms_app.domain.errors import OmsError
from oms_app.domain.stock_sheet import FilePreview
from oms_app.services import stock_files
from oms_app.state.session import SessionState, notice
from oms_app.state.stock_sheet import StockSheetState


class StockFilesState(SessionState, rx.State):
    """One file at a time."""

    token: str = ""
    said: str = ""
    changes: int = 0
    reasons: list[str] = []
    problem: str = ""

    @rx.event
    async def preview(self, files: list[rx.UploadFile]):
        """Try the file that was chosen."""
        self._forget()
        for file in files[:1]:
            content = await file.read(stock_files.MOST_BYTES + 1)
            try:
                self._show(await self.call(stock_files.preview, file.filename or "", content))
            except OmsError as error:
                self.problem = error.message

    @rx.event(temporal=True)
    async def take(self):
        """Take the file; what cannot be taken comes back."""
        try:
            done = await self.call(stock_files.take, self.token)
        except OmsError as error:
            self._forget()
            self.problem = error.message
            return None
        self._forget()
        told = [StockSheetState.read_again, notice(f"{done.changes} levels changed, {done.rejected} rows not taken.")]
        return [*told, rx.download(data=done.rejects, filename="rejected.csv")] if done.rejects else told

    @rx.event(temporal=True)
    async def drop(self):
        """Forget the file."""
        token = self.token
        self._forget()
        await self.call(stock_files.drop, token)

    def _show(self, found: FilePreview) -> None:
        self.token, self.changes, self.reasons = found.token, found.changes, list(found.reasons)
        self.said = (
            f"{found.read} rows: {found.changes} would change, {found.same} are so already, "
            f"{found.rejected} cannot be taken."
        )

    def _forget(self) -> None:
        self.token, self.said, self.changes, self.reasons, self.problem = "", "", 0, [], ""
