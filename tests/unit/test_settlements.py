"""Settlements: what they add up to, and how they are read from a table."""

from datetime import UTC, datetime

import pytest

from oms_app.domain import settlement_files
from oms_app.domain.errors import Malformed
from oms_app.domain.settlements import Entry, EntryKind, Settlement, sums

DAY = datetime(2026, 11, 2, tzinfo=UTC)
HEAD = "settlement,currency,kind,amount,posted,order,total,deposited,sku"


def test_a_settlement_says_what_its_entries_do_not_explain() -> None:
    entries = (
        Entry(EntryKind.SALE, 1_290_00, DAY, "A-1"),
        Entry(EntryKind.COMMISSION, -129_00, DAY, "A-1"),
        Entry(EntryKind.COMMISSION, -1_00, DAY, "A-1"),
        Entry(EntryKind.RESERVE, -100_00, DAY),
    )
    settlement = Settlement("S-1", "INR", DAY, DAY, 1_060_50, entries)
    assert settlement.unexplained == 50
    assert sums(settlement.orders()["A-1"]) == {EntryKind.SALE: 1_290_00, EntryKind.COMMISSION: -130_00}
    assert [entry.kind for entry in settlement.orders()[""]] == [EntryKind.RESERVE]


def test_a_table_of_entries_is_read_by_settlement_and_to_the_minor_unit() -> None:
    text = f"""\ufeff{HEAD}
S-1,INR,sale,1290.00,2026-11-02,A-1,,,KUR-M
S-2,JPY,sale,700,2026-11-03T09:00:00+09:00,B-1,,,
S-1,inr,Commission,-129.005,2026-11-04,A-1,1160.99,2026-11-06,KUR-M
"""
    first, second = settlement_files.read(text)
    assert (first.total, first.unexplained, first.deposited_at) == (1_160_99, 0, datetime(2026, 11, 6, tzinfo=UTC))
    assert [(each.kind, each.amount, each.external_id, each.sku) for each in first.entries] == [
        (EntryKind.SALE, 1_290_00, "A-1", "KUR-M"),
        (EntryKind.COMMISSION, -129_01, "A-1", "KUR-M"),
    ]
    assert (first.starts_at, first.ends_at) == (DAY, datetime(2026, 11, 4, tzinfo=UTC))
    assert (second.currency, second.total, second.starts_at) == ("JPY", 700, datetime(2026, 11, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("S-1,INR,bribe,1,2026-11-02,,,,", "Line 2: there is no kind “bribe”"),
        ("S-1,INR,sale,1..5,2026-11-02,,,,", "Line 2: “1..5” is not an amount"),
        ("S-1,INR,sale,1,yesterday,,,,", "Line 2"),
        (",INR,sale,1,2026-11-02,,,,", "Line 2: the settlement has no name"),
        ("S-1,INR,sale,1,2026-11-02,,1,,\nS-1,INR,sale,1,2026-11-02,,2,,", "Line 3: settlement S-1 has another total"),
        ("S-1,INR,sale,1,2026-11-02,,,,\nS-1,USD,sale,1,2026-11-02,,,,", "Line 3: settlement S-1 is in INR above"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        settlement_files.read(f"{HEAD}\n{row}\n")


def test_a_table_without_the_columns_that_matter_is_refused() -> None:
    with pytest.raises(Malformed, match="lacks the columns kind, posted"):
        settlement_files.read("settlement,currency,amount\n")
