"""Whatever is typed, the parser answers, and its canonical spelling means the same."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from oms_app.domain.query import Between, parse
from oms_app.domain.query_fields import ALIASES, FIELDS, Kind
from oms_app.domain.query_values import interval

_PIECES = st.one_of(
    st.text(max_size=6),
    st.sampled_from([name + ":" for name in (*FIELDS, *ALIASES)]),
    st.sampled_from([*'()"-,<>*: ', " OR ", " NOT ", " AND ", ">=", "..", "7d", "today", "5k", "1.5l", "2cr"]),
    st.sampled_from(["2026-11-01", "2026-11-01T14:00", "10432,10433", "@me", "hold:address", "-(", "placed", "é"]),
)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_the_canonical_spelling_reads_back_as_the_same_query(typed):
    query = parse(typed)
    again = parse(str(query))
    assert again == query
    assert str(again) == str(query)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_every_time_that_was_read_means_an_interval(typed):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for leaf in parse(typed).leaves():
        if isinstance(leaf, Between) and FIELDS[leaf.field].kind is Kind.TIME:
            ends = ((bound.value, bound.strict) if bound else None for bound in (leaf.low, leaf.high))
            assert interval(*ends, now, ZoneInfo("Asia/Kolkata")) != (None, None)
