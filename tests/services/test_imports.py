"""Orders come in from a file: whole, once, with sums that add up."""

import csv
import gzip
import tomllib
from pathlib import Path
from typing import Any

import pytest
import zstandard
from sqlalchemy import func, select

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import rollups, search_index
from oms_app.db.tables.catalogue import Channel, Product
from oms_app.db.tables.customers import Customer
from oms_app.db.tables.orders import Order, OrderLine
from oms_app.db.tables.spine import Event
from oms_app.db.tables.stock import Reservation, StockMovement
from oms_app.domain import mappings
from oms_app.domain.errors import Forbidden, Malformed, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import system
from oms_app.services import events, imports, orders, placement
from tests import make

IMPORT = system("oms import", "import")
HEADER = "No,Date,Code,Name,Qty,Rate,Buyer,Mail,City,State"
FIELDS: dict[str, Any] = {
    "channel": "fair",
    "currency": "INR",
    "time_zone": "Asia/Kolkata",
    "stage": "delivered",
    "file": {"dates": ["%d/%m/%Y %H:%M"]},
    "order": {"number": "No", "placed_at": "Date"},
    "customer": {"id": "Buyer", "email": "Mail"},
    "ship_to": {"city": "City", "state": "State"},
    "line": {"sku": "Code", "name": "Name", "quantity": "Qty", "unit_price": "Rate"},
    "payment": {"status": {"value": "paid"}},
    "charges": {"skus": ["POST"]},
    "leave_out": [{"column": "Qty", "at_most": 0, "reason": "nothing sold"}],
}
ROWS = (
    "17,05/07/2026 09:10,KUR-1,Kurta,2,499.50,c1,,Pune,MH",
    "18,05/07/2026 09:11,TEA-1,Tea,1,120,,,Delhi,DL",
    "17,05/07/2026 09:11,POST,Postage,1,50,c1,,Pune,MH",
    "19,05/07/2026 09:12,TEA-1,Tea,0,120,,,Delhi,DL",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "orders.csv", *ROWS)


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def bring(path: Path, fields: dict[str, Any] | None = None, **options: Any) -> imports.Summary:
    return imports.import_orders(IMPORT, path, mappings.parse(FIELDS | (fields or {})), **options)


def count(table: Any, *where: Any) -> int:
    with reading() as tx:
        return tx.scalar(select(func.count()).select_from(table).where(*where)) or 0


def test_rows_of_an_order_become_one_order_wherever_they_stand(shop: str, file: Path) -> None:
    summary = bring(file)
    assert (summary.read, summary.imported, summary.rejected, summary.orders_imported) == (4, 3, 1, 2)
    order = orders.get(make.ADMIN, "17")
    assert [(line.sku, line.quantity, line.total) for line in order.lines] == [("KUR-1", 2, 99_900), ("POST", 1, 5_000)]
    assert (order.total, order.captured, order.payment_status) == (104_900, 104_900, "paid")
    assert (order.channel, order.external_id, order.stage, order.units) == ("fair", "17", Stage.DELIVERED, 2)
    assert order.placed_at.isoformat() == "2026-07-05T03:40:00+00:00"
    assert order.ship_to
    assert (order.ship_to.city, order.ship_to.state) == ("Pune", "Maharashtra")


def test_history_creates_products_and_customers_and_moves_no_stock(shop: str, file: Path) -> None:
    make.product("TEA-1", on_hand=5)
    movements = count(StockMovement)
    summary = bring(file)
    assert (summary.products_added, summary.customers_added) == (2, 1)
    assert count(Product, Product.kind == "charge", Product.sku == "POST") == 1
    assert (count(Reservation), count(StockMovement)) == (0, movements)
    assert orders.get(make.ADMIN, "18").customer is None


def test_an_imported_order_tells_when_it_was_placed_and_that_it_was_imported(shop: str, file: Path) -> None:
    bring(file)
    timeline = events.timeline(make.ADMIN, "17")
    assert [(event.kind, event.source, event.actor) for event in timeline] == [
        ("placed", "import", "oms import"),
        ("imported", "import", "oms import"),
    ]
    assert timeline[0].at == orders.get(make.ADMIN, "17").placed_at


def test_twice_is_once(shop: str, file: Path) -> None:
    bring(file)
    before = count(Order), count(OrderLine), count(Customer), count(Event, Event.subject == "order")
    again = bring(file)
    assert (again.read, again.imported, again.already, again.rejected) == (4, 0, 3, 1)
    assert (again.orders_imported, again.orders_already, again.amounts) == (0, 2, {})
    assert (count(Order), count(OrderLine), count(Customer), count(Event, Event.subject == "order")) == before


def test_a_dry_run_writes_nothing_and_counts_the_same(shop: str, file: Path) -> None:
    events_before = count(Event)
    summary = bring(file, dry_run=True)
    assert (summary.imported, summary.rejected, count(Order), count(Event)) == (3, 1, 0, events_before)
    bring(file)
    assert bring(file, dry_run=True).already == 3


def test_a_bad_row_rejects_its_whole_order_and_the_rejects_can_be_mended(shop: str, tmp_path: Path) -> None:
    broken = write(tmp_path / "orders.csv", ROWS[0], ROWS[1], ROWS[2].replace(",50,", ",fifty,"))
    summary = bring(broken, rejected=tmp_path / "rejected.csv")
    assert (summary.imported, summary.rejected, summary.orders_rejected) == (1, 2, 1)
    with (tmp_path / "rejected.csv").open() as file:
        rejects = list(csv.DictReader(file))
    assert [row["rejected_line"] for row in rejects] == ["2", "4"]
    assert "order 17: line 4: “fifty” is not a number" in rejects[0]["rejected_reason"]
    text = (tmp_path / "rejected.csv").read_text()
    (tmp_path / "mended.csv").write_text(text.replace(",fifty,", ",50,"))
    mended = bring(tmp_path / "mended.csv")
    assert (mended.imported, mended.rejected) == (2, 0)
    assert orders.get(make.ADMIN, "17").total == 104_900


def test_a_rejects_file_may_be_the_one_that_is_read(shop: str, tmp_path: Path) -> None:
    path = write(tmp_path / "orders.csv", ROWS[3], ROWS[0])
    summary = bring(path, rejected=path)
    assert (summary.read, summary.rejected) == (2, 1)
    assert bring(path, rejected=tmp_path / "again.csv").read == 1


def test_rows_of_another_width_and_without_a_number_are_rejected_alone(shop: str, tmp_path: Path) -> None:
    path = write(tmp_path / "orders.csv", ROWS[0], "17,only three,cells", "," + ROWS[1].partition(",")[2], ROWS[2])
    summary = bring(path)
    assert (summary.read, summary.imported, summary.rejected) == (4, 2, 2)
    assert sorted(summary.reasons) == ["the order number is blank.", "the row has 3 cells where the header has 10."]


def test_a_number_that_is_taken_is_prefixed_by_the_channel(shop: str, file: Path) -> None:
    taken = placement.place(make.ADMIN, make.draft())
    bring(write(file, ROWS[0].replace("17", taken.number, 1)))
    assert orders.get(make.ADMIN, f"fair-{taken.number}").external_id == taken.number
    bring(file, {"channel": "bazaar"})
    assert orders.get(make.ADMIN, f"bazaar-{taken.number}").channel == "bazaar"


def test_a_number_fits_an_address_bar(shop: str, tmp_path: Path) -> None:
    bring(write(tmp_path / "orders.csv", ROWS[0].replace("17", "#A/17 b", 1)))
    assert orders.get(make.ADMIN, "A-17-b").external_id == "#A/17 b"


def test_a_customer_is_one_by_number_then_by_mail(shop: str, tmp_path: Path) -> None:
    rows = (
        "1,05/07/2026 09:10,A,A,1,10,c1,asha@customer.example,,",
        "2,05/07/2026 09:10,A,A,1,10,c1,,,",
        "3,05/07/2026 09:10,A,A,1,10,,ASHA@customer.example,,",
        "4,05/07/2026 09:10,A,A,1,10,c2,,,",
    )
    bring(write(tmp_path / "one.csv", *rows[:2]))
    bring(write(tmp_path / "two.csv", *rows[2:]))
    seen = [orders.get(make.ADMIN, number).customer for number in "1234"]
    assert len({view.id for view in seen[:3] if view}) == 1
    assert seen[3] is not None
    assert seen[0] is not None
    assert seen[3].id != seen[0].id


def test_the_stage_can_be_given_for_all(shop: str, file: Path) -> None:
    bring(file, stage=Stage.PLACED)
    order = orders.get(make.ADMIN, "17")
    assert (order.stage, order.lines[0].shipped, order.shortfall) == (Stage.PLACED, 0, 0)
    make.move(order, Stage.PROCESSING)


def test_compressed_files_are_read_as_they_are(shop: str, file: Path, tmp_path: Path) -> None:
    packed = {"a.csv.gz": gzip.compress, "b.csv.zst": zstandard.ZstdCompressor().compress}
    for name, compress in packed.items():
        (tmp_path / name).write_bytes(compress(file.read_bytes()))
        assert bring(tmp_path / name, {"channel": name[0]}).imported == 3


def test_an_order_from_the_documented_example_comes_to_what_the_docs_say(shop: str, tmp_path: Path) -> None:
    section = (Path(__file__).parents[2] / "docs/import.md").read_text().partition("## A whole example")[2]
    table, toml = section.split("```")[1].strip(), section.split("```toml")[1].partition("```")[0]
    path = tmp_path / "markt.csv"
    path.write_text(table + "\n")
    summary = imports.import_orders(IMPORT, path, mappings.parse(tomllib.loads(toml)))
    assert (summary.read, summary.imported) == (2, 2)
    order = orders.get(make.ADMIN, "B-1")
    assert (order.total, order.tax_added, order.shipping, order.currency) == (299_090, 47_660, 590, "EUR")
    assert order.stage is Stage.SHIPPED
    assert order.customer
    assert order.ship_to
    assert (order.customer.name, order.ship_to.country) == ("Ada Maier", "DE")


def test_the_smallest_documented_mapping_works(shop: str) -> None:
    text = (Path(__file__).parents[2] / "docs/import.md").read_text()
    for block in text.split("```toml")[1:3]:
        assert tomllib.loads(block.partition("```")[0])
    mappings.parse(tomllib.loads(text.split("```toml")[1].partition("```")[0]))


@pytest.mark.parametrize("preset", ["amazon-orders", "shopify-orders", "uci-online-retail"])
def test_presets_are_sound(preset: str) -> None:
    assert imports.read_mapping(preset=preset).channel


def test_a_missing_column_is_refused_before_anything_is_written(shop: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="no column “State”"):
        bring(write(tmp_path / "orders.csv", header="No,Date,Code,Name,Qty,Rate,Buyer,Mail,City"))
    assert count(Channel, Channel.name == "fair") == 0


def test_a_file_that_cannot_be_read_to_its_end_is_refused_whole(shop: str, file: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(file.read_bytes() * 50)[:-20])
    with pytest.raises(Malformed, match="cannot be read"):
        bring(cut)
    file.write_text(file.read_text() + '99,"open quote' + "x" * 140_000)
    with pytest.raises(Malformed, match="Is a quote left open"):
        bring(file)
    assert count(Order) == 0


def test_text_in_another_encoding_is_refused_with_what_to_do(shop: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes((HEADER + "\n" + ROWS[0].replace("Kurta", "Café")).encode("cp1252"))
    with pytest.raises(Malformed, match="Set \\[file\\] encoding"):
        bring(path)
    assert bring(path, {"file": FIELDS["file"] | {"encoding": "cp1252"}}).imported == 1


def test_the_demo_shop_takes_no_real_orders(shop: str, file: Path) -> None:
    from oms_app.services import catalogue

    catalogue.add_channel(make.ADMIN, name="toy", title="Toy", kind="manual", currency="INR", demo=True)
    with pytest.raises(Refused, match="demo"):
        bring(file, channel="toy")


def test_only_who_may_import_imports(shop: str, file: Path) -> None:
    with pytest.raises(Forbidden):
        imports.import_orders(make.actor("warehouse"), file, mappings.parse(FIELDS))
    assert count(Order) == 0


def test_rollups_and_text_index_hold_what_was_imported(shop: str, tmp_path: Path) -> None:
    fields = {
        "order": FIELDS["order"] | {"awb": "AWB", "courier": {"value": "DTDC"}, "note": "Note", "tags": "Tags"},
        "customer": FIELDS["customer"] | {"phone": "Phone", "name": "Buyer"},
        "ship_to": FIELDS["ship_to"] | {"name": "To", "phone": "Phone"},
    }
    header = HEADER + ",AWB,Note,Tags,Phone,To"
    path = write(
        tmp_path / "orders.csv",
        ROWS[0] + ",D123,call first,vip;gift,98765 43210,Asha Rao",
        ROWS[1] + ",,,,,",
        ROWS[0].replace("17", "20", 1) + ",D124,,,98765 99999,",
        header=header,
    )
    make.order(lines=2)
    assert bring(path, fields).orders_imported == 3
    with transaction() as tx:
        assert rollups.verify(tx) == []
        assert rollups.verify_dwell(tx) == []
        assert search_index.check(tx) == []
