"""Reading Vendure's orders, as the live server answered them (`python -m tests.contract.vendure_acts` records anew)."""

import hashlib
import hmac
import json
from datetime import UTC
from typing import Any

import pytest

from oms_app.domain import money
from oms_app.domain.channels import ChannelStatus, Connection, Delivery
from oms_app.domain.errors import Malformed, Unauthenticated
from oms_app.domain.orders import AddressDraft, PaymentMethod
from oms_app.domain.payments import PaymentKind
from oms_app.integrations.channels.vendure import ADAPTER
from tests.contract.vendure_acts import RECORDED, recorded

NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))
SECRET = "a secret of the tests"
CONNECTION = Connection("vendure", "INR", {}, {"webhook_secret": SECRET})


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_adds_up_to_the_total_of_the_shop(name: str) -> None:
    order = ADAPTER.read(recorded(name))
    due = [
        money.line_total(line.unit_price_micros, line.quantity - line.cancelled, order.currency)
        - line.discount
        + (0 if line.tax_included else line.tax)
        for line in order.lines
    ]
    assert sum(due) + order.shipping - order.discount == order.total


def test_an_order_paid_at_once_is_read_to_the_paisa() -> None:
    order = ADAPTER.read(recorded("prepaid"))
    assert (order.status, order.currency, order.total, order.shipping) == (ChannelStatus.OPEN, "INR", 314_699, 4_900)
    assert [(each.sku, each.quantity, each.unit_price_micros, each.tax_included, each.tax) for each in order.lines] == [
        ("LAMP-1", 2, 1_499_000_000, True, 45_732),
        ("BOWL-2", 3, 33_330_000, True, 1_525),
    ]
    assert [(paid.kind, paid.amount, paid.method) for paid in order.payments] == [(PaymentKind.CAPTURE, 314_699, "upi")]
    assert order.payment_method is PaymentMethod.PREPAID
    assert (order.customer.name, order.customer.email) == ("Asha Nair", "asha.nair@demo.example")
    assert order.ship_to == AddressDraft(
        "Asha Nair", "9895012345", "14 Marine Drive", "Flat 3", "Kochi", "Kerala", "682011", "IN"
    )
    assert order.bill_to is None
    assert order.placed_at.tzinfo is UTC


def test_a_coupon_is_spread_over_the_lines_as_the_shop_spreads_it() -> None:
    order = ADAPTER.read(recorded("coupon"))
    assert [(line.discount, line.tax) for line in order.lines] == [(7_495, 21_723), (1_167, 3_381)]
    assert (order.discount, order.total) == (0, 169_469)


def test_cash_on_delivery_is_no_payment_and_tax_that_is_added_is_reckoned_after_the_coupon() -> None:
    order = ADAPTER.read(recorded("cod"))
    assert (order.payment_method, order.payments) == (PaymentMethod.COD, ())
    [line] = order.lines
    assert (line.unit_price_micros, line.tax_included, line.discount, line.tax) == (28_250_000, False, 424, 1_449)


def test_a_part_that_was_shipped_a_part_cancelled_and_a_part_refunded_are_told_apart() -> None:
    order = ADAPTER.read(recorded("part"))
    lamp, bowl = order.lines
    assert (lamp.quantity, lamp.cancelled, bowl.quantity, bowl.cancelled) == (2, 0, 3, 1)
    assert order.status is ChannelStatus.OPEN
    [parcel] = order.parcels
    assert (parcel.courier, parcel.tracking, parcel.units) == ("Delhivery", "DL100", ((lamp.external_id, 1),))
    [back] = order.refunds
    assert (back.amount, back.units) == (3_333, ((bowl.external_id, 1),))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("delivered", ChannelStatus.DELIVERED),
        ("cancelled", ChannelStatus.CANCELLED),
        ("basket", ChannelStatus.PENDING),
    ],
)
def test_a_state_of_the_shop_is_one_of_ours(name: str, status: ChannelStatus) -> None:
    order = ADAPTER.read(recorded(name))
    assert order.status is status
    assert order.cancel_reason == ("Buyer changed their mind" if name == "cancelled" else "")


def test_a_delivered_parcel_says_when() -> None:
    [parcel] = ADAPTER.read(recorded("delivered")).parcels
    assert parcel.delivered_at is not None
    assert parcel.delivered_at >= parcel.at


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Modifying", ChannelStatus.PENDING),
        ("ArrangingAdditionalPayment", ChannelStatus.PENDING),
        ("Shipped", ChannelStatus.SHIPPED),
        ("PartiallyDelivered", ChannelStatus.OPEN),
        ("Being packed", ChannelStatus.OPEN),
    ],
)
def test_a_state_is_read_with_what_has_left_and_what_is_paid(state: str, status: ChannelStatus) -> None:
    assert ADAPTER.read(_changed("part", state=state)).status is status


def test_a_state_of_the_shops_own_waits_until_it_is_paid() -> None:
    assert ADAPTER.read(_changed("part", state="Being checked", payments=[])).status is ChannelStatus.PENDING


def test_everything_that_left_is_shipped_though_a_part_has_arrived() -> None:
    assert ADAPTER.read(_changed("delivered", state="PartiallyDelivered")).status is ChannelStatus.SHIPPED


@pytest.mark.parametrize(
    ("currency", "decimals", "total", "price"),
    [("JPY", 2, 3_147, 1499), ("KWD", 2, 3_146_990, 1499), ("KWD", 3, 314_699, 149.9)],
)
def test_one_number_of_decimals_holds_for_every_currency(
    currency: str, decimals: int, total: int, price: float
) -> None:
    body = json.loads(_changed("prepaid", currencyCode=currency))
    body["globalSettings"]["serverConfig"]["moneyStrategyPrecision"] = decimals
    order = ADAPTER.read(json.dumps(body))
    assert (order.total, order.lines[0].unit_price_micros) == (total, round(price * money.MICROS))


def test_a_surcharge_counts_with_the_shipping_and_a_rebate_as_a_discount() -> None:
    extra = [{"id": "1", "description": "Gift wrap", "priceWithTax": 5_000}]
    extra += [{"id": "2", "description": "Goodwill", "priceWithTax": -700}]
    order = ADAPTER.read(_changed("prepaid", surcharges=extra))
    assert (order.shipping, order.discount) == (9_900, 700)


def test_a_guest_without_a_customer_is_called_as_the_parcel_is_addressed() -> None:
    assert ADAPTER.read(_changed("prepaid", customer=None)).customer.name == "Asha Nair"


@pytest.mark.parametrize("key", ["refund:17", "refund:17-4"])
def test_a_refund_that_we_asked_for_says_so(key: str) -> None:
    body = json.loads(recorded("part"))
    [back] = [each for paid in body["order"]["payments"] for each in paid["refunds"]]
    back["reason"] = f"Scratched [{key}]"
    [refund] = ADAPTER.read(json.dumps(body)).refunds
    assert (refund.reason, refund.key) == ("Scratched", key)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"order": null}', '{"order": {"id": "1"}}'])
def test_what_is_no_order_is_refused(body: str) -> None:
    with pytest.raises(Malformed):
        ADAPTER.read(body)


def test_a_signed_message_names_the_order_to_read_back() -> None:
    body = b'{"id":"6f1c","topic":"ORDER_STATE_TRANSITION","order":"12"}'
    assert _verify(body, _signed(body)) == Delivery("6f1c", "order", changed=("12",))


def test_a_message_that_was_changed_or_signed_by_another_is_refused() -> None:
    body = b'{"id":"6f1c","order":"12"}'
    for given in ("", "é", _signed(body)[:-1], _signed(body, "another secret")):
        with pytest.raises(Unauthenticated):
            _verify(body, given)
    with pytest.raises(Unauthenticated):
        _verify(body.replace(b"12", b"13"), _signed(body))


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(Unauthenticated):
        _verify(b"{}", _signed(b"{}", ""), Connection("vendure", "INR", {}, {}))


def test_a_signed_message_of_another_kind_cannot_be_read() -> None:
    for body in (b"no json", b"[]", b'{"id":"1"}'):
        with pytest.raises(Malformed):
            _verify(body, _signed(body))


def _changed(name: str, **values: Any) -> str:
    body = json.loads(recorded(name))
    assert set(values) <= set(body["order"])
    return json.dumps(body | {"order": body["order"] | values})


def _signed(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _verify(body: bytes, signature: str, connection: Connection = CONNECTION) -> Delivery:
    assert ADAPTER.verify is not None
    return ADAPTER.verify(connection, {"x-oms-signature": signature}, body)
