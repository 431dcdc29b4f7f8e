"""How urgent an order is: the shop's rules, and the score they add up to with its explanation.

Rules look at five things. Of each of these the first rule that is true counts, so the order of the rules matters:
"due within 4 hours" stands before "due within 24 hours".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from oms_app.domain.errors import Malformed
from oms_app.domain.states import state_name

MOST_RULES = 50
MOST_POINTS = 100
MOST_HOURS = 24 * 60
MOST_VALUE = 10**9


class Aspect(StrEnum):
    """What a rule looks at; each adds points once."""

    URGENCY = "urgency"
    SERVICE = "service"
    DESTINATION = "destination"
    VALUE = "value"
    CUSTOMER = "customer"


class When(StrEnum):
    """What a rule asks. `Rule.value` says which: hours, a service, a PIN's beginning, an amount, a tag."""

    DUE_WITHIN = "due_within"
    SERVICE = "service"
    PIN = "pin"
    STATE = "state"
    COUNTRY = "country"
    ABROAD = "abroad"
    VALUE_OVER = "value_over"
    TAG = "tag"
    REPEAT = "repeat"
    NEW = "new"


ASPECTS: Mapping[When, Aspect] = {
    When.DUE_WITHIN: Aspect.URGENCY,
    When.SERVICE: Aspect.SERVICE,
    When.PIN: Aspect.DESTINATION,
    When.STATE: Aspect.DESTINATION,
    When.COUNTRY: Aspect.DESTINATION,
    When.ABROAD: Aspect.DESTINATION,
    When.VALUE_OVER: Aspect.VALUE,
    When.TAG: Aspect.CUSTOMER,
    When.REPEAT: Aspect.CUSTOMER,
    When.NEW: Aspect.CUSTOMER,
}

TITLES: Mapping[When, str] = {
    When.DUE_WITHIN: "To ship within hours (0: late)",
    When.SERVICE: "Service level",
    When.PIN: "PIN begins with",
    When.STATE: "State",
    When.COUNTRY: "Country",
    When.ABROAD: "Goes abroad",
    When.VALUE_OVER: "Value over",
    When.TAG: "Has the tag",
    When.REPEAT: "Bought before",
    When.NEW: "First order of the customer",
}
"""Each question as people read it."""

WITHOUT_VALUE = frozenset({When.ABROAD, When.REPEAT, When.NEW})
"""Questions that need no value."""

HOME = "IN"
_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A question and the points an order gets where the answer is yes. Amounts in major units of the shop's money."""

    when: When
    value: str = ""
    points: int = 0
    on: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at, and points that somebody added by hand or by an automation.

    total  minor units; None where the order is in another currency than the shop's
    """

    ship_by: datetime | None
    service: str
    country: str
    state: str
    postal_code: str
    total: int | None
    repeat: bool
    tags: frozenset[str]
    boost: int = 0
    boost_reason: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """The points of an order, each with why."""

    parts: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        """What the parts add up to."""
        return sum(points for _, points in self.parts)

    @property
    def why(self) -> str:
        """The explanation in one line: due within 4 h +40, express +20."""
        return ", ".join(f"{words} {points:+}" for words, points in self.parts)

    def written(self) -> str:
        """As it is kept beside the order: a line for each part."""
        return "\n".join(f"{points} {words}" for words, points in self.parts)


def read_score(kept: str) -> Score:
    """A score as `Score.written` kept it."""
    lines = (line.partition(" ") for line in kept.split("\n") if line)
    return Score(tuple((words, int(points)) for points, _, words in lines))


DEFAULT = (
    Rule(When.DUE_WITHIN, "0", 60),
    Rule(When.DUE_WITHIN, "4", 40),
    Rule(When.DUE_WITHIN, "24", 20),
    Rule(When.SERVICE, "same_day", 30),
    Rule(When.SERVICE, "express", 20),
    Rule(When.VALUE_OVER, "5000", 14),
    Rule(When.TAG, "vip", 25),
    Rule(When.REPEAT, "", 5, on=False),
)
"""What a new shop begins with."""


class Scale:
    """Rules made ready to score many orders. `unit`: minor units in one of the shop's money."""

    def __init__(self, rules: Sequence[Rule], unit: int):
        self.rules = tuple(rules)
        self._unit = unit
        self._asked = tuple((ASPECTS[rule.when], rule) for rule in rules if rule.on and rule.points)
        self.hours = tuple(sorted({int(rule.value) for _, rule in self._asked if rule.when is When.DUE_WITHIN}))
        """Hours before ship-by at which a score may change by itself."""

    def score(self, facts: Facts, now: datetime) -> Score:
        """The points of an order now."""
        found: dict[Aspect, tuple[str, int]] = {}
        for aspect, rule in self._asked:
            if aspect not in found and (words := self._true(rule, facts, now)):
                found[aspect] = (words, rule.points)
        boost = [(" ".join(facts.boost_reason.split()) or "by hand", facts.boost)] if facts.boost else []
        return Score((*found.values(), *boost))

    def _true(self, rule: Rule, facts: Facts, now: datetime) -> str:
        """In words what is true, empty where it is not."""
        value = rule.value
        match rule.when:
            case When.DUE_WITHIN:
                due = facts.ship_by is not None and facts.ship_by - now <= timedelta(hours=int(value))
                return (f"due within {value} h" if value != "0" else "late") if due else ""
            case When.SERVICE:
                return value.replace("_", " ") if facts.service == value else ""
            case When.PIN:
                return f"PIN {value}…" if facts.country == HOME and facts.postal_code.startswith(value) else ""
            case When.STATE:
                return f"to {value}" if state_name(facts.state).casefold() == value.casefold() else ""
            case When.COUNTRY:
                return f"to {value}" if facts.country == value else ""
            case When.ABROAD:
                return "goes abroad" if facts.country != HOME else ""
            case When.VALUE_OVER:
                over = facts.total is not None and facts.total > int(value) * self._unit
                return f"value over {int(value):,}" if over else ""
            case When.TAG:
                return f"tag {value}" if value in facts.tags else ""
            case When.REPEAT:
                return "bought before" if facts.repeat else ""
            case When.NEW:
                return "" if facts.repeat else "first order"


def read_rules(kept: Iterable[Mapping[str, Any]] | None) -> tuple[Rule, ...]:
    """The rules as they were kept; those of a new shop where nobody wrote any."""
    if kept is None:
        return DEFAULT
    return tuple(Rule(When(each["when"]), each["value"], each["points"], each["on"]) for each in kept)


def write_rules(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """The rules as JSON, checked. Raises Malformed for what cannot be meant."""
    checked = [asdict(_checked(rule, place)) for place, rule in enumerate(rules, 1)]
    if len(checked) > MOST_RULES:
        raise Malformed(f"A shop has at most {MOST_RULES} rules.")
    return checked


def _checked(rule: Rule, place: int) -> Rule:
    if not 0 <= rule.points <= MOST_POINTS:
        raise Malformed(f"Rule {place}: the points are a whole number from 0 to {MOST_POINTS}.")
    value = "" if rule.when in WITHOUT_VALUE else rule.value.strip()
    match rule.when:
        case When.DUE_WITHIN | When.VALUE_OVER:
            most = MOST_HOURS if rule.when is When.DUE_WITHIN else MOST_VALUE
            value = value.replace(",", "")
            if not (value.isascii() and value.isdecimal() and int(value) <= most):
                raise Malformed(f"Rule {place} ({TITLES[rule.when]}): a whole number from 0 to {most:,}.")
            value = str(int(value))
        case When.PIN:
            if not (value.isascii() and value.isdecimal() and len(value) <= 6):
                raise Malformed(f"Rule {place}: “{value}” is not the beginning of a PIN.")
        case When.COUNTRY:
            value = value.upper()
            if not re.fullmatch("[A-Z]{2}", value):
                raise Malformed(f"Rule {place}: a country is two letters, as in AE.")
        case When.STATE:
            value = state_name(value)
            if not value or len(value) > 60:
                raise Malformed(f"Rule {place}: which State?")
        case When.TAG | When.SERVICE:
            value = value.lower()
            if not _TAG.fullmatch(value):
                raise Malformed(f"Rule {place} ({TITLES[rule.when]}): letters, digits, - and _.")
    return replace(rule, value=value)
