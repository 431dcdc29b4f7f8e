"""What channels call our products, in the browser: the SKUs nobody knows yet, what each may be, and the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.orders import EventView
from oms_app.domain.runs import AT_ONCE, Run, Selection, Subject
from oms_app.domain.sku_actions import SkuAction
from oms_app.domain.sku_queue import Search, Show, UnknownSku, read_search
from oms_app.services import products, runs, sku_confirming, sku_map, sku_queue
from oms_app.services.sku_map import Name
from oms_app.settings import get_settings
from oms_app.state import draft_forms, live, sku_rows
from oms_app.state.board_words import UNDO_FOR
from oms_app.state.draft import Option
from oms_app.state.picking import PickingState
from oms_app.state.products import sold
from oms_app.state.session import notice, save, typed
from oms_app.state.sku_rows import UnknownRow

ROWS = 50
HITS = 8
PAIRS = 100
"""So many of what is about to be confirmed are named before."""

ROOM = "sku map"
TO_QUEUE = rx.call_script("requestAnimationFrame(() => document.getElementById('unknown')?.focus())")
"""What had the focus is gone with its row."""


@dataclass(frozen=True, slots=True)
class NameRow:
    """A line of the map, written out."""

    channel: str
    channel_title: str
    theirs: str
    sku: str
    product: str
    units: int
    who: str


class SkuMapState(PickingState, rx.State):
    """The queue of unknown SKUs above the map. At most one row of the queue is open. The address holds the search."""

    rows: list[UnknownRow] = []
    names: list[NameRow] = []
    pairs: list[str] = []
    more: bool = False
    more_names: bool = False
    words: str = ""
    show: str = ""
    sure: int = 0
    opened: str = ""
    form: str = ""
    chosen: str = ""
    hits: list[Option] = []
    hits_for: str = ""
    problem: str = ""
    ready: bool = False
    failure: str = ""
    _found: list[UnknownSku] = []
    _named: list[Name] = []

    @rx.event
    async def load(self):
        """Read the part of the queue that the address asks for; the map follows."""
        query = self.router.url.query_parameters
        self.words, show = query.get("q", "").strip()[:100], query.get("show", "")
        self.show = show if show in tuple(Show) else ""
        self._begin()
        await self.actor()
        await live.enter(self.router.session.session_id, ROOM)
        await self._read(from_start=True)
        self.ready = True
        return [SkuMapState.count_sure, SkuMapState.read_names(True)]

    @rx.event
    async def depart(self):
        """Stop hearing of suggestions: the page was left."""
        await live.leave(self.router.session.session_id, ROOM)

    @rx.event
    async def refresh(self):
        """Somebody looked what they may be: read again what is shown, while nothing is typed."""
        if not self.opened:
            await self._read(from_start=True, least=len(self._found))
        return [SkuMapState.count_sure, SkuMapState.read_names(True)]

    @rx.event
    async def count_sure(self):
        """Read how many can be confirmed at once."""
        self.sure = await self.call(sku_queue.count, Search(show=Show.SURE))

    @rx.event
    async def search(self, form: dict[str, Any]):
        """The address remembers the words."""
        given = {name: text for name, text in (("q", typed(form, "q")[:100]), ("show", self.show)) if text}
        return rx.redirect("/products/sku-map" + (f"?{urlencode(given)}" if given else ""))

    @rx.event
    async def show_more(self):
        """Read the next unknown SKUs."""
        await self._read(from_start=False)

    @rx.event
    async def read_names(self, from_start: bool = False):
        """Read the next page of the map, or the first one."""
        last = self._named[-1] if self._named and not from_start else None
        after = (last.channel, last.channel_sku) if last else ("", "")
        found = await self.call(sku_map.page, after=after, limit=ROWS + 1)
        self._named = [*(self._named if last else []), *found[:ROWS]]
        self.names, self.more_names = [_name(each) for each in self._named], len(found) > ROWS

    @rx.event
    async def open_form(self, key: str, form: str):
        """Open a form below a SKU: the product that it is (map), or one that is not there yet (new)."""
        self._close()
        self.opened, self.form = str(key), str(form)
        return draft_forms.focus("find-product" if self.form == "map" else "sku")

    @rx.event
    async def close_form(self):
        """Close the form."""
        self._close()
        return TO_QUEUE

    @rx.event(supersedes=True)
    async def find(self, text: str):
        """Somebody types a SKU, a barcode, or a part of a name."""
        words = str(text).strip()[:80]
        found = await self.call(products.page, words=words, limit=HITS) if words else ()
        self.hits = [Option(each.product.sku, each.product.sku, each.product.name) for each in found]
        self.hits_for = words

    @rx.event
    async def choose(self, sku: str):
        """This product it is; how many of it make one of theirs comes next."""
        self.chosen, self.hits, self.hits_for, self.problem = str(sku), [], "", ""
        return [draft_forms.fill({"find-product": str(sku)}), draft_forms.focus("quantity")]

    @rx.event(temporal=True)
    async def confirm(self, key: str, sku: str, quantity: int):
        """It is this product of ours; the next one has the focus then."""
        run, went = await self.call(sku_confirming.confirm, str(key), str(sku), int(quantity))
        return await self._answered(str(key), run, went)

    @rx.event(temporal=True)
    async def put(self, form: dict[str, Any]):
        """Map the opened SKU to the product that was chosen."""
        key, units = self._row().key, typed(form, "quantity")
        if not (units.isascii() and units.isdecimal()):
            self.problem = "Write how many of our units make one of theirs: 1."
            return None
        if not self.chosen:
            self.problem = "Choose a product from the list, or make a new one."
            return None
        try:
            run, went = await self.call(sku_confirming.confirm, key, self.chosen, int(units))
        except OmsError as error:
            self.problem = error.message
            return None
        return await self._answered(key, run, went)

    @rx.event(temporal=True)
    async def make(self, form: dict[str, Any]):
        """Make the product that the opened SKU is."""
        row = self._row()
        given = {"sku": typed(form, "sku"), "name": typed(form, "name"), "barcode": typed(form, "barcode")[:40]}
        try:
            given |= sold(form)
            went = await self.call(sku_map.make_product, channel=row.channel, channel_sku=row.sku, **given)
        except OmsError as error:
            self.problem = error.message
            return None
        after = self._without(row.key)
        return [notice(f"{row.sku} is known.{sku_rows.went_on(went)}"), SkuMapState.read_names(True), after]

    @rx.event(temporal=True)
    async def set_aside(self, key: str, action: str):
        """Ignore a SKU, or ask for it again."""
        chosen = Selection(((str(key), None),), subject=Subject.SKU)
        run = await self.call(runs.start, str(action), {}, chosen)
        after = self._without(str(key)) if run.done else None
        return [*await self._told(run), *([after] if after else [])]

    @rx.event(temporal=True)
    async def confirm_sure(self):
        """Look at all that are sure; they are confirmed at once after that."""
        found = await self.call(sku_queue.page, Search(show=Show.SURE), limit=PAIRS)
        few = len(found) <= AT_ONCE  # those that are shown, and no other, while somebody waits
        numbers = tuple((each.number, None) for each in found)
        chosen = Selection(numbers, subject=Subject.SKU) if few else Selection(q="is:sure", subject=Subject.SKU)
        await self._ask_many(SkuAction.CONFIRM, chosen)
        self.pairs = [sku_rows.pair(each) for each in found]

    @rx.event(temporal=True)
    async def act_on_selected(self, action: str):
        """Confirm, ignore or ask again for what is selected; says before what becomes of each."""
        if self.selected:
            await self._ask_many(SkuAction(str(action)), self._chosen())
            picked = [each for each in self._found if each.number in self.selected and each.suggestions]
            self.pairs = [sku_rows.pair(each) for each in picked] if action == SkuAction.CONFIRM else []

    @rx.event(temporal=True)
    async def remove(self, channel: str, theirs: str):
        """Forget what a channel's SKU is."""
        await self.call(sku_map.remove, channel=str(channel), channel_sku=str(theirs))
        return [notice(f"{theirs} is out of the map. Orders that came stay as they are."), SkuMapState.load]

    @rx.event
    async def download(self):
        """Save what the search finds."""
        return save("/export/unknown-skus?" + urlencode({"format": "csv", "q": self.words, "show": self.show}))

    async def _ask_many(self, action: SkuAction, chosen: Selection) -> None:
        seen = await self._look(action, {}, chosen)
        self._can, self.asking = seen.can, sku_rows.judged(action, seen)

    async def _carry_out(self, given: Mapping[str, Any]) -> Any:
        self.pairs = []
        return await super()._carry_out(given)

    def _left(self, numbers: list[str]) -> None:
        self.pairs = []

    async def _answered(self, key: str, run: Run, went: int) -> Any:
        """Say what came of one, with a way back, and go on to the next."""
        if not run.done:
            return await self._told(run)
        self._run = run.id
        said = f"{self._title(key)}: {run.title.lower() if run.action == SkuAction.CONFIRM else run.title}."
        back = {"label": "Undo", "on_click": SkuMapState.undo}
        toast = rx.toast.success(f"{said}{sku_rows.went_on(went)}", id="board-moved", duration=UNDO_FOR, action=back)
        return [toast, self._without(key), SkuMapState.read_names(True), SkuMapState.count_sure]

    def _title(self, key: str) -> str:
        return next((row.sku for row in self.rows if row.key == key), key)

    def _without(self, key: str) -> Any:
        """Take a row off the screen; returns where the focus goes."""
        keys = [row.key for row in self.rows]
        place = keys.index(key) if key in keys else 0
        rest = [each for each in keys if each != key]
        self._found = [each for each in self._found if each.number != key]
        self.rows = [row for row in self.rows if row.key != key]
        self._close()
        if not rest:
            return SkuMapState.load if self.more else TO_QUEUE
        return draft_forms.focus(f"act {rest[min(place, len(rest) - 1)]}")

    async def _again(self) -> Any:
        await self._read(from_start=True)
        return [SkuMapState.read_names(True), SkuMapState.count_sure]

    def _shown(self) -> list[str]:
        return [row.key for row in self.rows]

    def _chosen(self) -> Selection:
        if self.everything:
            search = self._search()
            parts = (search.words, search.channel and f"channel:{search.channel}", search.show and f"is:{search.show}")
            return Selection(q=" ".join(filter(None, parts)), subject=Subject.SKU)
        return Selection(tuple((key, None) for key in self.selected), subject=Subject.SKU)

    def _search(self) -> Search:
        return read_search(self.words, self.show)

    async def _read(self, *, from_start: bool, least: int = 0) -> None:
        last = self._found[-1] if self._found and not from_start else None
        after, limit = (last.channel, last.channel_sku) if last else ("", ""), max(ROWS, least)
        try:
            found = await self.call(sku_queue.page, self._search(), after=after, limit=limit + 1)
        except OmsError as error:
            self.failure = error.message
            return
        self._close()
        self._found = [*(self._found if last else []), *found[:limit]]
        self.rows, self.more, self.failure = [sku_rows.row_of(each) for each in self._found], len(found) > limit, ""

    def _row(self) -> UnknownRow:
        row = next((row for row in self.rows if row.key == self.opened), None)
        if row is None:
            raise Malformed("Open an unknown SKU first.")
        return row

    def _close(self) -> None:
        self.opened, self.form, self.chosen, self.hits, self.hits_for, self.problem = "", "", "", [], "", ""


@live.reader
async def tell_suggestions(events: Sequence[EventView]) -> None:
    """Ask every browser that looks at the queue to read it again: there are suggestions, or a run got on with it."""
    if any(event.subject in ("sku_map", "run") for event in events) and not live.is_empty(ROOM):
        await live.ask(ROOM, SkuMapState.refresh)


def _name(each: Name) -> NameRow:
    day = moments.show_date(each.created_at.astimezone(ZoneInfo(get_settings().timezone)).date())
    who = f"{each.created_by}, {day}"
    return NameRow(each.channel, each.channel_title, each.channel_sku, each.sku, each.product, each.quantity, who)
