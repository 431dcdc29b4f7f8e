"""Stock as a sheet: many numbers saved together, taken back, exported and read back."""

import csv
import io
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from oms_app.domain.errors import Forbidden, Malformed
from oms_app.domain.permissions import Role
from oms_app.domain.stock_sheet import Edit
from oms_app.services import catalogue, checks, exports, stock, stock_sheet
from oms_app.services.import_lists import import_stock
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def on_hand(*skus: str) -> list[int]:
    return [stock.get(make.ADMIN, sku).on_hand for sku in skus]


def test_a_sheet_is_saved_row_by_row_and_what_is_refused_leaves_the_rest() -> None:
    free, held, moved = make.product("A", on_hand=5), make.product("B", on_hand=5), make.product("C", on_hand=5)
    make.order(make.line(held, 4))
    stock.adjust(make.ADMIN, moved, "MAIN", 1, reason="found")
    edits = [Edit(free, 5, 9), Edit(held, 5, 2), Edit(moved, 5, 7), Edit("NOTHING", 0, 1)]
    saved = stock_sheet.save(make.ADMIN, "MAIN", edits, reason="Monday")
    assert saved.changed == ((free, 4),)
    assert [sku for sku, _ in saved.refused] == [held, moved, "NOTHING"]
    assert "6 are on hand now, you saw 5" in saved.refused[1][1]
    assert on_hand(free, held, moved) == [9, 5, 6]
    newest = stock.movements(make.ADMIN, free)[0]
    assert (newest.kind, newest.quantity, newest.reason) == ("counted", 4, "Monday")
    assert checks.stock(make.ADMIN) == ()


def test_a_saved_sheet_is_taken_back_by_opposite_movements() -> None:
    up, down = make.product("A", on_hand=5), make.product("B", on_hand=5)
    saved = stock_sheet.save(make.ADMIN, "MAIN", [Edit(up, 5, 9), Edit(down, 5, 0)], reason="Monday")
    make.order(make.line(up, 8))
    undone = stock_sheet.undo(make.ADMIN, "MAIN", saved.changed, reason="Monday")
    assert (undone.changed, [sku for sku, _ in undone.refused]) == (((down, 5),), [up])
    assert on_hand(up, down) == [9, 5]
    assert stock.movements(make.ADMIN, down)[0].reason == "Undone: Monday"


def test_a_sheet_shows_a_location_and_skus_that_begin_alike() -> None:
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    for sku in ("KUR-1", "KUR-2", "SAR-1"):
        make.product(sku, on_hand=2)
    stock.adjust(make.ADMIN, "KUR-1", "BHI", 3, reason="found")
    assert [row.sku for row in stock_sheet.page(make.ADMIN, "MAIN", prefix="KUR")] == ["KUR-1", "KUR-2"]
    (row,) = stock_sheet.page(make.ADMIN, "BHI")
    assert (row.sku, row.on_hand) == ("KUR-1", 3)
    first = stock_sheet.page(make.ADMIN, "MAIN", limit=2)
    rest = stock_sheet.page(make.ADMIN, "MAIN", after=(first[-1].sku, first[-1].location_id))
    assert [row.sku for row in rest] == ["SAR-1"]


def test_what_makes_no_sense_or_is_not_allowed_is_refused() -> None:
    sku = make.product(on_hand=5)
    with pytest.raises(Malformed):
        stock_sheet.save(make.ADMIN, "MAIN", [Edit(sku, 5, -1)], reason="x")
    with pytest.raises(Malformed):
        stock_sheet.save(make.ADMIN, "MAIN", [Edit(sku, 5, 1)] * 1_001, reason="x")
    for act in (stock_sheet.save, stock_sheet.undo):
        with pytest.raises(Forbidden):
            act(make.actor(Role.WAREHOUSE), "MAIN", [], reason="x")
    assert on_hand(sku) == [5]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_exported_levels_are_corrected_in_the_file_and_read_back(format: str, tmp_path: Path) -> None:
    keeper = make.actor(Role.INVENTORY)
    one, other = make.product("A-1", on_hand=5), make.product("0042", on_hand=7)
    path = tmp_path / f"stock.{format}"
    path.write_bytes(b"".join(exports.stock(keeper, format)))
    unchanged = import_stock(keeper, path)
    assert (unchanged.read, unchanged.already, unchanged.rejected) == (2, 2, 0)
    stock.adjust(make.ADMIN, one, "MAIN", 3, reason="found")
    tried = import_stock(keeper, path, dry_run=True)
    assert (tried.imported, on_hand(one)) == (1, [8])
    done = import_stock(keeper, path)
    assert (done.imported, on_hand(one, other)) == (1, [5, 7])


def test_rows_of_a_spreadsheet_that_cannot_be_taken_come_back_with_their_reason(tmp_path: Path) -> None:
    import xlsxwriter

    make.product("A-1", on_hand=5)
    with xlsxwriter.Workbook(tmp_path / "count.xlsx") as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([("sku", "location", "on_hand"), ("A-1", "MAIN", 4), ("B-1", "MAIN", 2)]):
            sheet.write_row(line, 0, row)
    summary = import_stock(make.ADMIN, tmp_path / "count.xlsx", rejected=tmp_path / "back.csv")
    assert (summary.imported, summary.rejected, on_hand("A-1")) == (1, 1, [4])
    back = list(csv.DictReader((tmp_path / "back.csv").read_text().splitlines()))
    assert [(row["sku"], row["rejected_line"]) for row in back] == [("B-1", "3")]
    (tmp_path / "broken.xlsx").write_bytes(b"not a zip")
    with pytest.raises(Malformed, match="cannot be read as a spreadsheet"):
        import_stock(make.ADMIN, tmp_path / "broken.xlsx")


def test_a_spreadsheet_of_levels_holds_numbers() -> None:
    make.product("A-1", on_hand=5)
    data = b"".join(exports.stock(make.ADMIN, "xlsx", location="MAIN", prefix="A"))
    head, row = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert dict(zip(head, row, strict=True))["on_hand"] == 5
    with pytest.raises(Forbidden):
        exports.stock(make.actor(Role.WAREHOUSE))
