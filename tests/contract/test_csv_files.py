"""A folder of CSV files beside what every channel does: what is dropped, what is refused, and what is found there."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oms_app.domain.channels import ChannelOrder, ChannelStatus, Connection, Fulfilment, Level, Position, Refund
from oms_app.domain.errors import Malformed, Rejected, Unavailable
from oms_app.domain.orders import PaymentMethod
from oms_app.integrations.channels.csv_files import ADAPTER
from oms_app.integrations.http import Http
from oms_app.integrations.ports import Channel
from tests.contract.csv_sandbox import own_data_dir

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WHEN = datetime(2026, 11, 2, 4, 30, tzinfo=UTC)


@pytest.fixture
def data() -> Iterator[Path]:
    with own_data_dir() as path:
        yield path


@pytest.fixture
def market(data: Path) -> Channel:
    made = connect("flea-market")
    assert made.test() == str((data / "channels/flea-market").resolve())
    return made


def connect(folder: str, time_zone: str = "Asia/Kolkata") -> Channel:
    return ADAPTER.connect(Connection("market", "INR", {"folder": folder, "time_zone": time_zone}, {}), Http())


def drop(data: Path, name: str, text: str, *, age_s: float = 10, encoding: str = "utf-8") -> Path:
    path = data / "channels/flea-market/inbox" / name
    path.write_bytes(text.encode(encoding))
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def orders(market: Channel, since: datetime = LONG_AGO) -> dict[str, ChannelOrder]:
    return {raw.external_id: ADAPTER.read(raw.body) for raw in market.orders(Position(since)).items}


def parcel(key: str, number: str = "M-1", *units: tuple[str, int]) -> Fulfilment:
    return Fulfilment(key, number, "Delhivery", "DL1", "https://t.example/DL1", WHEN, units)


SMALL = "number,placed_at,sku,quantity,unit_price\nM-1,2026-11-02 10:00,DIYA-12,3,1.50\n"


def test_five_columns_are_an_order_and_the_file_is_taken_out_of_the_inbox(market: Channel, data: Path) -> None:
    path = drop(data, "monday.csv", SMALL)
    before = datetime.now(UTC)
    found = orders(market)["M-1"]
    assert not path.exists()
    [taken] = (data / "channels/flea-market/read").iterdir()
    assert taken.name.endswith("-monday.csv")
    assert (found.total, found.currency, found.status) == (4_50, "INR", ChannelStatus.OPEN)
    assert found.placed_at == WHEN  # half past ten there is five hours and a half before
    assert before <= found.updated_at <= datetime.now(UTC)
    assert orders(market, found.updated_at + timedelta(seconds=1)) == {}
    assert list(orders(market, found.updated_at)) == ["M-1"]


def test_what_is_still_written_waits_and_a_file_of_the_same_name_is_another_file(market: Channel, data: Path) -> None:
    drop(data, "orders.csv", SMALL, age_s=0)
    drop(data, "orders.csv.part", SMALL)
    assert orders(market) == {}
    drop(data, "orders.csv", SMALL)
    drop(data, "LATER.CSV", SMALL.replace("M-1", "M-2"), age_s=5)
    assert list(orders(market)) == ["M-1", "M-2"]
    drop(data, "orders.csv", SMALL.replace(",3,", ",4,"))
    assert orders(market)["M-1"].lines[0].quantity == 4
    assert ADAPTER.read(market.order("M-1").body).lines[0].quantity == 4


def test_rows_of_an_order_may_stand_apart_and_a_spreadsheets_own_habits_are_no_matter(
    market: Channel, data: Path
) -> None:
    text = (
        " Number ;placed_at;sku;quantity;unit_price;tax_included;tax;payment_method;ship_to_name;ship_to_state\r\n"
        "M-1;2026-11-02T10:00+05:30;A;2;10,5;no;1;cod;Asha Rao;KA\r\n".replace("10,5", "10.50")
        + "M-2;2026-11-02;B;1;5;;;;;\r\n;;;;;;;;;\r\n"
        "M-1;;C;1;4;;0.20;;;\r\n"
    )
    drop(data, "excel.csv", text, encoding="utf-8-sig")
    found = orders(market)
    first = found["M-1"]
    assert [(line.external_id, line.sku, line.tax) for line in first.lines] == [("1", "A", 1_00), ("2", "C", 20)]
    assert (first.total, first.payment_method) == (26_20, PaymentMethod.COD)
    assert (first.customer.name, first.ship_to.state) == ("Asha Rao", "Karnataka")
    assert found["M-2"].total == 5_00


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("M-9,2026-11-02,A,two,1,", "quantity is “two”"),
        ("M-9,2026-11-02,,1,1,", "line 1 lacks its sku"),
        ("M-9,yesterday,A,1,1,", "“yesterday” is no time"),
        ("M-9,2026-11-02,A,1,1.2.3,", "“1.2.3” is not an amount"),
        ("M-9,2026-11-02,A,1,1,lost", "status is “lost”; it is one of pending, open"),
        (",2026-11-02,A,1,1,", "number is missing"),
    ],
)
def test_an_order_that_cannot_be_read_says_why_and_stops_no_other(
    market: Channel, data: Path, row: str, said: str
) -> None:
    drop(data, "bad.csv", f"number,placed_at,sku,quantity,unit_price,status\n{row}\nM-1,2026-11-02,A,1,1,\n")
    good, bad = sorted(market.orders(Position(LONG_AGO)).items, key=lambda raw: raw.external_id != "M-1")
    assert ADAPTER.read(good.body).number == "M-1"
    with pytest.raises(Malformed, match=said) as error:
        ADAPTER.read(bad.body)
    assert error.value.message.startswith("bad.csv: ")


def test_a_file_that_is_no_text_is_one_message_that_says_so(market: Channel, data: Path) -> None:
    drop(data, "photo.csv", "é", encoding="latin-1")
    drop(data, "good.csv", SMALL)
    found = market.orders(Position(LONG_AGO)).items
    assert len(found) == 2
    with pytest.raises(Malformed, match=r"photo\.csv is not UTF-8"):
        ADAPTER.read(next(raw.body for raw in found if raw.external_id != "M-1"))


@pytest.mark.parametrize("name", ["..", "../elsewhere", "/etc", "a/b", "", ".", "a\x00b", "x" * 65, ".hidden"])
def test_no_path_leads_out_of_the_data_directory(data: Path, name: str) -> None:
    with pytest.raises((Malformed, ValueError)):
        connect(name)


def test_a_link_out_of_the_data_directory_is_not_followed(market: Channel, data: Path, tmp_path: Path) -> None:
    (data / "channels/elsewhere").symlink_to(tmp_path)
    with pytest.raises(Malformed):
        connect("elsewhere")
    (tmp_path / "secret.csv").write_text(SMALL)
    (data / "channels/flea-market/inbox/link.csv").symlink_to(tmp_path / "secret.csv")
    assert orders(market) == {}


def test_what_is_told_stands_in_todays_files(market: Channel, data: Path) -> None:
    drop(data, "monday.csv", SMALL.replace("unit_price", "unit_price,paid").replace("1.50", "1.50,4.50"))
    orders(market)
    market.acknowledge("M-1", "OMS-7")
    market.fulfil(parcel("fulfil:1", "M-1", ("1", 2)))
    market.refund(Refund("refund:1", "M-1", 1_50, "INR", 'Broken, "badly"', (("1", 1),)))
    market.stock([Level("B", 2), Level("A", -1)], "stock:1")
    market.stock([Level("B", 3)], "stock:2")
    outbox, today = data / "channels/flea-market/outbox", f"{datetime.now(UTC):%Y-%m-%d}"
    assert {path.name: path.read_text() for path in outbox.iterdir()} == {
        f"numbers-{today}.csv": "key,number,our_number\nM-1=OMS-7,M-1,OMS-7\n",
        f"parcels-{today}.csv": "key,number,courier,tracking,tracking_url,shipped_at,line,quantity\n"
        "fulfil:1,M-1,Delhivery,DL1,https://t.example/DL1,2026-11-02T04:30:00+00:00,1,2\n",
        f"refunds-{today}.csv": "key,number,amount,currency,reason,line,quantity\n"
        'refund:1,M-1,1.50,INR,"Broken, ""badly""",1,1\n',
        "stock.csv": "sku,available\nA,0\nB,3\n",
    }
    with pytest.raises(Rejected, match="1 fewer of line 1"):
        market.fulfil(parcel("fulfil:2", "M-1", ("1", 2)))
    with pytest.raises(Rejected, match="₹3.00"):
        market.refund(Refund("refund:2", "M-1", 3_01, "INR", ""))


def test_one_parcel_told_by_eight_at_once_is_one_and_what_was_deleted_is_told_unchecked(
    market: Channel, data: Path
) -> None:
    tellers = [threading.Thread(target=connect("flea-market").fulfil, args=(parcel("fulfil:1"),)) for _ in range(8)]
    for each in tellers:
        each.start()
    for each in tellers:
        each.join()
    [path] = (data / "channels/flea-market/outbox").glob("parcels-*.csv")
    assert len(path.read_text().splitlines()) == 2
    assert [each.name for each in (data / "channels/flea-market").iterdir() if each.name.startswith("tmp")] == []


def test_a_folder_that_cannot_be_used_is_worth_another_try(market: Channel, data: Path) -> None:
    (data / "channels/flea-market/outbox").rmdir()
    (data / "channels/flea-market/outbox").write_text("a file")
    with pytest.raises(Unavailable, match="cannot be used"):
        market.fulfil(parcel("fulfil:1"))
