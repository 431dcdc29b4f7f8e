"""The sandbox's orders and articles as WooCommerce's REST shows them."""

import html
import json
from collections import defaultdict
from datetime import datetime
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.buyers import Buyer
from oms_app.integrations.sandbox.shop import Article, Line, Order, Parcel, Refund, Shop

_GATEWAYS = {"Cash on Delivery (COD)": "cod", "Bank Deposit": "bacs", "Razorpay Secure": "razorpay"}
_RATE = 1
_NOT_BACK = ("global_unique_id", "image", "parent_name")
"""What a line of an order has and a refund's has not."""


def moment(at: datetime | None) -> str | None:
    """As WooCommerce writes moments: whole seconds, without a zone."""
    return f"{at:%Y-%m-%dT%H:%M:%S}" if at else None


class Views:
    """What a shop shows.

    metas     meta fields that were put on orders, by order number      statuses  words that were put on orders
    returned  meta fields of refunds, by the refund's number            parcels   (key, value) by the parcel's number
    made      what products were made with beside what the shop keeps, by the article's number
    """

    def __init__(self, shop: Shop):
        self.shop = shop
        self.metas: dict[int, dict[str, Any]] = defaultdict(dict)
        self.statuses: dict[int, str] = {}
        self.returned: dict[int, list[dict[str, Any]]] = {}
        self.parcels: dict[int, tuple[str, str]] = {}
        self.made: dict[int, dict[str, str]] = {}

    def status(self, order: Order) -> str:
        """The word for where an order is."""
        if said := self.statuses.get(order.number):
            return said
        if order.cancelled_at:
            return "cancelled"
        if order.refunded and order.refunded == order.total:
            return "refunded"
        if order.parcels and not any(order.to_ship(line) for line in order.lines):
            return "completed"
        return "processing" if order.cod or order.captured else "on-hold"

    def order(self, order: Order, dp: int | None = None) -> dict[str, Any]:
        """An order, its amounts with `dp` decimals; without it those of the currency."""
        show = _Amounts(order, money.digits(order.currency) if dp is None else dp)
        buyer, status = order.buyer, self.status(order)
        lines = [self._line(order, line, show) for line in order.lines]
        done = order.parcels[-1].at if order.parcels else order.updated_at
        completed = done if status == "completed" else None
        paid = next((each.at for each in order.payments if each.kind == "capture"), completed if order.cod else None)
        off = sum((show.apart(line)[0] - show.apart(line)[2] for line in order.lines), Decimal())
        tax = sum((show.apart(line)[3] for line in order.lines), Decimal())
        off_tax = sum((show.apart(line)[1] - show.apart(line)[3] for line in order.lines), Decimal())
        coupons = [self._coupon(order, off, off_tax, show)] if off else []
        stamps = {"created": order.placed_at, "modified": order.updated_at, "paid": paid, "completed": completed}
        dates = {f"date_{name}{end}": moment(at) for name, at in stamps.items() for end in ("", "_gmt")}
        return {
            "id": order.number,
            "parent_id": 0,
            "number": order.name.removeprefix("#"),
            "order_key": f"wc_order_{order.number}",
            "created_via": "checkout",
            "version": "11.0.1",
            "status": status,
            "currency": order.currency,
            **dates,
            "discount_total": show(off),
            "discount_tax": show(off_tax),
            "shipping_total": show(show.major(order.shipping)),
            "shipping_tax": show(Decimal()),
            "cart_tax": show(tax),
            "total": show(show.major(order.total)),
            "total_tax": show(tax),
            "prices_include_tax": order.tax_included,
            "customer_id": 0 if buyer.guest else buyer.number,
            "customer_ip_address": "203.0.113.7",
            "customer_user_agent": "Mozilla/5.0",
            "customer_note": order.note,
            "billing": _address(buyer) | {"email": buyer.email, "phone": buyer.phone},
            "shipping": _address(buyer),
            "payment_method": _GATEWAYS.get(order.gateway, "other"),
            "payment_method_title": order.gateway,
            "transaction_id": f"pay_{order.number}" if order.captured else "",
            "cart_hash": "",
            "meta_data": self._metas(order),
            "line_items": lines,
            "tax_lines": [self._tax_line(order, tax, show)] if tax else [],
            "shipping_lines": [self._shipping(order, show)] if order.shipping or order.service else [],
            "fee_lines": [],
            "coupon_lines": coupons,
            "refunds": [
                {"id": each.number, "reason": each.reason, "total": show(-show.major(each.amount))}
                for each in reversed(order.refunds)
            ],
            "payment_url": "",
            "is_editable": status in ("pending", "on-hold"),
            "needs_payment": status == "pending",
            "needs_processing": True,
        }

    def refund(self, order: Order, refund: Refund, dp: int | None = None) -> dict[str, Any]:
        """A refund with its lines."""
        show = _Amounts(order, money.digits(order.currency) if dp is None else dp)
        nothing = show(Decimal())
        lines = {line.number: line for line in order.lines}
        return {
            "id": refund.number,
            "date_created": moment(refund.at),
            "date_created_gmt": moment(refund.at),
            "amount": show(show.major(refund.amount)),
            "reason": refund.reason,
            "refunded_by": 1,
            "refunded_payment": not order.cod,
            "meta_data": self.returned.get(refund.number, []),
            "line_items": [
                {name: value for name, value in self._line(order, lines[number], show).items() if name not in _NOT_BACK}
                | dict.fromkeys(("subtotal", "subtotal_tax", "total", "total_tax"), nothing)
                | {
                    "id": refund.number * 1_000 + number,
                    "quantity": -count,
                    "taxes": [],
                    "meta_data": [_meta(number, "_refunded_item_id", str(number))],
                }
                for number, count in refund.units.items()
            ],
            "tax_lines": [],
            "shipping_lines": [],
            "fee_lines": [],
        }

    def product(self, article: Article, parent: int = 0) -> dict[str, Any]:
        """A simple product, or a variation of `parent`."""
        price = money.to_major(article.price, self.shop.currency)
        return {
            "id": article.number,
            "parent_id": parent,
            "name": html.escape(article.title, quote=False),
            "type": "variation" if parent else "simple",
            "status": "publish",
            "description": "",
            "weight": "",
            "tax_status": "taxable",
            "sku": article.sku,
            "global_unique_id": article.barcode,
            "price": price,
            "regular_price": price,
            "manage_stock": article.tracked,
            "stock_quantity": article.stock if article.tracked else None,
            "stock_status": "instock" if article.stock > 0 else "outofstock",
            "attributes": [{"id": 0, "name": "Kind", "option": article.title}] if parent else [],
            "variations": [],
            "meta_data": [],
        } | self.made.get(article.number, {})

    def _line(self, order: Order, line: Line, show: "_Amounts") -> dict[str, Any]:
        before, before_tax, after, after_tax = show.apart(line)
        article = self.shop.articles.get(line.sku)
        taxes = [{"id": _RATE, "total": show(after_tax), "subtotal": show(before_tax)}] if line.tax_percent else []
        return {
            "id": line.number,
            "name": line.title,
            "product_id": article.number if article else 0,
            "variation_id": 0,
            "quantity": line.quantity,
            "tax_class": "",
            "subtotal": show(before),
            "subtotal_tax": show(before_tax),
            "total": show(after),
            "total_tax": show(after_tax),
            "taxes": taxes,
            "meta_data": [
                _meta(line.number, key, value) | {"display_key": key, "display_value": value}
                for key, value in line.personalisation
            ],
            "sku": line.sku,
            "global_unique_id": article.barcode if article else "",
            "price": float(after / line.quantity),
            "image": {"id": 0, "src": ""},
            "parent_name": None,
        }

    def _metas(self, order: Order) -> list[dict[str, Any]]:
        named = dict(order.attributes) | self.metas[order.number]
        named |= dict(self._parcel(parcel) for parcel in order.parcels if not parcel.cancelled)
        return [_meta(place, key, value) for place, (key, value) in enumerate(named.items(), 1)]

    def _parcel(self, parcel: Parcel) -> tuple[str, str]:
        """A parcel's meta field: as it was put there, else as one that we would have put."""
        if parcel.number in self.parcels:
            return self.parcels[parcel.number]
        value = {
            "courier": parcel.courier,
            "tracking": parcel.tracking,
            "url": parcel.url,
            "shipped_at": parcel.at.isoformat(),
            "units": [[str(line), count] for line, count in parcel.units.items()],
        }
        return f"_oms_parcel_{parcel.number}", json.dumps(value)

    def _shipping(self, order: Order, show: "_Amounts") -> dict[str, Any]:
        return {
            "id": order.number + 1_000_000,
            "method_title": order.service,
            "method_id": "flat_rate",
            "instance_id": "1",
            "total": show(show.major(order.shipping)),
            "total_tax": show(Decimal()),
            "taxes": [],
            "meta_data": [],
        }

    def _tax_line(self, order: Order, tax: Decimal, show: "_Amounts") -> dict[str, Any]:
        return {
            "id": order.number + 2_000_000,
            "rate_code": "IN-GST-1",
            "rate_id": _RATE,
            "label": "GST",
            "compound": False,
            "tax_total": show(tax),
            "shipping_tax_total": show(Decimal()),
            "meta_data": [],
        }

    def _coupon(self, order: Order, off: Decimal, off_tax: Decimal, show: "_Amounts") -> dict[str, Any]:
        return {
            "id": order.number + 3_000_000,
            "code": "festival",
            "discount": show(off),
            "discount_tax": show(off_tax),
            "discount_type": "fixed_cart",
            "nominal_amount": float(off),
            "free_shipping": False,
            "meta_data": [],
        }


class _Amounts:
    """Writes an order's amounts. WooCommerce keeps lines without tax, unrounded, and their tax rounded."""

    def __init__(self, order: Order, dp: int):
        self.order, self.dp = order, dp
        self.digits = money.digits(order.currency)

    def __call__(self, amount: Decimal) -> str:
        return f"{amount.quantize(Decimal(1).scaleb(-self.dp), ROUND_HALF_UP):f}"

    def major(self, minor: int) -> Decimal:
        """Minor units in the currency."""
        return Decimal(minor).scaleb(-self.digits)

    def apart(self, line: Line) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """A line's (subtotal, its tax, total after discounts, its tax)."""
        return (*self._apart(line, line.price * line.quantity), *self._apart(line, line.net))

    def _apart(self, line: Line, minor: int) -> tuple[Decimal, Decimal]:
        amount, cent = self.major(minor), Decimal(1).scaleb(-self.digits)
        if self.order.tax_included:
            tax = amount * line.tax_percent / (100 + line.tax_percent)
            return amount - tax, tax.quantize(cent, ROUND_HALF_DOWN)
        return amount, (amount * line.tax_percent / 100).quantize(cent, ROUND_HALF_UP)


def _address(buyer: Buyer) -> dict[str, Any]:
    return {
        "first_name": buyer.first,
        "last_name": buyer.last,
        "company": buyer.company,
        "address_1": buyer.line1,
        "address_2": buyer.line2,
        "city": buyer.city,
        "state": buyer.state_code,
        "postcode": buyer.postal_code,
        "country": buyer.country,
    }


def _meta(number: int, key: str, value: Any) -> dict[str, Any]:
    return {"id": number, "key": key, "value": value}
