"""Cells of a table read as texts, numbers and moments, the way a mapping says they are written."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from oms_app.domain.errors import Malformed
from oms_app.domain.mappings import Field, Format, Rule

Row = Sequence[str]
Getter = Callable[[Row], str]
Value = TypeVar("Value")

_REMEMBERED = 20_000
_SYMBOLS = re.compile(r"^(?:₹|£|\$|€|¥|Rs\.?|[A-Z]{3})\s*|\s*(?:₹|£|\$|€|¥|[A-Z]{3})$")
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock without a zone, like the cell


class Remembered(dict[str, Value], Generic[Value]):
    """What a reader made of each text, kept while there are few different ones."""

    def __init__(self, read: Callable[[str], Value]):
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Value:
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[text] = self._read(text)
        return value


def columns(header: Sequence[str]) -> dict[str, int]:
    """Position of each column, by its name without outer space."""
    found: dict[str, int] = {}
    for index, name in enumerate(header):
        found.setdefault(name.strip(), index)
    return found


def text_of(source: Field, header: Sequence[str], where: str) -> Getter:
    """A function from a row to the field's text. Raises Malformed where the file lacks a column."""
    read = _source(source, header, where)
    if not (source.pattern or source.map or source.case or source.default):
        return read
    pattern, spelled = re.compile(source.pattern), {key.casefold(): value for key, value in source.map.items()}

    def polished(row: Row) -> str:
        text = read(row)
        if text and source.pattern:
            match = pattern.search(text)
            text = (match.group(1) if match and pattern.groups else match.group(0) if match else "") or ""
        if spelled:
            text = spelled.get(text.casefold(), text)
        if source.case:
            text = getattr(text, source.case)()
        return text or source.default

    return polished


def sum_of(
    source: Field, header: Sequence[str], where: str, number: Callable[[str], Decimal]
) -> Callable[[Row], Decimal]:
    """A function from a row to the sum of the field's columns; blank counts as nothing."""
    if len(source.columns) < 2:
        read = text_of(source, header, where)
        return lambda row: number(text) if (text := read(row)) else Decimal(0)
    parts = [text_of(Field(columns=(name,), optional=source.optional), header, where) for name in source.columns]
    return lambda row: sum((number(text) for part in parts if (text := part(row))), Decimal(0))


def number_reader(form: Format) -> Callable[[str], Decimal]:
    """A function from a written number ("₹1,234.50", "(12,00)", "5-") to its value; raises Malformed."""
    thousands, decimal = form.thousands, form.decimal

    def read(text: str) -> Decimal:
        body = text.strip().replace("\u00a0", " ").replace("−", "-")
        negative = body.startswith("(") and body.endswith(")")
        body = body.strip("()") if negative else body
        if body.startswith("-") or body.endswith("-"):
            negative, body = True, body.strip("-")
        body = _SYMBOLS.sub("", body.strip().removeprefix("+")).strip()
        if body.startswith("-"):
            negative, body = True, body[1:].strip()
        if thousands:
            body = body.replace(thousands, "")
        if decimal != ".":
            body = body.replace(".", "?").replace(decimal, ".")
        if not _NUMBER.fullmatch(body):
            raise Malformed(f"“{text}” is not a number with “{decimal}” as decimal sign{_hint(body, thousands)}")
        value = Decimal(body)
        return -value if negative else value

    return Remembered(read).__getitem__


def moment_reader(form: Format, zone: str) -> Callable[[str], datetime]:
    """A function from a written time to its moment; a time without an offset is one of `zone`. Raises Malformed."""
    local = ZoneInfo(zone)

    def read(text: str) -> datetime:
        for pattern in form.dates:
            try:
                found = _moment(text, pattern)
            except (ValueError, OverflowError):
                continue
            return (found if found.tzinfo else found.replace(tzinfo=local)).astimezone(UTC)
        raise Malformed(f"“{text}” is not a date written as {' or '.join(form.dates)}")

    return Remembered(read).__getitem__


def test_of(rule: Rule, header: Sequence[str], number: Callable[[str], Decimal], where: str) -> Callable[[Row], bool]:
    """A function that says whether a row is to be left out."""
    read = text_of(rule.source, header, where)
    tests = [_test(name, expected, number) for name, expected in rule.tests]
    if len(tests) == 1:
        only = tests[0]
        return lambda row: only(read(row))
    return lambda row: all(test(text) for text in (read(row),) for test in tests)


def _source(source: Field, header: Sequence[str], where: str) -> Getter:
    if source.template:
        return _template(source, header, where)
    if not source.columns:
        value = source.value
        return lambda row: value
    known = columns(header)
    places = [known[name] for name in source.columns if name in known]
    missing = [name for name in source.columns if name not in known]
    if missing and not source.optional:
        raise Malformed(f"{where}: the file has no column “{missing[0]}”. It has: {', '.join(known)}.")
    if not places:
        return lambda row: ""
    if len(places) == 1:
        place = places[0]
        return lambda row: row[place].strip()
    return lambda row: next((text for place in places if (text := row[place].strip())), "")


def _template(source: Field, header: Sequence[str], where: str) -> Getter:
    """Text with {columns} in it; blank where all of them are."""
    parts = re.split(r"\{([^{}]+)\}", source.template)
    if len(parts) == 1:
        raise Malformed(f"{where}: the template names no {{column}}; a fixed text is written value = “…”.")
    readers = [_source(Field(columns=(name,), optional=source.optional), header, where) for name in parts[1::2]]

    def fill(row: Row) -> str:
        values = [read(row) for read in readers]
        if not any(values):
            return ""
        filled = [parts[0]]
        for value, tail in zip(values, parts[2::2], strict=True):
            filled += (value, tail)
        return " ".join("".join(filled).split())

    return fill


def _moment(text: str, pattern: str) -> datetime:
    if pattern == "iso":
        return datetime.fromisoformat(text)
    if pattern == "unix":
        return datetime.fromtimestamp(float(text), UTC)
    if pattern == "unix_ms":
        return datetime.fromtimestamp(float(text) / 1000, UTC)
    if pattern == "excel":
        return _EXCEL_DAY_ZERO + timedelta(seconds=round(float(text) * 86_400))
    return datetime.strptime(text, pattern)  # noqa: DTZ007 - the mapping's zone is added by the caller


def _test(name: str, expected: object, number: Callable[[str], Decimal]) -> Callable[[str], bool]:
    match name:
        case "equals":
            return lambda text: text.casefold() == str(expected).casefold()
        case "not_equals":
            return lambda text: text.casefold() != str(expected).casefold()
        case "one_of" | "not_one_of":
            listed = {str(each).casefold() for each in expected}  # type: ignore[attr-defined]
            wanted = name == "one_of"
            return lambda text: (text.casefold() in listed) is wanted
        case "starts_with":
            return lambda text: text.startswith(str(expected))
        case "ends_with":
            return lambda text: text.endswith(str(expected))
        case "contains":
            return lambda text: str(expected).casefold() in text.casefold()
        case "matches":
            pattern = re.compile(str(expected))
            return lambda text: bool(pattern.search(text))
        case "blank":
            return lambda text: (not text) is expected
    return Remembered(_comparison(name, Decimal(str(expected)), number)).__getitem__


def _comparison(name: str, limit: Decimal, number: Callable[[str], Decimal]) -> Callable[[str], bool]:
    """A comparison that leaves unreadable numbers in: they are rejected later with the right reason."""
    compare: dict[str, Callable[[Decimal], bool]] = {
        "below": lambda value: value < limit,
        "at_most": lambda value: value <= limit,
        "above": lambda value: value > limit,
        "at_least": lambda value: value >= limit,
    }
    holds = compare[name]

    def test(text: str) -> bool:
        try:
            return bool(text) and holds(number(text))
        except Malformed:
            return False

    return test


def _hint(body: str, thousands: str) -> str:
    if "," in body and not thousands:
        return "; if the comma groups thousands, say [file] thousands = “,”."
    return "."
