"""Product lists and stock lists come in row by row, once."""

from decimal import Decimal
from pathlib import Path

import pytest

from oms_app.domain.errors import Forbidden, Malformed
from oms_app.domain.permissions import system
from oms_app.services import catalogue, checks, import_lists, stock
from tests import make

IMPORT = system("oms import", "import")


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n")
    return path


def test_products_are_added_and_changed_and_twice_is_once(shop: str, tmp_path: Path) -> None:
    make.product("TEA", price_micros=120_000_000)
    file = write(
        tmp_path / "list.csv",
        "sku,name,price,gst_rate,hsn,weight_g,kind,colour",
        "TEA,Assam tea,,5%,0902,250,,green",
        "KUR,Kurta,1290.50,5,62114299,320,,",
        "POST,Postage,50,18,,,charge,",
        ",No SKU,1,,,,,",
        "BAD,Bad,-1,,,,,",
    )
    first = import_lists.import_products(IMPORT, file)
    assert (first.read, first.imported, first.already, first.rejected) == (5, 3, 0, 2)
    tea, kurta = catalogue.product(make.ADMIN, "TEA"), catalogue.product(make.ADMIN, "KUR")
    assert (tea.name, tea.price_micros, Decimal(tea.gst_rate), tea.weight_g) == ("Assam tea", 120_000_000, 5, 250)
    assert (kurta.price_micros, kurta.hsn) == (1_290_500_000, "62114299")
    again = import_lists.import_products(IMPORT, file)
    assert (again.read, again.imported, again.already, again.rejected) == (5, 0, 3, 2)


def test_a_count_becomes_movements_and_twice_is_once(shop: str, tmp_path: Path) -> None:
    make.product("TEA", on_hand=10)
    make.product("KUR")
    file = write(
        tmp_path / "count.csv",
        "sku,location,on_hand,change,reason",
        "TEA,MAIN,7,,Counted in June",
        "KUR,MAIN,,12,From the weavers",
        "KUR,NOWHERE,3,,",
        "NONE,MAIN,3,,",
        "TEA,MAIN,3,4,",
    )
    first = import_lists.import_stock(IMPORT, file)
    assert (first.read, first.imported, first.already, first.rejected) == (5, 2, 0, 3)
    again = import_lists.import_stock(IMPORT, file)
    assert (again.imported, again.already, again.rejected) == (0, 2, 3)
    assert [stock.get(make.ADMIN, sku).on_hand for sku in ("TEA", "KUR")] == [7, 12]
    newest = stock.movements(make.ADMIN, "TEA")[0]
    assert (newest.kind, newest.quantity, newest.reason) == ("counted", -3, "Counted in June")
    assert checks.stock(make.ADMIN) == ()


def test_a_dry_run_counts_and_keeps_nothing(shop: str, tmp_path: Path) -> None:
    make.product("TEA", on_hand=10)
    file = write(tmp_path / "count.csv", "Artikel;Bestand", "TEA;7")
    mapping = write(
        tmp_path / "map.toml",
        '[file]\ndelimiter = ";"\n[stock]\nsku = "Artikel"\nlocation = { value = "MAIN" }\non_hand = "Bestand"',
    )
    assert import_lists.import_stock(IMPORT, file, mapping=mapping, dry_run=True).imported == 1
    assert stock.get(make.ADMIN, "TEA").on_hand == 10
    assert import_lists.import_stock(IMPORT, file, mapping=mapping).imported == 1
    assert stock.get(make.ADMIN, "TEA").on_hand == 7


def test_stock_that_is_promised_cannot_be_counted_away(shop: str, tmp_path: Path) -> None:
    sku = make.product(on_hand=5)
    make.order(make.line(sku, 4))
    file = write(tmp_path / "count.csv", "sku,location,on_hand", f"{sku},MAIN,1")
    assert import_lists.import_stock(IMPORT, file).rejected == 1
    assert stock.get(make.ADMIN, sku).on_hand == 5


def test_a_list_needs_its_columns_and_its_reader_a_permission(shop: str, tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", "code,name", "1,One")
    with pytest.raises(Malformed, match="no column “sku”"):
        import_lists.import_products(IMPORT, file)
    with pytest.raises(Forbidden):
        import_lists.import_stock(make.actor("service"), file)
