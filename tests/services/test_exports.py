"""Exports: the search's orders as CSV, JSON and spreadsheet, for those who may."""

import csv
import io
import json

import pytest
from python_calamine import CalamineWorkbook

from oms_app.domain.errors import Forbidden, Malformed
from oms_app.domain.orders import CustomerDraft
from oms_app.domain.permissions import Role
from oms_app.services import exports
from tests import make


@pytest.fixture
def orders(shop):
    return [
        make.order(customer=CustomerDraft("Priya Sharma"), tags=("vip", "gift")),
        make.order(lines=2, customer=CustomerDraft("=cmd()")),
    ]


def written(actor, q, format):
    return b"".join(exports.orders(actor, q, format))


def test_csv_has_a_row_per_order_and_no_formula(orders):
    rows = list(csv.DictReader(io.StringIO(written(make.ADMIN, "", "csv").decode())))
    assert [row["number"] for row in rows] == [orders[1].number, orders[0].number]
    assert [row["customer"] for row in rows] == ["'=cmd()", "Priya Sharma"]
    assert [row["total"] for row in rows] == ["999.00", "499.50"]
    assert rows[1]["tags"] == "gift, vip"


def test_json_and_a_spreadsheet_hold_the_orders_of_the_search(orders):
    (row,) = json.loads(written(make.ADMIN, "priya", "json"))
    assert (row["number"], row["total"], row["stage"]) == (orders[0].number, "499.50", "placed")
    assert json.loads(written(make.ADMIN, "nobody", "json")) == []
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(written(make.ADMIN, "", "xlsx"))).get_sheet_by_index(0)
    head, *body = sheet.to_python()
    assert [dict(zip(head, line, strict=True))["total"] for line in body] == [999.0, 499.5]


def test_an_analyst_exports_initials(orders):
    (row,) = json.loads(written(make.actor(Role.ANALYST), f"number:{orders[0].number}", "json"))
    assert row["customer"] == "P. S."
    assert row["postal_code"] == "411"


@pytest.mark.parametrize("role", [Role.INVENTORY, Role.SERVICE, Role.WAREHOUSE])
def test_who_may_not_export_is_refused(orders, role):
    with pytest.raises(Forbidden):
        exports.orders(make.actor(role), "", "csv")


def test_an_unknown_format_is_refused(orders):
    with pytest.raises(Malformed):
        exports.orders(make.ADMIN, "", "pdf")
