"""The command palette: search everything while typing, from every page."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from oms_app.domain import marks
from oms_app.domain.marks import Part
from oms_app.domain.query import parse
from oms_app.services import suggestions
from oms_app.state.session import SessionState
from oms_app.state.shell import ShellState

MOST_RECENT = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a word of the palette can lead besides to what was found. `needs` is the permission to be there."""

    title: str
    href: str
    needs: str = ""


places = [Place("Late orders", "/orders?q=is%3Alate"), Place("Orders on hold", "/orders?q=is%3Aheld")]
"""Every page with a fixed address comes to these when it is registered."""


@dataclass(frozen=True, slots=True)
class PaletteRow:
    """One hit; `heading` stands above the first of its group."""

    key: str
    heading: str
    title_parts: list[Part]
    detail: str
    href: str


class PaletteState(SessionState, rx.State):
    """What the palette of one tab shows. Recent searches stay in the tab."""

    shown: bool = False
    text: str = ""
    rows: list[PaletteRow] = []
    said: str = ""
    recent: str = rx.SessionStorage("[]", name="oms-recent")

    @rx.event
    async def open(self):
        """Open it empty, with what was searched last."""
        self.shown, self.text, self.rows, self.said = True, "", [], ""

    @rx.event
    async def change(self, shown: bool):
        """Closed by Escape or a click beside it."""
        self.shown = bool(shown)

    @rx.event(supersedes=True)
    async def typed(self, text: str):
        """Search while somebody types; a later key drops this answer."""
        self.text = str(text)[:200]
        groups = await self.call(suggestions.suggest, self.text) if self.text.strip() else ()
        searched = marks.words(parse(self.text))
        hits = [
            PaletteRow(
                key=f"{hit.kind}:{hit.key}",
                heading=group.title if position == 0 else "",
                title_parts=marks.parts(hit.title, searched),
                detail=hit.detail,
                href=hit.href,
            )
            for group in groups
            for position, hit in enumerate(group.hits)
        ]
        may = (await self.get_state(ShellState)).may
        self.rows = [*hits, *_places(self.text.strip().casefold(), may)]
        count = len(self.rows)
        self.said = f"{count} result{'' if count == 1 else 's'}" if self.text.strip() else ""

    @rx.event
    async def choose(self, href: str):
        """Go where a hit leads, and remember the search."""
        self.shown = False
        if self.text.strip():
            kept = [each for each in self._recent() if each != self.text.strip()]
            self.recent = json.dumps([self.text.strip(), *kept][:MOST_RECENT])
        href = str(href)
        return rx.redirect(href if href.startswith("/") and not href.startswith("//") else "/")

    @rx.event
    async def again(self, text: str):
        """Search once more for something recent."""
        self.shown = False
        return rx.redirect(search_address(str(text)))

    @rx.event
    async def submit(self, form: dict[str, Any]):
        """Enter with nothing marked: an exact hit opens, else the list shows everything that fits."""
        typed = str(form.get("q", "")).strip()
        if not typed:
            return None
        self.text = typed
        exact = [row for row in self.rows if row.key == f"order:{typed.lstrip('#')}"]
        return PaletteState.choose(exact[0].href if exact else search_address(typed))

    @rx.var
    def recents(self) -> list[str]:
        """What was searched last in this tab."""
        return self._recent()

    def _recent(self) -> list[str]:
        try:
            kept = json.loads(self.recent)
        except ValueError:
            return []
        return [str(each) for each in kept][:MOST_RECENT] if isinstance(kept, list) else []


def _places(text: str, may: list[str]) -> list[PaletteRow]:
    named = [
        each
        for each in places
        if text and f" {each.title.casefold()}".find(f" {text}") >= 0 and (not each.needs or each.needs in may)
    ]
    return [
        PaletteRow(f"action:{each.href}", "" if position else "Go to", [Part(each.title, False)], "", each.href)
        for position, each in enumerate(named)
    ]


def search_address(text: str) -> str:
    """The list of orders that fit the text."""
    return f"/orders?{urlencode({'q': text})}"
