"""Orders as Wix's checkout writes them, read exactly."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from oms_app.domain.channels import ChannelOrder, ChannelStatus
from oms_app.domain.orders import PaymentMethod
from oms_app.domain.payments import PaymentKind
from oms_app.integrations.channels.wix.read import method, read
from oms_app.integrations.sandbox.wix.views import guid
from tests.contract.rig import connected


def order_of(change: Callable[[dict[str, Any]], Any], **values: Any) -> ChannelOrder:
    """An order of two kurtas as it is read once its JSON was changed."""
    with connected("wix") as rig:
        order = rig.shop.place([("KUR-IND-M", 2)], shipping=4_900, **values)
        said = json.loads(rig.channel.order(rig.sandbox.external_id(order)).body)
    change(said)
    return read(json.dumps(said))


def price(amount: str) -> dict[str, str]:
    """An amount as Wix writes it."""
    return {"amount": amount}


def test_a_fee_is_charged_and_named() -> None:
    def add_fee(said: dict[str, Any]) -> None:
        fee = {"name": "Cash on delivery", "price": price("42.37"), "priceAfterTax": price("50.00")}
        said["order"]["additionalFees"] = [fee]
        said["order"]["priceSummary"]["total"] = price("2679.00")

    read = order_of(add_fee)
    assert (read.total, read.shipping, read.discount) == (2_679_00, 99_00, 0)
    assert "Cash on delivery: ₹50.00" in read.note


def test_what_no_line_explains_is_a_charge_or_a_discount_and_the_sum_holds() -> None:
    more = order_of(lambda said: said["order"]["priceSummary"].update(total=price("2630.00")))
    assert (more.shipping, more.discount) == (50_00, 0)
    less = order_of(lambda said: said["order"]["priceSummary"].update(total=price("2600.50")))
    assert (less.shipping, less.discount) == (49_00, 28_50)


def test_modifiers_with_a_price_are_in_the_price_and_named() -> None:
    def add_modifier(said: dict[str, Any]) -> None:
        line = said["order"]["lineItems"][0]
        line["quantity"] = 3
        line["totalPriceAfterTax"] = price("4000.01")
        line["modifierGroups"] = [
            {"name": {"original": "Wrap"}, "modifiers": [{"label": {"original": "Silk"}, "price": price("43.33")}]}
        ]
        line["catalogReference"]["options"] = {
            "options": {"Size": "M"},
            "customTextFields": {"On the label": "For Amma"},
        }
        line["descriptionLines"] = [
            {"name": {"original": "Size"}, "plainText": {"original": "M"}},
            {"name": {"original": "Colour"}, "colorInfo": {"original": "Indigo", "code": "#3f51b5"}},
        ]
        said["order"]["priceSummary"]["total"] = price("4049.01")

    (line,) = order_of(add_modifier).lines
    assert (line.unit_price_micros, line.discount) == (1_333_336_667, 0)
    assert line.name == "Indigo Kurta, M, M"
    assert line.personalisation == (("Colour", "Indigo"), ("On the label", "For Amma"), ("Wrap", "Silk"))


def test_an_order_without_totals_of_its_lines_is_read_by_their_prices() -> None:
    def old(said: dict[str, Any]) -> None:
        line = said["order"]["lineItems"][0]
        for name in ("totalPriceAfterTax", "totalPriceBeforeTax", "priceBeforeDiscounts", "taxInfo"):
            del line[name]
        line["totalDiscount"] = price("80.00")
        said["order"]["priceSummary"]["total"] = price("2549.00")

    read = order_of(old)
    assert [(line.unit_price_micros, line.discount, line.tax_included) for line in read.lines] == [
        (1_290_000_000, 80_00, True)
    ]
    assert (read.shipping, read.discount) == (49_00, 0)


GSTIN = "27AAPFU0939F1ZV"


@pytest.mark.parametrize(
    "where",
    [
        {"customFields": [{"title": "Your GST number", "value": GSTIN}]},
        {"extendedFields": {"namespaces": {"_user_fields": {"gstin": GSTIN.lower()}}}},
        {"billingInfo": {"contactDetails": {"vatId": {"id": GSTIN, "type": "UNSPECIFIED"}}}},
    ],
    ids=["a field of the checkout", "a field of the order", "the tax id"],
)
def test_a_gstin_is_found_where_it_was_written(where: dict[str, Any]) -> None:
    read = order_of(lambda said: said["order"].update(where))
    assert read.gstin == GSTIN
    assert GSTIN not in read.note
    wrong = json.loads(json.dumps(where).replace("0939", "0938").replace("0939".lower(), "0938"))
    assert order_of(lambda said: said["order"].update(wrong)).gstin == ""


def test_what_is_picked_up_goes_to_the_buyer_not_to_the_shop() -> None:
    def pick_up(said: dict[str, Any]) -> None:
        shop = {"address": {"city": "Mysuru"}, "contactDetails": {"firstName": "The shop"}}
        said["order"]["shippingInfo"]["logistics"] = {
            "shippingDestination": shop,
            "pickupDetails": {"pickupMethod": "STORE_PICKUP"},
            "instructions": "Ring twice",
        }

    read = order_of(pick_up)
    assert (read.ship_to.city, read.ship_to.name) == ("Bengaluru", "Asha Iyer")
    assert read.note == "Ring twice"


def test_a_street_in_parts_and_a_state_by_its_code_are_an_address() -> None:
    def parts(said: dict[str, Any]) -> None:
        place = said["order"]["shippingInfo"]["logistics"]["shippingDestination"]["address"]
        del place["addressLine"], place["subdivisionFullname"], place["addressLine2"]
        place["streetAddress"] = {"number": "14", "name": "Lake View Road", "apt": "2B"}

    there = order_of(parts).ship_to
    assert (there.line1, there.line2, there.state) == ("14 Lake View Road", "2B", "KA")


@pytest.mark.parametrize(
    ("status", "facts"),
    [
        ("AUTHORIZED", [("authorise", "authorised")]),
        ("VOIDED", [("authorise", "authorised"), ("void", "voided")]),
        ("APPROVED", [("capture", "")]),
        ("PARTIALLY_REFUNDED", [("capture", "")]),
        ("PENDING", []),
        ("DECLINED", []),
    ],
)
def test_a_promise_and_the_money_are_facts_of_their_own(status: str, facts: list[tuple[str, str]]) -> None:
    def become(said: dict[str, Any]) -> None:
        (payment,) = said["transactions"]["payments"]
        payment["status"] = status
        said["order"]["paymentStatus"] = "PENDING"

    read = order_of(become)
    assert [(each.kind, each.external_id.partition(":")[2]) for each in read.payments] == [
        (PaymentKind(kind), suffix) for kind, suffix in facts
    ]
    assert read.status is (ChannelStatus.OPEN if status == "AUTHORIZED" else ChannelStatus.PENDING)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"status": "INITIALIZED"}, ChannelStatus.PENDING),
        ({"status": "PENDING"}, ChannelStatus.PENDING),
        ({"status": "REJECTED"}, ChannelStatus.CANCELLED),
        ({"status": "CANCELED"}, ChannelStatus.CANCELLED),
        ({"fulfillmentStatus": "FULFILLED"}, ChannelStatus.SHIPPED),
        ({"fulfillmentStatus": "PARTIALLY_FULFILLED"}, ChannelStatus.OPEN),
        ({"paymentStatus": "PARTIALLY_PAID"}, ChannelStatus.OPEN),
        ({"paymentStatus": "DECLINED"}, ChannelStatus.PENDING),
    ],
)
def test_where_wix_has_an_order(changed: dict[str, str], status: ChannelStatus) -> None:
    assert order_of(lambda said: said["order"].update(changed)).status is status


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("Cash on Delivery", "cash"),
        ("Offline", "cash"),
        ("COD", "cash"),
        ("Pay on delivery", "cash"),
        ("BANK TRANSFER", "bank"),
        ("NEFT / RTGS", "bank"),
        ("CreditCard", "card"),
        ("PhonePe UPI", "upi"),
        ("Gift card", "wallet"),
        ("Razorpay", "other"),
    ],
)
def test_how_money_comes_by_its_name(name: str, how: str) -> None:
    assert method(name) == how


def test_a_manual_payment_that_is_not_listed_is_cash_at_the_door() -> None:
    def bare(said: dict[str, Any]) -> None:
        said["transactions"] = {}
        said["order"]["paymentStatus"] = "NOT_PAID"
        said["order"]["lineItems"][0]["paymentOption"] = "FULL_PAYMENT_OFFLINE"

    read = order_of(bare)
    assert (read.payment_method, read.status, read.payments) == (PaymentMethod.COD, ChannelStatus.OPEN, ())


def test_money_that_is_still_on_its_way_back_is_none_yet() -> None:
    def back(said: dict[str, Any]) -> None:
        refund = {"id": "r", "createdDate": said["order"]["createdDate"], "details": {"reason": "Stain"}}
        parts = [
            {"amount": price("10.00"), "refundStatus": "PENDING"},
            {"amount": price("5.00"), "refundStatus": "SUCCEEDED"},
        ]
        said["transactions"]["refunds"] = [refund | {"transactions": parts}, refund | {"transactions": parts[:1]}]

    assert [each.amount for each in order_of(back).refunds] == [5_00]


def test_an_article_without_a_sku_is_known_by_its_ids_and_one_of_no_catalogue_by_its_name() -> None:
    def unnamed(said: dict[str, Any]) -> None:
        said["order"]["lineItems"][0]["physicalProperties"] = {"shippable": True}

    def unlisted(said: dict[str, Any]) -> None:
        unnamed(said)
        del said["order"]["lineItems"][0]["catalogReference"]

    assert order_of(unnamed).lines[0].sku == f"{guid('product', 1001)}/{guid('variant', 1001)}"
    assert order_of(unlisted).lines[0].sku == "Indigo Kurta, M"
