"""The search language: what people type, how it is read, how it is printed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from oms_app.domain.query import And, Between, Bound, Match, Not, Or, Text, all_of, parse
from oms_app.domain.query_fields import ALIASES, FIELDS, Kind
from oms_app.domain.query_values import interval, read_amount, read_moment

INDIA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # 15:00 in India


@pytest.mark.parametrize(
    ("typed", "root"),
    [
        ("priya", Text("priya")),
        ('"New  Delhi"', Text("New Delhi", exact=True)),
        ("status:shipped", Match("status", ("shipped",))),
        ('status:"Ready to pick",Placed', Match("status", ("ready", "placed"))),
        ("Stage:canceled", Match("status", ("cancelled",))),
        ("sku:KUR-*", Match("sku", ("KUR-*",))),
        ('city:"New Delhi",Pune', Match("city", ("New Delhi", "Pune"))),
        ("10432,10433", Match("number", ("10432", "10433"))),
        ("#10432,#10433", Match("number", ("10432", "10433"))),
        ("@me", Match("assignee", ("@me",))),
        ("is:new", Match("is", ("new_customer",))),
        ("has:hold:address", Match("has", ("hold:address",))),
        ("total:5k", Between("total", Bound("5000"), Bound("5000"))),
        ("total:>1.5l", Between("total", Bound("150000", strict=True), None)),
        ("total>=2cr", Between("total", Bound("20000000"), None)),
        ("total:<₹1,00,000", Between("total", None, Bound("100000", strict=True))),
        ("total:100..5k", Between("total", Bound("100"), Bound("5000"))),
        ("total:..5k", Between("total", None, Bound("5000"))),
        ("placed:7d", Between("placed", Bound("7d"), Bound("7d"))),
        ("placed:23/11/2026", Between("placed", Bound("2026-11-23"), Bound("2026-11-23"))),
        ("placed:2026-11-01..2026-11-07", Between("placed", Bound("2026-11-01"), Bound("2026-11-07"))),
        ("ship_by:<=today", Between("ship_by", None, Bound("today"))),
        ("-courier:delhivery", Not(Match("courier", ("delhivery",)))),
        ("NOT courier:delhivery", Not(Match("courier", ("delhivery",)))),
        ("--priya", Text("priya")),
        ("a b", And((Text("a"), Text("b")))),
        ("a OR b", Or((Text("a"), Text("b")))),
        ("a b OR c", And((Text("a"), Or((Text("b"), Text("c")))))),
        ("(a b) OR c", Or((And((Text("a"), Text("b"))), Text("c")))),
        ("-(a OR b)", Not(Or((Text("a"), Text("b"))))),
        ("or", Text("or")),
        ("https://example.in/x", Text("https://example.in/x")),
        ("", None),
        ("  - OR ) ( AND ", None),
        ('"', None),
    ],
)
def test_what_is_typed_is_read(typed, root):
    assert parse(typed).root == root


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("  Status:Shipped   total:>5K ", "status:shipped total:>5000"),
        ("total:>=5k", "total:>=5000"),
        ("a OR b c", "(a OR b) c"),
        ("(a b) OR c", "(a b) OR c"),
        ("-(a b)", "-(a b)"),
        ('"unclosed phrase', '"unclosed phrase"'),
        ("((((a))))", "a"),
    ],
)
def test_a_query_has_one_spelling(typed, printed):
    assert str(parse(typed)) == printed


@pytest.mark.parametrize(
    ("typed", "root", "hint"),
    [
        ("colour:red", Text("colour:red"), "“colour” is not a search word"),
        ("placed:soon", Text("placed:soon"), "“soon” is not a date or a time"),
        ('placed:"very soon"', Text("placed:very soon", exact=True), "is not a date or a time"),
        ("total:lots", Text("total:lots"), "“lots” is not an amount"),
        ("placed:2026-02-30", Text("placed:2026-02-30"), "is not a date or a time"),
        ("status:lost", Match("status", ("lost",)), "“lost” is not a status; use one of placed,"),
        ("status:", None, "“status:” waits for a value, like status:shipped"),
        ("total:>", None, "“total:>” waits for a value"),
    ],
)
def test_what_cannot_be_read_is_said_and_never_widens_the_search(typed, root, hint):
    query = parse(typed)
    assert query.root == root
    assert len(query.hints) == 1
    assert hint in query.hints[0]


def test_nesting_and_length_have_an_end():
    assert parse("(" * 5000 + "a" + ")" * 5000).hints == ("Only the first 2000 characters were read.",)
    many = parse("a " * 500)
    assert len(many.items) == 100
    assert many.hints == ("Only the first 100 terms were read.",)


def test_the_chips_are_what_all_must_hold_and_each_can_go():
    query = parse("status:placed city:Pune OR city:Mumbai priya")
    assert [str(item) for item in query.items] == ["status:placed", "city:Pune OR city:Mumbai", "priya"]
    assert str(query.without(1)) == "status:placed priya"
    assert str(all_of(parse("priya"), Match("status", ("ready",)))) == "priya status:ready"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("5k", "5000"), ("1.5l", "150000"), ("2cr", "20000000"), ("0.50", "0.5"), (".5", "0.5"), ("1,00,000", "100000")]
    + [("-5", "-5"), ("-0", "0"), ("k", None), ("", None), ("1e5", None), ("٣", None)],
)
def test_amounts(typed, amount):
    assert read_amount(typed) == amount


@pytest.mark.parametrize(
    ("typed", "moment"),
    [("Today", "today"), ("07d", "7d"), ("36h", "36h"), ("2026-1-5", "2026-01-05"), ("2026-11", "2026-11")]
    + [("2026-11-23 14:05", "2026-11-23T14:05"), ("2026-11-23t14:05:09z", "2026-11-23T14:05:09Z")]
    + [("2026", "2026"), ("99999y", None), ("1900", None), ("2026-13", None), ("soon", None), ("24:00", None)],
)
def test_moments(typed, moment):
    assert read_moment(typed) == moment


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("placed:today", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("placed:yesterday", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("placed:2026-11", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("placed:2024", "2024-01-01T00:00", "2025-01-01T00:00"),
        ("placed:>yesterday", "2026-11-23T00:00", None),
        ("placed:>=yesterday", "2026-11-22T00:00", None),
        ("placed:<yesterday", None, "2026-11-22T00:00"),
        ("placed:<=yesterday", None, "2026-11-23T00:00"),
        ("placed:2026-11-01..2026-11-07", "2026-11-01T00:00", "2026-11-08T00:00"),
        ("placed:2026-11-01T10:00", "2026-11-01T10:00", "2026-11-01T10:01"),
        ("placed:>=2d", "2026-11-21T15:00", None),
        ("placed:<2d", None, "2026-11-21T15:00"),
    ],
)
def test_a_day_is_a_day_of_the_shop(typed, start, end):
    assert _interval(typed) == (_india(start), _india(end))


def test_a_distance_is_behind_us_and_for_ship_by_ahead():
    assert _interval("placed:7d")[0] == _india("2026-11-16T15:00")
    assert _interval("ship_by:2d") == (NOW, _india("2026-11-25T15:00"))


def test_every_field_explains_itself_by_an_example_that_uses_it():
    for name, field in FIELDS.items():
        query = parse(field.example)
        assert [leaf.field for leaf in query.leaves()] == [name], field.example
        assert not query.hints, field.example
        assert field.help
        assert (field.kind is Kind.CHOICE) == bool(field.choices)
    assert set(ALIASES.values()) <= set(FIELDS)
    assert not set(ALIASES) & set(FIELDS)


def _interval(typed):
    leaf = parse(typed).root
    ends = ((bound.value, bound.strict) if bound else None for bound in (leaf.low, leaf.high))
    return interval(*ends, NOW, INDIA, ahead=FIELDS[leaf.field].ahead)


def _india(text):
    return datetime.fromisoformat(text).replace(tzinfo=INDIA) if text else None
