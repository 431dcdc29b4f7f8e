"""An order of a channel beside ours: what differs is named with both sides and the way to mend it."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from oms_app.domain.channels import (
    Capability,
    ChannelLine,
    ChannelOrder,
    ChannelParcel,
    ChannelPayment,
    ChannelRefund,
    ChannelStatus,
)
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import CustomerDraft
from oms_app.domain.payments import PaymentKind
from oms_app.domain.reconciliation import DifferenceKind as K
from oms_app.domain.reconciliation import Fix, OurLine, OurOrder, compare, compare_level, nightly

AT = datetime(2026, 11, 20, 6, tzinfo=UTC)
ALL = frozenset(Capability)
THEIRS = ChannelOrder(
    external_id="17",
    number="#17",
    status=ChannelStatus.OPEN,
    placed_at=AT,
    updated_at=AT,
    currency="INR",
    total=30_000,
    customer=CustomerDraft("Asha Rao"),
    lines=(ChannelLine("a", "CUP", "Cup", 2, 100_000_000, True), ChannelLine("b", "BOX", "Box", 1, 100_000_000, True)),
    payments=(ChannelPayment("p", PaymentKind.CAPTURE, 30_000, "upi", AT),),
)
OURS = OurOrder(
    number="1001",
    stage=Stage.READY,
    currency="INR",
    total=30_000,
    captured=30_000,
    refunded=0,
    cod=False,
    lines=(OurLine("a", "CUP", 2, 0), OurLine("b", "BOX", 1, 0)),
)
GONE = (OurLine("a", "CUP", 2, 2), OurLine("b", "BOX", 1, 1))
SENT = replace(OURS, stage=Stage.SHIPPED, lines=GONE, tracking=("A1",))
PARCEL = ChannelParcel("f", "Delhivery", "A1", AT, (("a", 2), ("b", 1)))
BACK = (ChannelRefund("r", 5_000, AT),)
CANCELLED = replace(THEIRS, status=ChannelStatus.CANCELLED)


def found(theirs: ChannelOrder, ours: OurOrder | None, can: frozenset[Capability] = ALL) -> list[tuple[K, Fix]]:
    return [(each.kind, each.fix) for each in compare(theirs, ours, can)]


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        (THEIRS, OURS, []),
        (THEIRS, None, [(K.MISSING, Fix.PLACE)]),
        (CANCELLED, None, []),
        (replace(THEIRS, status=ChannelStatus.PENDING), None, []),
        (replace(THEIRS, currency="USD"), OURS, [(K.CURRENCY, Fix.PERSON)]),
        (replace(THEIRS, total=29_900), OURS, [(K.TOTAL, Fix.TAKE)]),
        (replace(THEIRS, total=29_900), replace(OURS, stage=Stage.PACKED), [(K.TOTAL, Fix.PERSON)]),
        (THEIRS, replace(OURS, lines=OURS.lines[:1]), [(K.LINES, Fix.TAKE)]),
        (THEIRS, replace(OURS, lines=(*OURS.lines, OurLine("", "GIFT", 1, 0))), [(K.LINES, Fix.PERSON)]),
        (THEIRS, replace(OURS, captured=10_000), [(K.PAID, Fix.TAKE)]),
        (replace(THEIRS, payments=()), OURS, [(K.PAID, Fix.PERSON)]),
        (replace(THEIRS, payments=()), replace(OURS, cod=True), []),
        (replace(THEIRS, refunds=BACK), OURS, [(K.REFUNDED, Fix.TAKE)]),
        (THEIRS, replace(OURS, refunded=5_000), [(K.REFUNDED, Fix.TELL)]),
        (THEIRS, SENT, [(K.SHIPPED, Fix.TELL)]),
        (replace(THEIRS, parcels=(PARCEL,)), SENT, []),
        (replace(THEIRS, parcels=(PARCEL,)), OURS, [(K.SHIPPED, Fix.PERSON)]),
        (replace(THEIRS, parcels=(replace(PARCEL, units=(("a", 2),)),)), SENT, [(K.SHIPPED, Fix.TELL)]),
        (replace(THEIRS, parcels=(replace(PARCEL, tracking="B2"),)), SENT, [(K.TRACKING, Fix.PERSON)]),
        (replace(THEIRS, status=ChannelStatus.SHIPPED), SENT, []),
        (CANCELLED, OURS, [(K.CANCELLED, Fix.TAKE)]),
        (CANCELLED, SENT, [(K.CANCELLED, Fix.PERSON)]),
        (THEIRS, replace(OURS, stage=Stage.CANCELLED), [(K.CANCELLED, Fix.TELL)]),
        (THEIRS, replace(OURS, stage=Stage.CANCELLED, into=Stage.PICKING), []),
        (THEIRS, replace(OURS, stage=Stage.CANCELLED, into=Stage.SHIPPED), [(K.SHIPPED, Fix.TELL)]),
        (THEIRS, replace(OURS, stage=Stage.CANCELLED, into=Stage.CANCELLED), [(K.CANCELLED, Fix.TELL)]),
        (
            replace(THEIRS, status=ChannelStatus.SHIPPED),
            replace(OURS, stage=Stage.CANCELLED, into=Stage.READY),
            [(K.SHIPPED, Fix.PERSON)],
        ),
        (
            THEIRS,
            replace(OURS, lines=(*OURS.lines, OurLine("", "GIFT", 1, 0)), total=40_000, captured=40_000, fuller=True),
            [],
        ),
        (CANCELLED, replace(OURS, stage=Stage.CANCELLED), []),
    ],
)
def test_what_differs_and_how_it_is_mended(
    theirs: ChannelOrder, ours: OurOrder | None, expected: list[tuple[K, Fix]]
) -> None:
    assert found(theirs, ours) == expected


def test_nothing_is_held_against_a_channel_that_cannot_be_told() -> None:
    nothing: frozenset[Capability] = frozenset()
    assert found(THEIRS, SENT, nothing) == []
    assert found(THEIRS, replace(OURS, refunded=5_000), nothing) == [(K.REFUNDED, Fix.PERSON)]
    assert found(THEIRS, replace(OURS, refunded=5_000), frozenset({Capability.SETTLEMENTS})) == []


def test_the_sentence_says_what_each_side_has() -> None:
    [lines] = compare(THEIRS, replace(OURS, lines=(OurLine("a", "CUP", 3, 0), OURS.lines[1])), ALL)
    assert lines.said == "Of CUP the channel has 2, here are 3."
    [total] = compare(replace(THEIRS, total=29_900), OURS, ALL)
    assert total.said == "The channel has ₹299.00, here it is ₹300.00."
    [missing] = compare(THEIRS, None, ALL, problem="Line 1 has no price.")
    assert missing.said == "The channel has it at ₹300.00, it is not here. It could not be taken: Line 1 has no price."
    level = compare_level(4, 7, problem="Unknown item.")
    assert level is not None
    assert level.said == "The channel has 4, 7 may be sold. It said: Unknown item."
    assert compare_level(7, 7) is None


def test_a_total_is_not_compared_where_units_were_taken_out_there() -> None:
    short = replace(THEIRS, lines=(replace(THEIRS.lines[0], quantity=3, cancelled=1), THEIRS.lines[1]), total=40_000)
    assert found(short, OURS) == []


def test_a_night_is_due_once_after_its_hour() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    before, after = datetime(2026, 11, 24, 2, 59, tzinfo=zone), datetime(2026, 11, 24, 3, 0, tzinfo=zone)
    yesterday = datetime(2026, 11, 23, 3, 1, tzinfo=zone)
    assert not nightly(before, yesterday, 3)
    assert nightly(after, yesterday, 3)
    assert not nightly(after, after, 3)
