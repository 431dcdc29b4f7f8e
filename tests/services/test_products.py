"""Products as they are edited: fields, attributes, tax rates that begin on a day, families, lists that come back."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from oms_app.domain.errors import Conflict, Forbidden, Malformed, NotFound, Refused
from oms_app.domain.permissions import Role, system
from oms_app.domain.products import Rate
from oms_app.services import catalogue, exports, import_lists, products, variants
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
IMPORT = system("oms import", "import")


def happened(sku: str) -> list[str]:
    """Kinds of the events of a product, newest first."""
    return [event.kind for event in products.history(make.ADMIN, sku)]


def test_what_is_different_is_written_and_told_once() -> None:
    sku = make.product("KUR")
    wanted = {"Material": " Cotton ", "Fit": ""}
    changed = products.change(make.ADMIN, sku, name="Kurta", tax_included=False, attributes=wanted)
    assert (changed.product.name, changed.product.tax_included) == ("Kurta", False)
    assert changed.attributes == {"Material": "Cotton"}
    products.change(make.ADMIN, sku, name="Kurta", attributes=wanted)
    assert happened(sku) == ["product_changed", "product_added"]
    for wrong in ({"name": " "}, {"gst_rate": Decimal(5)}, {"price_micros": -1}, {"attributes": {"A:B": "c"}}):
        with pytest.raises(Malformed):
            products.change(make.ADMIN, sku, **wrong)
    with pytest.raises(Forbidden):
        products.change(make.actor(Role.SERVICE), sku, name="X")
    assert products.get(make.ADMIN, sku) == changed


def test_a_rate_holds_from_its_day_on_and_what_held_before_stays_known() -> None:
    sku, today = make.product("TEA", gst_rate=Decimal(12)), products.today()
    soon = today + timedelta(days=30)
    products.set_rate(make.ADMIN, sku, Decimal(5), soon)
    assert (Decimal(catalogue.product(make.ADMIN, sku).gst_rate), products.apply_rates()) == (12, 0)
    at_once = products.set_rate(make.ADMIN, sku, Decimal("0.25"), today)
    assert Decimal(at_once.product.gst_rate) == Decimal("0.25")
    assert at_once.rates == (Rate(date(2017, 7, 1), Decimal(12)), Rate(today, Decimal("0.25")), Rate(soon, Decimal(5)))
    with pytest.raises(Refused):
        products.drop_rate(make.ADMIN, sku, today)
    assert len(products.drop_rate(make.ADMIN, sku, soon).rates) == 2
    with pytest.raises(NotFound):
        products.drop_rate(make.ADMIN, sku, soon)
    with pytest.raises(Malformed):
        products.set_rate(make.ADMIN, sku, Decimal(101), soon)


def test_the_worker_puts_a_rate_in_force_on_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    sku, day = make.product("TEA", gst_rate=Decimal(12)), products.today() + timedelta(days=3)
    products.set_rate(make.ADMIN, sku, Decimal(5), day)
    monkeypatch.setattr(products, "today", lambda: day)
    assert (products.apply_rates(), products.apply_rates()) == (1, 0)
    assert Decimal(catalogue.product(make.ADMIN, sku).gst_rate) == 5
    assert happened(sku)[0] == "tax_rate_in_force"


def test_a_family_makes_what_is_missing_and_leaves_what_is_there() -> None:
    options = {"Size": ["S", "M"], "Colour": ["Dark blue"]}
    given = {"name": "Kaftan", "price_micros": 1_000_000, "gst_rate": Decimal(5)}
    made = variants.generate(make.ADMIN, "KAF", options=options, **given)
    assert [each.sku for each in made.variants] == ["KAF-S-DARK-BLUE", "KAF-M-DARK-BLUE"]
    products.change(make.ADMIN, "KAF-S-DARK-BLUE", price_micros=5)
    grown = variants.generate(make.ADMIN, "KAF", options=options | {"Size": ["S", "M", "L"]}, **given)
    assert [each.sku for each in grown.variants] == ["KAF-S-DARK-BLUE", "KAF-M-DARK-BLUE", "KAF-L-DARK-BLUE"]
    small = products.get(make.ADMIN, "KAF-S-DARK-BLUE")
    assert (small.product.price_micros, small.choices) == (5, {"Size": "S", "Colour": "Dark blue"})
    with pytest.raises(Conflict):
        variants.generate(make.ADMIN, "KAF", options={"Colour": ["Red"]}, **given)
    with pytest.raises(Malformed):
        variants.generate(make.ADMIN, "DUP", options={"Size": ["S/M", "S M"]}, **given)
    make.product("TAKEN-S")
    with pytest.raises(Conflict):
        variants.generate(make.ADMIN, "TAKEN", options={"Size": ["S", "M"]}, **given)
    with pytest.raises(NotFound):
        variants.get(make.ADMIN, "TAKEN")


def test_the_list_is_searched_and_read_in_pages() -> None:
    for sku, name in (("A-1", "Sari"), ("B-1", "Silk sari 100%"), ("C-1", "Kurta")):
        make.product(sku, name=name, barcode=f"89{sku}")
    assert [each.product.sku for each in products.page(make.ADMIN, words="sari", limit=1)] == ["A-1"]
    assert [each.product.sku for each in products.page(make.ADMIN, words="sari", after_sku="A-1")] == ["B-1"]
    assert [each.product.sku for each in products.page(make.ADMIN, words="0%")] == ["B-1"]
    assert [each.product.sku for each in products.page(make.ADMIN, words="c-")] == ["C-1"]
    assert [each.product.sku for each in products.page(make.ADMIN, words="89A-1")] == ["A-1"]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_an_exported_list_comes_back_and_changes_nothing_until_it_says_something_else(
    tmp_path: Path, format: str
) -> None:
    tea = make.product("TEA", name="-5 °C tea", gst_rate=Decimal(5), price_micros=1_290_500_000, weight_g=250)
    products.change(make.ADMIN, tea, tax_included=False, attributes={"Origin": "Assam", "Leaf": "=whole"})
    make.product("POST", kind="charge")
    file = tmp_path / f"products.{format}"
    file.write_bytes(b"".join(exports.products(make.ADMIN, format)))
    before, story = products.get(make.ADMIN, tea), happened(tea)
    first = import_lists.import_products(IMPORT, file)
    assert (first.read, first.imported, first.already, first.rejected) == (2, 0, 2, 0)
    assert (products.get(make.ADMIN, tea), happened(tea)) == (before, story)


def test_a_list_changes_rates_from_today_on_and_rejects_what_it_cannot_take(tmp_path: Path) -> None:
    make.product("TEA", gst_rate=Decimal(12))
    rows = list(csv.reader(io.StringIO(b"".join(exports.products(make.ADMIN, "csv")).decode())))
    columns = dict(zip(rows[0], range(20), strict=False))
    rows[1][columns["gst_rate"]], rows[1][columns["active"]] = "5", "no"
    rows[1][columns["attributes"]] = "Origin: Assam\nLeaf: whole"
    rows += [["NEW", "New", *[""] * 9, "Origin: Nilgiri"], ["BAD", "Bad", *[""] * 9, "no colon"]]
    file, seen = tmp_path / "list.csv", []
    with file.open("w", newline="") as text:
        csv.writer(text).writerows(rows)
    summary = import_lists.import_products(IMPORT, file, progress=lambda done, of: seen.append((done, of)))
    assert (summary.read, summary.imported, summary.rejected, seen[-1]) == (3, 2, 1, (3, 3))
    assert "no colon" in Path(summary.rejected_path).read_text()
    tea = products.get(make.ADMIN, "TEA")
    assert (Decimal(tea.product.gst_rate), tea.product.active) == (5, False)
    assert [each.rate for each in tea.rates] == [12, 5]
    assert tea.attributes == {"Origin": "Assam", "Leaf": "whole"}
    assert products.get(make.ADMIN, "NEW").attributes == {"Origin": "Nilgiri"}
    with pytest.raises(NotFound):
        products.get(make.ADMIN, "BAD")
