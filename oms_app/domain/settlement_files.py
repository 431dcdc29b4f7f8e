"""Settlements of any marketplace out of a plain CSV table, one entry a row."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from oms_app.domain import money
from oms_app.domain.errors import Malformed
from oms_app.domain.settlements import Entry, EntryKind, Settlement

REQUIRED = ("settlement", "currency", "kind", "amount", "posted")
OPTIONAL = ("starts", "ends", "deposited", "total", "order", "line", "sku", "quantity", "words")


def read(text: str, zone: tzinfo = UTC) -> tuple[Settlement, ...]:
    """The settlements of a table with the columns above, in the order they come.

    Amounts are in major units, above zero what comes to us. Moments are ISO 8601, in `zone` where they name none.
    What a settlement says of itself (starts, ends, deposited, total) may stand on any of its rows; what no row says is
    taken from its entries. Raises Malformed, naming the line.
    """
    found: dict[str, Settlement] = {}
    entries: dict[str, list[Entry]] = defaultdict(list)
    totals: dict[str, int] = {}
    for number, row in _rows(text):
        try:
            one, entry, total = _one(row, zone)
        except (Malformed, ValueError) as error:
            raise Malformed(f"Line {number}: {error}", details={"line": number}) from error
        before = found.get(one.external_id)
        if before and before.currency != one.currency:
            raise Malformed(f"Line {number}: settlement {one.external_id} is in {before.currency} above.")
        if total is not None and totals.setdefault(one.external_id, total) != total:
            raise Malformed(f"Line {number}: settlement {one.external_id} has another total above.")
        found[one.external_id] = _joined(before, one)
        entries[one.external_id].append(entry)
    return tuple(
        replace(
            each, total=totals.get(name, sum(entry.amount for entry in entries[name])), entries=tuple(entries[name])
        )
        for name, each in found.items()
    )


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), restval="")
    named = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if missing := [name for name in REQUIRED if name not in named]:
        raise Malformed(f"The table lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}.")
    reader.fieldnames = named
    for row in reader:
        yield reader.line_num, {name: (row.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}


def _one(row: Mapping[str, str], zone: tzinfo) -> tuple[Settlement, Entry, int | None]:
    """What a row says of its settlement, its entry, and the total where it says it."""
    currency, kind = row["currency"].upper(), row["kind"].lower()
    if not row["settlement"]:
        raise Malformed("the settlement has no name.")
    if kind not in set(EntryKind):
        raise Malformed(f"there is no kind “{row['kind']}”; there are {', '.join(EntryKind)}.")
    posted = _moment(row["posted"], zone)
    entry = Entry(
        EntryKind(kind),
        money.to_minor(row["amount"], currency),
        posted,
        row["order"],
        row["line"],
        row["sku"],
        int(row["quantity"] or 0),
        row["words"],
    )
    one = Settlement(
        row["settlement"],
        currency,
        _moment(row["starts"], zone) if row["starts"] else posted,
        _moment(row["ends"], zone) if row["ends"] else posted,
        0,
        (),
        _moment(row["deposited"], zone) if row["deposited"] else None,
    )
    return one, entry, money.to_minor(row["total"], currency) if row["total"] else None


def _joined(before: Settlement | None, one: Settlement) -> Settlement:
    if before is None:
        return one
    return replace(
        before,
        starts_at=min(before.starts_at, one.starts_at),
        ends_at=max(before.ends_at, one.ends_at),
        deposited_at=before.deposited_at or one.deposited_at,
    )


def _moment(text: str, zone: tzinfo) -> datetime:
    said = datetime.fromisoformat(text)
    return (said if said.tzinfo else said.replace(tzinfo=zone)).astimezone(UTC)
