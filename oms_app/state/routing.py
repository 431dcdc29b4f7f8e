"""The routing rules as a form."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.routing import Missing, Rules, Ships, Wish
from oms_app.services import routing
from oms_app.services.routing import RoutingSettings
from oms_app.state.session import SessionState, notice, typed

WAITING = (Missing.BACKORDER, Missing.PREORDER)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A location and its place in the order."""

    code: str
    name: str
    postal_code: str
    rank: int


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel's own word; empty: as everywhere."""

    name: str
    title: str
    ships: str
    missing: str
    buffer: str


class RoutingState(SessionState, rx.State):
    """The rules as they were read last."""

    wishes: list[str] = [str(wish) for wish in Wish]
    places: list[PlaceRow] = []
    channels: list[ChannelRow] = []
    ships: str = ""
    missing: str = ""
    skus: dict[str, str] = {}
    problem: str = ""
    ready: bool = False

    @rx.event
    async def load(self):
        """Read the rules."""
        found = await self.call(routing.read_settings)
        self._show(found)
        self.problem, self.ready = "", True

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Write all rules; what is wrong stands above them."""
        try:
            await self.call(routing.set_rules, self._rules(form))
        except OmsError as error:
            self.problem = error.message
            return None
        return [RoutingState.load, notice("Orders that arrive from now on follow these rules.")]

    def _rules(self, form: dict[str, Any]) -> Rules:
        wishes = [typed(form, f"wish-{index}") for index in range(len(Wish))]
        if sorted(wishes) != sorted(Wish):
            raise Malformed("Each wish stands once: two places name the same one.")
        ranks = {place.code: _rank(place.code, typed(form, f"rank-{place.code}")) for place in self.places}
        own = [
            (row.name, typed(form, f"ships-{row.name}"), typed(form, f"missing-{row.name}")) for row in self.channels
        ]
        skus = {state: typed(form, f"skus-{state}").split() for state in WAITING}
        if twice := set(skus[Missing.BACKORDER]) & set(skus[Missing.PREORDER]):
            raise Malformed(f"{min(twice)} is a backorder or a preorder, not both.")
        return Rules(
            wishes=tuple(Wish(wish) for wish in wishes),
            locations=tuple(sorted(ranks, key=lambda code: (ranks[code], code))),
            ships=_one_of(Ships, typed(form, "ships")),
            missing=_one_of(Missing, typed(form, "missing")),
            channel_ships={name: _one_of(Ships, ships) for name, ships, _ in own if ships},
            channel_missing={name: _one_of(Missing, missing) for name, _, missing in own if missing},
            product_missing={sku: state for state in WAITING for sku in skus[state]},
            channel_buffer={
                row.name: units
                for row in self.channels
                if (units := _buffer(row.title, typed(form, f"buffer-{row.name}")))
            },
        )

    def _show(self, found: RoutingSettings) -> None:
        rules = found.rules
        self.wishes = [str(wish) for wish in rules.wishes]
        self.places = [PlaceRow(*each, rank) for rank, each in enumerate(found.locations, 1)]
        self.channels = [
            ChannelRow(
                name,
                title,
                rules.channel_ships.get(name, ""),
                rules.channel_missing.get(name, ""),
                str(rules.channel_buffer.get(name, 0)),
            )
            for name, title in found.channels
        ]
        self.ships, self.missing = rules.ships, rules.missing
        self.skus = {
            str(state): "\n".join(sku for sku, word in rules.product_missing.items() if word is state)
            for state in WAITING
        }


def _rank(code: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise Malformed(f"The priority of {code} is a whole number; 1 comes first.")
    return int(text)


def _buffer(title: str, text: str) -> int:
    if not ((text or "0").isascii() and (text or "0").isdecimal() and len(text) <= 7):
        raise Malformed(f"The buffer of {title} is a whole number of units.")
    return int(text or "0")


def _one_of(words: Any, text: str) -> Any:
    if text not in set(words):
        raise Malformed(f"Choose one of {', '.join(words)}.")
    return words(text)
