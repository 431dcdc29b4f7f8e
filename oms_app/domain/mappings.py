"""The mapping of a foreign export to orders, as somebody writes it in TOML: its words, its checks, its sentences.

docs/import.md explains every key. Whatever is misspelt or missing is refused here, before a file is touched.
"""

import re
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from oms_app.domain.errors import Malformed
from oms_app.domain.lifecycle import Stage
from oms_app.domain.money import to_decimal

ADDRESS = ("name", "phone", "line1", "line2", "city", "state", "postal_code", "country")
SECTIONS: Dict[str, tuple[str, ...]] = {
    "order": (
        *("number", "placed_at", "ship_by", "shipped_at", "delivered_at", "cancelled_at", "stage", "currency"),
        *("discount", "shipping", "tax", "total", "gstin", "note", "tags", "cancel_reason", "courier", "awb"),
    ),
    "customer": ("id", "name", "email", "phone"),
    "ship_to": ADDRESS,
    "bill_to": ADDRESS,
    "line": ("sku", "name", "quantity", "unit_price", "total", "discount", "tax", "shipping", "shipping_discount"),
    "payment": ("method", "status", "paid", "refunded", "reference", "at"),
}
REQUIRED = (("order", "number"), ("order", "placed_at"), ("line", "sku"), ("line", "quantity"))
METHODS = ("prepaid", "cod", "upi", "card", "cash", "bank", "wallet", "other")
STATUSES = ("paid", "pending", "refunded")
TESTS = (
    *("equals", "not_equals", "one_of", "not_one_of", "starts_with", "ends_with", "contains", "matches"),
    *("blank", "below", "at_most", "above", "at_least"),
)
_CASES = ("upper", "lower", "title")
_TOP = ("title", "channel", "currency", "time_zone", "stage", "tax_included", "total_tolerance")
_MAPS = ("stages", "payment_methods", "payment_statuses", "countries")
_FIELD_KEYS = ("column", "template", "value", "default", "pattern", "map", "case", "optional")


@dataclass(frozen=True, slots=True)
class Field:
    """Where a value comes from: columns (text: the first that is filled; money: their sum), a template, a constant."""

    columns: tuple[str, ...] = ()
    template: str = ""
    value: str = ""
    default: str = ""
    pattern: str = ""
    case: str = ""
    map: Dict[str, str] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows to leave out: every test must hold. `tests` are (name of the test, its value)."""

    source: Field
    tests: tuple[tuple[str, Any], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Format:
    """How the file is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip_lines: int = 0
    header: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    dates: tuple[str, ...] = ("iso",)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping. `fields` is keyed by (section, key): ("order", "number")."""

    title: str = ""
    channel: str = ""
    currency: str = ""
    time_zone: str = "UTC"
    stage: Stage | None = None
    tax_included: bool = True
    total_tolerance: Decimal = Decimal(0)
    file: Format = field(default_factory=Format)
    fields: Dict[tuple[str, str], Field] = field(default_factory=dict)
    leave_out: tuple[Rule, ...] = ()
    charge_skus: frozenset[str] = frozenset()
    charge_pattern: str = ""
    stages: Dict[str, str] = field(default_factory=dict)
    payment_methods: Dict[str, str] = field(default_factory=dict)
    payment_statuses: Dict[str, str] = field(default_factory=dict)
    countries: Dict[str, str] = field(default_factory=dict)


def parse(data: Dict[str, Any]) -> Mapping:
    """The mapping written in a TOML document. Raises Malformed with the place and what was expected."""
    _known(data, (*_TOP, *SECTIONS, *_MAPS, "file", "leave_out", "charges"), "The mapping")
    fields = {
        (section, key): _field(value, f"[{section}] {key}")
        for section, keys in SECTIONS.items()
        for key, value in _known(data.get(section, {}), keys, f"[{section}]").items()
    }
    for section, key in REQUIRED:
        if (section, key) not in fields:
            raise Malformed(f"[{section}] needs {key}: the column it is in.")
    priced = {("line", "unit_price"), ("line", "total")} & fields.keys()
    if len(priced) != 1:
        raise Malformed("[line] needs either unit_price (of one unit) or total (of the whole line), not both.")
    tax_included = _typed(data, "tax_included", bool, default=True)
    if tax_included and {("line", "tax"), ("order", "tax")} & fields.keys():
        raise Malformed("tax is added to prices without tax: say tax_included = false, or leave it out.")
    charges = _known(data.get("charges", {}), ("skus", "pattern"), "[charges]")
    return Mapping(
        title=_typed(data, "title", str, default=""),
        channel=_typed(data, "channel", str, default=""),
        currency=_currency(_typed(data, "currency", str, default="")),
        time_zone=_zone(_typed(data, "time_zone", str, default="UTC")),
        stage=_stage(data["stage"], "stage") if "stage" in data else None,
        tax_included=tax_included,
        total_tolerance=to_decimal(_typed(data, "total_tolerance", str, default="0")),
        file=_format(data.get("file", {})),
        fields=fields,
        leave_out=tuple(_rule(rule, index + 1) for index, rule in enumerate(data.get("leave_out", []))),
        charge_skus=frozenset(charges.get("skus", ())),
        charge_pattern=_regex(charges.get("pattern", ""), "[charges] pattern"),
        stages=_choices(data, "stages", tuple(Stage)),
        payment_methods=_choices(data, "payment_methods", METHODS),
        payment_statuses=_choices(data, "payment_statuses", STATUSES),
        countries=_choices(data, "countries", ()),
    )


def parse_table(data: Dict[str, Any], section: str, keys: Sequence[str], required: Sequence[str]) -> Mapping:
    """The mapping of a list, [product] or [stock]; a key it leaves out is the column of that name, if any."""
    _known(data, ("file", section), "The mapping")
    given = _known(data.get(section, {}), keys, f"[{section}]")
    fields = {
        (section, key): _field(given[key], f"[{section}] {key}")
        if key in given
        else Field(columns=(key,), optional=key not in required)
        for key in keys
    }
    return Mapping(file=_format(data.get("file", {})), fields=fields)


def _known(table: Any, keys: Sequence[str], where: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise Malformed(f"{where} must be a table.")
    for key in table:
        if key not in keys:
            raise Malformed(f"{where} has no “{key}”. It knows: {', '.join(keys)}.", details={"key": key})
    return table


def _typed(table: Dict[str, Any], key: str, kind: type, *, default: Any, where: str = "") -> Any:
    value = table.get(key, default)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {str: "text in quotes", bool: "true or false", int: "a whole number", list: "a list"}
        raise Malformed(f"{where}{key} must be {words[kind]}, not {value!r}.")
    return value


def _field(value: Any, where: str) -> Field:
    if isinstance(value, str | list):
        value = {"column": value}
    table = _known(value, _FIELD_KEYS, where)
    sources = [key for key in ("column", "template", "value") if key in table]
    if len(sources) != 1:
        raise Malformed(f"{where} needs exactly one of column, template or value.")
    columns = table.get("column", [])
    columns = [columns] if isinstance(columns, str) else columns
    if not all(isinstance(column, str) and column for column in columns):
        raise Malformed(f"{where}: column must be a column's name or a list of names.")
    case = table.get("case", "")
    if case and case not in _CASES:
        raise Malformed(f"{where}: case must be one of {', '.join(_CASES)}.")
    return Field(
        columns=tuple(columns),
        template=_typed(table, "template", str, default="", where=f"{where}: "),
        value=str(table.get("value", "")),
        default=str(table.get("default", "")),
        pattern=_regex(table.get("pattern", ""), f"{where}: pattern"),
        case=case,
        map={str(key): str(text) for key, text in _known_map(table.get("map", {}), where).items()},
        optional=_typed(table, "optional", bool, default=False, where=f"{where}: "),
    )


def _known_map(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{where}: map must be a table of texts.")
    return value


def _rule(value: Any, index: int) -> Rule:
    where = f"[[leave_out]] number {index}"
    table = _known(value, ("column", "template", "reason", *TESTS), where)
    source = _field({key: table[key] for key in ("column", "template") if key in table}, where)
    tests = tuple((key, table[key]) for key in TESTS if key in table)
    if not tests:
        raise Malformed(f"{where} has no test. Tests: {', '.join(TESTS)}.")
    for name, expected in tests:
        _check_test(name, expected, where)
    reason = _typed(table, "reason", str, default="", where=f"{where}: ")
    return Rule(source, tests, reason or "left out by the mapping")


def _check_test(name: str, expected: Any, where: str) -> None:
    if name in ("one_of", "not_one_of") and not isinstance(expected, list):
        raise Malformed(f"{where}: {name} needs a list of texts.")
    if name == "matches":
        _regex(expected, f"{where}: matches")
    if name == "blank" and not isinstance(expected, bool):
        raise Malformed(f"{where}: blank is true or false.")
    if name in ("below", "at_most", "above", "at_least") and (
        isinstance(expected, bool) or not isinstance(expected, int | float)
    ):
        raise Malformed(f"{where}: {name} needs a number.")


def _format(value: Any) -> Format:
    table = _known(value, tuple(Format.__dataclass_fields__), "[file]")
    for key in ("delimiter", "quote", "decimal"):
        if key in table and (not isinstance(table[key], str) or len(table[key]) != 1):
            raise Malformed(f"[file] {key} must be one character.")
    try:
        "".encode(encoding := _typed(table, "encoding", str, default="utf-8", where="[file] "))
    except LookupError as error:
        raise Malformed(f"[file] encoding: Python knows no “{encoding}”. Often: utf-8, cp1252, utf-16.") from error
    dates = table.get("dates", ["iso"])
    dates = [dates] if isinstance(dates, str) else dates
    decimal, thousands = table.get("decimal", "."), _typed(table, "thousands", str, default="", where="[file] ")
    if decimal == thousands:
        raise Malformed("[file] decimal and thousands cannot be the same character.")
    return Format(
        encoding="utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding,
        delimiter=table.get("delimiter", ","),
        quote=table.get("quote", '"'),
        skip_lines=_typed(table, "skip_lines", int, default=0, where="[file] "),
        header=tuple(_typed(table, "header", list, default=[], where="[file] ")),
        decimal=decimal,
        thousands=thousands,
        dates=tuple(str(each) for each in dates),
    )


def _choices(data: Dict[str, Any], key: str, allowed: Sequence[str]) -> dict[str, str]:
    """A table from the file's words (compared without case) to ours; "*" stands for every other word."""
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise Malformed(f"[{key}] must be a table of the file's words and ours.")
    for word, ours in table.items():
        if not isinstance(ours, str) or (allowed and ours not in allowed):
            raise Malformed(f"[{key}] “{word}”: {ours!r} is none of {', '.join(allowed)}.")
    return {word.strip().casefold(): ours for word, ours in table.items()}


def _stage(value: Any, where: str) -> Stage:
    if value not in tuple(Stage):
        raise Malformed(f"{where}: {value!r} is no stage. Stages: {', '.join(Stage)}.")
    return Stage(value)


def _currency(code: str) -> str:
    if code and not re.fullmatch(r"[A-Z]{3}", code):
        raise Malformed(f"currency: “{code}” is not a code of three capitals such as INR.")
    return code


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Malformed(f"time_zone: “{name}” is not a zone such as Asia/Kolkata or Europe/London.") from error
    return name


def _regex(pattern: Any, where: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise Malformed(f"{where}: {pattern!r} is not a regular expression ({error}).") from error
    return str(pattern)
