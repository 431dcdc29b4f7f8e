"""Whatever the rules and the order: the explanation adds up to the score, and every aspect speaks once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from oms_app.domain.priorities import ASPECTS, Facts, Rule, Scale, When, read_rules, read_score, write_rules

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
VALUES = {
    When.DUE_WITHIN: st.integers(0, 72).map(str),
    When.SERVICE: st.sampled_from(["standard", "express", "same_day"]),
    When.PIN: st.sampled_from(["5", "560", "411001"]),
    When.STATE: st.sampled_from(["Karnataka", "Maharashtra", "Goa"]),
    When.COUNTRY: st.sampled_from(["IN", "AE"]),
    When.VALUE_OVER: st.integers(0, 20_000).map(str),
    When.TAG: st.sampled_from(["vip", "gift"]),
}
rules = st.lists(
    st.sampled_from(When).flatmap(
        lambda when: st.builds(Rule, st.just(when), VALUES.get(when, st.just("")), st.integers(0, 100), st.booleans())
    ),
    max_size=20,
)
orders = st.builds(
    Facts,
    ship_by=st.none() | st.integers(-100, 100).map(lambda hours: NOW + timedelta(hours=hours)),
    service=st.sampled_from(["standard", "express", "same_day"]),
    country=st.sampled_from(["IN", "AE"]),
    state=st.sampled_from(["Karnataka", "KA", "Goa", ""]),
    postal_code=st.sampled_from(["560001", "411001", ""]),
    total=st.none() | st.integers(0, 3_000_000),
    repeat=st.booleans(),
    tags=st.frozensets(st.sampled_from(["vip", "gift"])),
    boost=st.integers(-100, 100),
    boost_reason=st.text(max_size=30),
)


@given(rules, orders)
def test_the_explanation_adds_up_to_the_score(given_rules: list[Rule], order: Facts) -> None:
    kept = read_rules(write_rules(given_rules))
    found = Scale(kept, 100).score(order, NOW)
    assert read_score(found.written()) == found
    assert sum(int(line.split(" ")[0]) for line in found.written().splitlines()) == found.total
    assert len(found.parts) <= bool(order.boost) + len({ASPECTS[rule.when] for rule in kept if rule.on and rule.points})


@given(rules, orders)
def test_a_rule_that_is_off_or_without_points_is_as_if_it_were_not_there(given_rules: list[Rule], order: Facts) -> None:
    left = [rule for rule in given_rules if rule.on and rule.points]
    assert Scale(given_rules, 100).score(order, NOW) == Scale(left, 100).score(order, NOW)


@given(rules, orders, st.integers(0, 200))
def test_a_score_changes_by_itself_only_when_an_hour_of_a_rule_passes(
    given_rules: list[Rule], order: Facts, hours: int
) -> None:
    """What the worker relies on: it looks only at orders that came within the hours of a rule."""
    scale, then = Scale(given_rules, 100), NOW + timedelta(hours=hours)
    steps = [order.ship_by - timedelta(hours=each) for each in scale.hours] if order.ship_by else []
    if not any(NOW < step <= then for step in steps):
        assert scale.score(order, then) == scale.score(order, NOW)
