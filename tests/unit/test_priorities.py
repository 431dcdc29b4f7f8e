"""The rules of priority: what each asks, and that of each aspect the first one counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oms_app.domain import priorities
from oms_app.domain.errors import Malformed
from oms_app.domain.priorities import DEFAULT, Facts, Rule, Scale, When, read_score

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORDER = Facts(
    ship_by=NOW + timedelta(hours=2),
    service="express",
    country="IN",
    state="KA",
    postal_code="560001",
    total=500_100,
    repeat=True,
    tags=frozenset({"vip"}),
)


def score(*rules: Rule, order: Facts = ORDER) -> tuple[tuple[str, int], ...]:
    return Scale(rules, 100).score(order, NOW).parts


def test_the_score_says_what_it_adds_up_from() -> None:
    found = Scale(DEFAULT, 100).score(replace(ORDER, tags=frozenset()), NOW)
    assert (found.total, found.why) == (74, "due within 4 h +40, express +20, value over 5,000 +14")
    assert read_score(found.written()) == found


def test_of_each_aspect_the_first_rule_that_is_true_counts() -> None:
    day, hours = Rule(When.DUE_WITHIN, "24", 20), Rule(When.DUE_WITHIN, "4", 40)
    assert score(hours, day) == (("due within 4 h", 40),)
    assert score(day, hours) == (("due within 24 h", 20),)
    assert score(replace(hours, on=False), day) == (("due within 24 h", 20),)


def test_points_that_somebody_added_are_a_part_of_their_own() -> None:
    found = Scale((), 100).score(replace(ORDER, boost=-10, boost_reason="Asked to\nwait"), NOW)
    assert (found.total, found.why) == (-10, "Asked to wait -10")
    assert read_score(found.written()) == found


@pytest.mark.parametrize(
    ("rule", "order", "words"),
    [
        (Rule(When.DUE_WITHIN, "0", 1), replace(ORDER, ship_by=NOW), "late"),
        (Rule(When.DUE_WITHIN, "0", 1), ORDER, ""),
        (Rule(When.DUE_WITHIN, "2", 1), ORDER, "due within 2 h"),
        (Rule(When.DUE_WITHIN, "2", 1), replace(ORDER, ship_by=None), ""),
        (Rule(When.SERVICE, "same_day", 1), replace(ORDER, service="same_day"), "same day"),
        (Rule(When.PIN, "560", 1), ORDER, "PIN 560…"),
        (Rule(When.PIN, "560", 1), replace(ORDER, country="AE"), ""),
        (Rule(When.STATE, "Karnataka", 1), ORDER, "to Karnataka"),
        (Rule(When.COUNTRY, "AE", 1), replace(ORDER, country="AE"), "to AE"),
        (Rule(When.ABROAD, "", 1), replace(ORDER, country="AE"), "goes abroad"),
        (Rule(When.ABROAD, "", 1), ORDER, ""),
        (Rule(When.VALUE_OVER, "5001", 1), ORDER, ""),
        (Rule(When.VALUE_OVER, "5000", 1), replace(ORDER, total=None), ""),
        (Rule(When.TAG, "vip", 1), ORDER, "tag vip"),
        (Rule(When.REPEAT, "", 1), ORDER, "bought before"),
        (Rule(When.NEW, "", 1), ORDER, ""),
        (Rule(When.NEW, "", 1), replace(ORDER, repeat=False), "first order"),
    ],
)
def test_a_rule_is_true_or_it_is_not(rule: Rule, order: Facts, words: str) -> None:
    assert score(rule, order=order) == (((words, 1),) if words else ())


def test_rules_are_written_as_they_are_meant() -> None:
    typed = [Rule(When.VALUE_OVER, " 5,000 ", 1), Rule(When.STATE, "mh", 1), Rule(When.COUNTRY, "ae", 1)]
    typed += [Rule(When.TAG, "VIP", 1), Rule(When.REPEAT, "whatever", 1)]
    kept = priorities.read_rules(priorities.write_rules(typed))
    assert [rule.value for rule in kept] == ["5000", "Maharashtra", "AE", "vip", ""]
    assert priorities.read_rules(None) == DEFAULT


@pytest.mark.parametrize(
    "rule",
    [
        Rule(When.DUE_WITHIN, "soon", 1),
        Rule(When.DUE_WITHIN, "2000", 1),
        Rule(When.DUE_WITHIN, "4", 101),
        Rule(When.DUE_WITHIN, "4", -1),
        Rule(When.PIN, "5600011", 1),
        Rule(When.PIN, "", 1),
        Rule(When.COUNTRY, "India", 1),
        Rule(When.STATE, " ", 1),
        Rule(When.TAG, "two words", 1),
        Rule(When.VALUE_OVER, "1.5", 1),
    ],
)
def test_a_rule_nobody_can_mean_is_malformed(rule: Rule) -> None:
    with pytest.raises(Malformed, match="^Rule 2"):
        priorities.write_rules([Rule(When.REPEAT, "", 1), rule])


def test_a_shop_has_so_many_rules_at_most() -> None:
    with pytest.raises(Malformed, match="at most 50"):
        priorities.write_rules([Rule(When.REPEAT, "", 1)] * 51)
