"""Numbers and moments are read the way a mapping says they are written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from oms_app.domain.cells import moment_reader, number_reader, text_of
from oms_app.domain.errors import Malformed
from oms_app.domain.mappings import Field, Format

INDIAN = Format(thousands=",")
GERMAN = Format(decimal=",", thousands=".")


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (INDIAN, "₹1,23,456.50", "123456.50"),
        (INDIAN, "Rs. 99", "99"),
        (INDIAN, "INR -5", "-5"),
        (INDIAN, "(12.00)", "-12.00"),
        (INDIAN, "12.5-", "-12.5"),
        (INDIAN, "−3", "-3"),
        (INDIAN, ".5", "0.5"),
        (GERMAN, "1.250,00 €", "1250.00"),
        (Format(thousands=" "), "1\u00a0250", "1250"),
    ],
)
def test_numbers_are_read_however_they_are_dressed(form: Format, text: str, value: str) -> None:
    assert number_reader(form)(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "abc", "1,2", "1.2.3", "12a", "nan", "inf", "1e5", "--1x"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        number_reader(Format())(text)


def test_a_comma_that_may_group_thousands_is_pointed_out() -> None:
    with pytest.raises(Malformed, match="thousands"):
        number_reader(Format())("1,234.50")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("iso", "2026-07-05T08:30:00+05:30"),
        ("iso", "2026-07-05 08:30"),
        ("%d-%b-%Y %I:%M %p", "05-Jul-2026 08:30 AM"),
        ("%Y-%m-%d %H:%M:%S %z", "2026-07-05 03:00:00 +0000"),
        ("unix", "1783220400"),
        ("unix_ms", "1783220400000"),
        ("excel", "46208.3541666667"),
    ],
)
def test_a_moment_is_read_however_it_is_written(pattern: str, text: str) -> None:
    read = moment_reader(Format(dates=("%d.%m.%Y", pattern)), "Asia/Kolkata")
    assert read(text) == datetime(2026, 7, 5, 3, 0, tzinfo=UTC)


def test_summer_time_is_that_of_the_zone() -> None:
    read = moment_reader(Format(), "Europe/London")
    assert read("2011-01-05 12:00").hour == 12
    assert read("2011-07-05 12:00").hour == 11


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (Field(columns=("A",)), "x 17.0"),
        (Field(columns=("B", "A")), "x 17.0"),
        (Field(columns=("A",), pattern=r"(\d+)\."), "17"),
        (Field(columns=("A",), pattern="z"), ""),
        (Field(columns=("B",), default="none"), "none"),
        (Field(columns=("A",), map={"X 17.0": "ours"}), "ours"),
        (Field(template="{A} / {B}"), "x 17.0 /"),
        (Field(template="No {B}"), ""),
        (Field(value="paid"), "paid"),
        (Field(columns=("Z",), optional=True), ""),
        (Field(columns=("A",), case="upper"), "X 17.0"),
    ],
)
def test_a_text_comes_from_where_the_mapping_says(source: Field, text: str) -> None:
    assert text_of(source, ["A", "B"], "here")([" x 17.0 ", ""]) == text


def test_a_column_the_file_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(Malformed, match="no column “Z”. It has: A, B"):
        text_of(Field(columns=("Z",)), ["A", "B"], "[order] number")
