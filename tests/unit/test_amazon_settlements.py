"""Amazon's settlement report: every amount to the minor unit, each under what it is for."""

import gzip
from datetime import UTC, datetime

import pytest

from oms_app.domain.errors import Malformed
from oms_app.domain.settlements import EntryKind, sums
from oms_app.integrations.channels.amazon.reports import text
from oms_app.integrations.channels.amazon.settlements import COLUMNS, amount, kind, read

ORDER = "404-1234567-1234567"


def report(*rows: tuple[str, ...], total: str = "0", currency: str = "INR") -> str:
    """A report of rows (transaction, amount type, description, amount, order)."""
    head = {
        "settlement-id": "19001",
        "settlement-start-date": "2026-11-01 00:00:00 UTC",
        "settlement-end-date": "08.11.2026 00:00:00 UTC",
        "deposit-date": "2026-11-10",
        "total-amount": total,
        "currency": currency,
    }
    lines = [head]
    for transaction, of, said, paid, *order in rows:
        lines.append(
            {
                "settlement-id": "19001",
                "transaction-type": transaction,
                "amount-type": of,
                "amount-description": said,
                "amount": paid,
                "order-id": order[0] if order else "",
                "posted-date": "11/03/26",
                "sku": "KUR" if order else "",
                "quantity-purchased": "1" if order else "",
            }
        )
    return "\n".join(
        "\t".join(row.get(name, "") for name in COLUMNS) for row in [dict(zip(COLUMNS, COLUMNS, strict=True)), *lines]
    )


def test_an_indian_settlement_is_read_whole() -> None:
    settlement = read(
        report(
            ("Order", "ItemPrice", "Principal", "1,228.57", ORDER),
            ("Order", "ItemPrice", "Product Tax", "61.43", ORDER),
            ("Order", "Promotion", "Principal", "-50.00", ORDER),
            ("Order", "ItemFees", "Commission", "-122.86", ORDER),
            ("Order", "ItemFees", "Commission IGST", "-22.11", ORDER),
            ("Order", "ItemFees", "Fixed closing fee", "-25.00", ORDER),
            ("Order", "ItemWithheldTax", "TCS-IGST", "-6.14", ORDER),
            ("Order", "ItemWithheldTax", "TDS (Section 194-O)", "-1.23", ORDER),
            ("other-transaction", "other-transaction", "Current Reserve Amount", "(100.00)"),
            total="962.66",
        )
    )
    assert (settlement.external_id, settlement.currency, settlement.total) == ("19001", "INR", 962_66)
    assert settlement.unexplained == 0
    assert settlement.starts_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert settlement.ends_at == datetime(2026, 11, 8, tzinfo=UTC)
    assert settlement.deposited_at == datetime(2026, 11, 10, tzinfo=UTC)
    assert sums(settlement.orders()[ORDER]) == {
        EntryKind.SALE: 1_228_57,
        EntryKind.TAX: 61_43,
        EntryKind.DISCOUNT: -50_00,
        EntryKind.COMMISSION: -144_97,
        EntryKind.FEE: -25_00,
        EntryKind.TCS: -6_14,
        EntryKind.TDS: -1_23,
    }
    first = settlement.entries[0]
    assert (first.sku, first.quantity, first.words) == ("KUR", 1, "Order / ItemPrice / Principal")
    assert first.posted_at == datetime(2026, 11, 3, tzinfo=UTC)


def test_what_amazon_shipped_itself_is_kept_and_is_no_order_of_ours() -> None:
    text = report(("Order", "ItemPrice", "Principal", "100.00", ORDER), total="100.00")
    head, first, row = text.split("\n")
    cells = row.split("\t")
    cells[COLUMNS.index("fulfillment-id")] = "AFN"
    (entry,) = read("\n".join([head, first, "\t".join(cells)])).entries
    assert (entry.external_id, entry.amount) == ("", 100_00)
    assert entry.words == f"Order / ItemPrice / Principal / FBA {ORDER}"


@pytest.mark.parametrize(
    ("transaction", "of", "said", "expected"),
    [
        ("Refund", "ItemPrice", "Principal", EntryKind.REFUND),
        ("Refund", "ItemPrice", "Tax", EntryKind.REFUND),
        ("Refund", "Promotion", "Shipping", EntryKind.REFUND),
        ("Refund", "ItemFees", "RefundCommission", EntryKind.COMMISSION),
        ("Refund", "ItemWithheldTax", "TCS-CGST", EntryKind.TCS),
        ("Chargeback Refund", "ItemPrice", "Principal", EntryKind.REFUND),
        ("Order", "ItemPrice", "ShippingTax", EntryKind.TAX),
        ("Order", "ItemPrice", "Shipping", EntryKind.SHIPPING),
        ("Order", "ItemPrice", "GiftWrap", EntryKind.SHIPPING),
        ("Order", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", EntryKind.TAX),
        ("Order", "ItemFees", "FBAPerUnitFulfillmentFee", EntryKind.FEE),
        ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", EntryKind.FEE),
        ("other-transaction", "other-transaction", "Easy Ship weight handling fees", EntryKind.FEE),
        ("other-transaction", "other-transaction", "Previous Reserve Amount Balance", EntryKind.RESERVE),
        ("other-transaction", "other-transaction", "TDS - Section 194-O", EntryKind.TDS),
        ("SAFE-T Reimbursement", "other-transaction", "SAFE-T Reimbursement", EntryKind.COMPENSATION),
        ("other-transaction", "FBA Inventory Reimbursement", "WAREHOUSE_DAMAGE", EntryKind.COMPENSATION),
        ("something", "quite", "new", EntryKind.OTHER),
    ],
)
def test_amazons_words_say_what_an_amount_is_for(transaction: str, of: str, said: str, expected: EntryKind) -> None:
    assert kind(transaction, of, said) is expected


@pytest.mark.parametrize(
    ("said", "currency", "expected"),
    [
        ("1,234.50", "INR", 1_234_50),
        ("1.234,50", "EUR", 1_234_50),
        ("95,00", "EUR", 95_00),
        ("-12.4", "INR", -12_40),
        ("(55.00)", "USD", -55_00),
        ("−7,5", "EUR", -7_50),
        ("12,34,567.89", "INR", 12_34_567_89),
        ("1,234", "JPY", 1_234),
        ("1234", "JPY", 1_234),
        ("1,234", "INR", 1_234_00),
        ("0", "INR", 0),
    ],
)
def test_amounts_are_read_as_each_country_writes_them(said: str, currency: str, expected: int) -> None:
    assert amount(said, currency) == expected


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("", "it lacks"),
        ("settlement-id\tamount", "it lacks"),
        (report(), ""),
        (report(("Order", "ItemPrice", "Principal", "12.x")), "Line 3"),
        (report().replace("08.11.2026", "8 Nov"), "Line 2"),
    ],
)
def test_a_report_that_cannot_be_read_says_where(broken: str, said: str) -> None:
    if not said:
        assert read(broken).entries == ()
        return
    with pytest.raises(Malformed, match=said):
        read(broken)


def test_a_report_comes_packed_or_plain_in_either_encoding() -> None:
    assert text(gzip.compress("größer".encode()), "GZIP") == "größer"
    assert text("größer".encode("cp1252"), "") == "größer"
    assert text("\ufeffx".encode(), "GZIP") == "x", "unpacked on the way already"
    with pytest.raises(Malformed, match="cannot be unpacked"):
        text(b"\x1f\x8bnot", "GZIP")
