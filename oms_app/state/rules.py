"""The rules of the shop in the browser: their list, the one that is written, what it would have done, and the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import actions, moments
from oms_app.domain.errors import Malformed, OmsError
from oms_app.domain.orders import EventView
from oms_app.domain.permissions import Role
from oms_app.domain.rules import MOST_FIRED, Draft, DryRun, Firing, Rule
from oms_app.services import assignment, catalogue, rules, suggestions
from oms_app.settings import get_settings
from oms_app.state import live
from oms_app.state.board_words import FORMS
from oms_app.state.session import SessionState, notice, typed

ROWS = 50
ROOM = "rules"
OUTCOMES = {"done": "Done", "partly": "In part", "refused": "Could not", "stopped": "Stopped"}


@dataclass(frozen=True, slots=True)
class RuleCard:
    """A rule of the list, written out."""

    id: int
    name: str
    when: str
    q: str
    then: list[str]
    active: bool
    fired: str
    last: str


@dataclass(frozen=True, slots=True)
class FiringRow:
    """A line of the log."""

    id: int
    rule: str
    number: str
    event: str
    at: str
    outcome: str
    outcome_title: str
    steps: list[str]


class RulesState(SessionState, rx.State):
    """The list and the log; with `?rule=ID` or `?rule=new` the form of one rule."""

    cards: list[RuleCard] = []
    all_on: bool = True
    log: list[FiringRow] = []
    more: bool = False
    ready: bool = False
    failure: str = ""
    writing: str = ""  # the id of the rule in the form, "new", or empty
    name: str = ""
    kind: str = "placed"
    q: str = ""
    steps: list[str] = []
    adding: str = ""
    choices: list[tuple[str, str]] = []
    completions: list[tuple[str, str]] = []
    problem: str = ""
    step_problem: str = ""
    found: str = ""
    found_rows: list[list[str]] = []
    found_q: str = ""
    stamp: int = 0
    _steps: list[dict[str, Any]] = []

    @rx.event
    async def load(self):
        """Read what the address asks for, and hear of what rules do."""
        self.ready, self.failure, self.problem, self.adding, self.found = False, "", "", "", ""
        self.found_rows, self.log, self.completions = [], [], []
        self.writing = self.router.url.query_parameters.get("rule", "")
        await self.actor()
        await live.enter(self.router.session.session_id, ROOM)
        return [RulesState.read, RulesState.read_log]

    @rx.event
    async def depart(self):
        """Stop hearing of them: the page was left."""
        await live.leave(self.router.session.session_id, ROOM)

    @rx.event
    async def read(self):
        """Read every rule; the one in the form is filled in once."""
        found = await self.call(rules.every)
        self.cards = [_card(rule) for rule in found]
        if not self.ready and self.writing:
            chosen = next((rule for rule in found if str(rule.id) == self.writing), None)
            if chosen is None and self.writing != "new":
                self.failure = "There is no such rule any more."
            self._fill(chosen)
        self.ready = True
        return RulesState.read_switch

    @rx.event
    async def read_switch(self):
        """Read whether rules act at all."""
        self.all_on = await self.call(rules.are_on)

    @rx.event
    async def read_log(self):
        """Read the next lines of the log."""
        before = self.log[-1].id if self.log else None
        rule_id = int(self.writing) if self.writing.isdecimal() else None
        found = await self.call(rules.firings, rule_id=rule_id, before=before, limit=ROWS + 1)
        self.log = [*self.log, *map(_firing, found[:ROWS])]
        self.more = len(found) > ROWS

    @rx.event
    async def refresh(self):
        """A rule acted, or somebody changed one."""
        if len(self.log) > ROWS:
            return RulesState.read
        self.log = []
        return [RulesState.read, RulesState.read_log]

    @rx.event(temporal=True)
    async def switch(self, rule_id: int, on: bool):
        """Switch a rule on or off."""
        rule = await self.call(rules.switch, int(rule_id), bool(on))
        return [RulesState.read, notice(f"“{rule.name}” is {'on' if rule.active else 'off'}.")]

    @rx.event(temporal=True)
    async def switch_all(self, on: bool):
        """Let rules act, or none of them."""
        self.all_on = await self.call(rules.switch_all, bool(on))
        return notice("Rules act again." if self.all_on else "No rule acts any more.")

    @rx.event(temporal=True)
    async def shift(self, rule_id: int, by: int):
        """Let a rule act earlier or later."""
        self.cards = [_card(rule) for rule in await self.call(rules.move, int(rule_id), int(by))]

    @rx.event(temporal=True)
    async def remove(self):
        """Take the rule of the form away."""
        await self.call(rules.remove, int(self.writing))
        return [rx.redirect("/rules"), notice("The rule is gone; the log keeps what it did.")]

    @rx.event(supersedes=True)
    async def type_search(self, text: str):
        """Offer how the last word of the search can be finished."""
        self.q = str(text)[:2_000]
        found = await self.call(suggestions.complete, self.q, len(self.q)) if self.q.strip() else ()
        self.completions = [(each.text.strip(), each.label) for each in found]

    @rx.event
    async def choose_kind(self, kind: str):
        """What the rule waits for."""
        self.kind = str(kind)

    @rx.event
    async def open_step(self, action: str):
        """Ask what one more step needs."""
        self.step_problem = ""
        self.adding = str(action) if action in set(actions.Action) else ""
        if self.adding == actions.Action.ROUTE:
            self.choices = [(each.code, each.name) for each in await self.call(catalogue.locations)]
            return None
        return RulesState.read_people if self.adding in (actions.Action.ASSIGN, actions.Action.NOTIFY) else None

    @rx.event
    async def read_people(self):
        """Read who can be given work or told something."""
        people = list(await self.call(assignment.people))
        roles = [(str(role), f"Everybody with the role {role}") for role in Role]
        self.choices = [*roles, *people] if self.adding == actions.Action.NOTIFY else people

    @rx.event
    async def close_step(self, stays_open: bool = False):
        """The dialog was closed."""
        if not stays_open:
            self.adding = ""

    @rx.event
    async def add_step(self, form: dict[str, Any]):
        """One more step of the rule in the form."""
        given = {name: typed(form, name) for name in FORMS.get(actions.Action(self.adding), ("to",))}
        try:
            action, told = actions.read(self.adding, given)
        except Malformed as problem:
            self.step_problem = problem.message
            return
        self._steps = [*self._steps, {"do": str(action), **told}]
        self._say_steps()
        self.adding = ""

    @rx.event
    async def drop_step(self, position: int):
        """One step less."""
        self._steps = [each for index, each in enumerate(self._steps) if index != int(position)]
        self._say_steps()

    @rx.event(temporal=True)
    async def save(self, form: dict[str, Any]):
        """Write the rule; a new one is off until somebody switches it on."""
        try:
            rule = await self.call(rules.save, self._draft(form), None if self.writing == "new" else int(self.writing))
        except OmsError as error:
            self.problem = error.message
            return None
        self.problem = ""
        off = "" if rule.active else " It is off: try it on the past, then switch it on."
        return [rx.redirect(f"/rules?rule={rule.id}"), notice(f"“{rule.name}” is saved.{off}")]

    @rx.event
    async def try_it(self):
        """What the rule would have touched in the last 30 days; the search as it is typed, saved or not."""
        try:
            found = await self.call(rules.dry_run, self._draft({}))
        except OmsError as error:
            self.problem = error.message
            return
        self.problem = ""
        self._show(found)

    def _draft(self, form: Mapping[str, Any]) -> Draft:
        name = typed(dict(form), "name") or self.name
        return Draft(name, self.kind, self.q, rules.read_steps(self._steps))

    def _fill(self, rule: Rule | None) -> None:
        self.name, self.q = (rule.name, rule.q) if rule else ("", "")
        self.kind = rule.kind if rule else "placed"
        self._steps = [{"do": str(step.action), **step.given} for step in rule.then] if rule else []
        self.stamp += 1
        self._say_steps()

    def _say_steps(self) -> None:
        self.steps = [step.said for step in rules.read_steps(self._steps)]

    def _show(self, found: DryRun) -> None:
        count = f"{'' if found.whole else 'at least '}{found.count:,} order{'' if found.count == 1 else 's'}"
        self.found = f"In the last 30 days it would have touched {count}."
        self.found_rows = [[each.number, each.stage, each.customer, each.why] for each in found.orders]
        self.found_q = f"({self.q}) placed:30d" if self.q.strip() else "placed:30d"


@live.reader
async def tell_rules(events: Sequence[EventView]) -> None:
    """Ask every browser that looks at the rules to read them again, when one acted or was changed."""
    told = any(event.subject == "rule" or event.source.startswith("rule:") for event in events)
    if told and not live.is_empty(ROOM):
        await live.ask(ROOM, RulesState.refresh)


def _card(rule: Rule) -> RuleCard:
    zone = ZoneInfo(get_settings().timezone)
    fired = f"{rule.fired:,}" + ("+" if rule.fired == MOST_FIRED else "")
    last = moments.show(rule.fired_at, zone) if rule.fired_at else "never"
    then = [step.said for step in rule.then]
    return RuleCard(rule.id, rule.name, rule.when, rule.q, then, rule.active, fired, last)


def _firing(row: Firing) -> FiringRow:
    return FiringRow(
        id=row.id,
        rule=row.rule,
        number=row.number,
        event=row.event,
        at=moments.show(row.at, ZoneInfo(get_settings().timezone)),
        outcome=row.outcome,
        outcome_title=OUTCOMES[row.outcome],
        steps=[f"{did}: {why}" if why else did for did, why in row.steps],
    )
