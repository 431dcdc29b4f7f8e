"""The rules of priority as a form that shows, while one writes, what they would do to the open orders."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import reflex as rx

from oms_app.domain import moments
from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.lifecycle import LIFECYCLE
from oms_app.domain.priorities import ASPECTS, MOST_RULES, WITHOUT_VALUE, Rule, When
from oms_app.services import priorities
from oms_app.services.priorities import Previewed
from oms_app.state.session import SessionState, notice

FRESH = (When.DUE_WITHIN, "24", 20)
"""What a new rule begins as."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as it is typed; `key` stays with it while it moves."""

    key: int
    when: str
    aspect: str
    value: str
    points: str
    on: bool
    asks: bool


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """An open order before and after."""

    number: str
    customer: str
    stage: str
    stage_title: str
    ship_by: str
    before: int
    after: int
    place: int
    moves: str
    why: str


class PrioritiesState(SessionState, rx.State):
    """The rules in this tab, saved or not."""

    rules: list[RuleRow] = []
    preview: list[PreviewRow] = []
    summary: str = ""
    problem: str = ""
    ready: bool = False
    _keys: int = 0

    @rx.event
    async def load(self):
        """Read the rules as they stand."""
        self._show(await self.call(priorities.read))
        self.problem, self.ready = "", True
        return PrioritiesState.try_out

    @rx.event
    async def try_out(self):
        """What the rules on the screen would do."""
        try:
            found = await self.call(priorities.preview, self._rules())
        except OmsError as error:
            self.problem = error.message
            return
        now = datetime.now(UTC)
        self.preview = [_preview(row, now) for row in found.rows]
        self.summary = _summary(found.looked_at, found.changed)
        self.problem = ""

    @rx.event
    async def write(self, key: int, field: str, value: str):
        """A field of a rule was changed."""
        if field in ("when", "value", "points"):
            self._put(int(key), **{str(field): str(value)[:60]})
        return PrioritiesState.try_out

    @rx.event
    async def switch(self, key: int, on: bool):
        """A rule was switched on or off."""
        self._put(int(key), on=bool(on))
        return PrioritiesState.try_out

    @rx.event
    async def move(self, key: int, by: int):
        """A rule goes up or down by one."""
        rules = list(self.rules)
        here = next((place for place, rule in enumerate(rules) if rule.key == int(key)), 0)
        there = here + (1 if int(by) > 0 else -1)
        if 0 <= there < len(rules):
            rules[here], rules[there] = rules[there], rules[here]
            self.rules = rules
        return PrioritiesState.try_out

    @rx.event
    async def remove(self, key: int):
        """Take a rule out."""
        self.rules = [rule for rule in self.rules if rule.key != int(key)]
        return PrioritiesState.try_out

    @rx.event
    async def add(self):
        """One more rule at the end."""
        if len(self.rules) < MOST_RULES:
            when, value, points = FRESH
            self.rules = [*self.rules, self._row(Rule(when, value, points))]
        return PrioritiesState.try_out

    @rx.event(temporal=True)
    async def save(self):
        """Write the rules; what is wrong stands above them."""
        try:
            self._show(await self.call(priorities.save, self._rules()))
        except OmsError as error:
            self.problem = error.message
            return None
        self.problem = ""
        return [PrioritiesState.try_out, notice("Saved. Open orders follow within seconds.")]

    def _show(self, rules: tuple[Rule, ...]) -> None:
        self.rules = [self._row(rule) for rule in rules]

    def _row(self, rule: Rule) -> RuleRow:
        self._keys += 1
        asks = rule.when not in WITHOUT_VALUE
        return RuleRow(self._keys, rule.when, _aspect(rule.when), rule.value, str(rule.points), rule.on, asks)

    def _put(self, key: int, **values: str | bool) -> None:
        rows = [replace(rule, **values) if rule.key == key else rule for rule in self.rules]
        known = set(When)
        self.rules = [
            replace(row, aspect=_aspect(When(row.when)), asks=row.when not in WITHOUT_VALUE)
            for row in rows
            if row.when in known
        ]

    def _rules(self) -> list[Rule]:
        rows = enumerate(self.rules, 1)
        return [Rule(When(row.when), row.value, _points(row.points, place), row.on) for place, row in rows]


def _aspect(when: When) -> str:
    return ASPECTS[when].capitalize()


def _points(text: str, place: int) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal() and len(text.strip()) <= 4):
        raise Malformed(f"Rule {place}: the points are a whole number.")
    return int(text)


def _preview(row: Previewed, now: datetime) -> PreviewRow:
    up = row.place_before - row.place_after
    return PreviewRow(
        number=row.number,
        customer=row.customer,
        stage=row.stage,
        stage_title=LIFECYCLE[row.stage].title,
        ship_by=moments.until(row.ship_by, now) if row.ship_by else "",
        before=row.before,
        after=row.after,
        place=row.place_after,
        moves=f"↑ {up}" if up > 0 else f"↓ {-up}" if up < 0 else "stays",
        why=row.why or "no rule is true",
    )


def _summary(looked_at: int, changed: int) -> str:
    if not looked_at:
        return "There is no open order to try them on."
    return f"Of the {looked_at} open orders that must leave first, {changed} get another score."
