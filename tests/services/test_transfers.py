"""Transfers: stock leaves, is on the way, and comes; what does not come is recorded."""

import pytest

from oms_app.db.engine import reading
from oms_app.db.queries import catalogue as catalogue_rows
from oms_app.domain.errors import Conflict, Forbidden, Malformed, NotFound, OmsError, Refused
from oms_app.domain.permissions import Role
from oms_app.domain.transfers import TransferLine, is_supply, read_lines
from oms_app.services import catalogue, checks, company, stock, stock_truth, transfers
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def sku(shop: str) -> str:
    """Ten units at MAIN; BHI is there too."""
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi", state="Maharashtra")
    return make.product("KUR-1", on_hand=10)


def at(sku: str) -> dict[str, tuple[int, int]]:
    """(on hand, incoming) by location."""
    return {level.location: (level.on_hand, level.incoming) for level in stock.get(make.ADMIN, sku).levels}


def sent(sku: str, units: int = 6) -> transfers.TransferView:
    made = transfers.draft(make.ADMIN, "MAIN", "BHI", [(sku, units)])
    return transfers.send(make.ADMIN, made.row.id, version=made.row.version)


def test_stock_leaves_is_on_the_way_and_comes(sku: str) -> None:
    drafted = transfers.draft(make.ADMIN, "MAIN", "BHI", [(sku, 4), (sku, 2)], note="by van")
    assert (drafted.row.state, drafted.row.units, at(sku)) == ("draft", 6, {"MAIN": (10, 0)})
    on_way = transfers.send(make.actor(Role.INVENTORY), drafted.row.id, version=1)
    view = stock.get(make.ADMIN, sku)
    assert (on_way.row.state, view.on_hand, view.incoming) == ("sent", 4, 6)
    assert stock.page(make.ADMIN)[0].incoming == 6
    came = transfers.receive(make.ADMIN, on_way.row.id, {sku: 6}, version=2)
    assert (came.row.state, came.row.received, at(sku)) == ("received", 6, {"BHI": (6, 0), "MAIN": (4, 0)})
    moved = [(each.kind, each.location, each.quantity) for each in stock.movements(make.ADMIN, sku)]
    assert moved[:2] == [("transferred_in", "BHI", 6), ("transferred_out", "MAIN", -6)]
    assert (checks.stock(make.ADMIN), stock_truth.check(make.ADMIN).differences) == ((), 0)


def test_who_works_at_the_destination_takes_it_in_and_nobody_elsewhere(sku: str) -> None:
    on_way = sent(sku)
    with reading() as tx:
        places = {row.code: row.id for row in catalogue_rows.locations(tx)}
    here, elsewhere = (make.actor(Role.WAREHOUSE, location_id=places[code]) for code in ("BHI", "MAIN"))
    assert [[row.id for row in transfers.coming(who)] for who in (here, elsewhere)] == [[on_way.row.id], []]
    with pytest.raises(NotFound):
        transfers.receive(elsewhere, on_way.row.id, {sku: 6}, version=2)
    transfers.receive(here, on_way.row.id, {sku: 6}, version=2)
    assert (at(sku)["BHI"], transfers.coming(here)) == ((6, 0), ())
    with pytest.raises(Forbidden):
        transfers.draft(here, "MAIN", "BHI", [(sku, 1)])


def test_some_comes_now_some_later_and_some_never(sku: str) -> None:
    on_way = sent(sku)
    first = transfers.receive(make.ADMIN, on_way.row.id, {sku: 1}, version=on_way.row.version)
    assert (first.row.state, at(sku)["BHI"]) == ("part_received", (1, 5))
    second = transfers.receive(make.ADMIN, on_way.row.id, {sku: 3}, version=first.row.version)
    done = transfers.give_up(make.ADMIN, on_way.row.id, reason="fell off", version=second.row.version)
    assert (done.row.state, done.lines) == ("received", (TransferLine(sku, f"Article {sku}", 6, 4, 2),))
    assert at(sku) == {"BHI": (4, 0), "MAIN": (4, 0)}
    assert checks.stock(make.ADMIN) == ()


def test_what_is_reserved_does_not_leave_and_a_refused_transfer_moves_nothing(sku: str) -> None:
    other = make.product("ZZZ", on_hand=5)
    make.order(make.line(other, 3))
    made = transfers.draft(make.ADMIN, "MAIN", "BHI", [(sku, 6), (other, 3)])
    with pytest.raises(Refused, match="2 can go, 3 are wanted") as refusal:
        transfers.send(make.ADMIN, made.row.id, version=1)
    assert refusal.value.details == {"sku": other, "free": 2}
    assert (at(sku), at(other)) == ({"MAIN": (10, 0)}, {"MAIN": (5, 0)})
    assert transfers.get(make.ADMIN, made.row.id) == made


def test_never_more_is_received_than_is_on_the_way(sku: str) -> None:
    on_way = sent(sku)
    with pytest.raises(Refused, match="6 are on the way, 7 came"):
        transfers.receive(make.ADMIN, on_way.row.id, {sku: 7}, version=2)
    for came in ({}, {sku: 0}, {sku: -1}, {"OTHER": 1}):
        with pytest.raises(Malformed):
            transfers.receive(make.ADMIN, on_way.row.id, came, version=2)
    assert stock.get(make.ADMIN, sku).incoming == 6


def test_a_receipt_sent_twice_comes_once(sku: str) -> None:
    on_way = sent(sku)
    transfers.receive(make.ADMIN, on_way.row.id, {sku: 2}, version=2)
    with pytest.raises(Conflict):
        transfers.receive(make.ADMIN, on_way.row.id, {sku: 2}, version=2)
    assert at(sku)["BHI"] == (2, 4)


def test_a_draft_is_changed_or_cancelled_and_what_was_sent_is_not(sku: str) -> None:
    made = transfers.draft(make.ADMIN, "MAIN", "BHI", [(sku, 6)])
    changed = transfers.change(make.ADMIN, made.row.id, [(sku, 2)], version=1)
    assert (changed.row.units, changed.row.version) == (2, 2)
    assert transfers.cancel(make.ADMIN, made.row.id, version=2).row.state == "cancelled"
    on_way = sent(sku)
    for act in (
        lambda: transfers.cancel(make.ADMIN, on_way.row.id, version=2),
        lambda: transfers.send(make.ADMIN, on_way.row.id, version=2),
        lambda: transfers.change(make.ADMIN, on_way.row.id, [(sku, 1)], version=2),
        lambda: transfers.receive(make.ADMIN, made.row.id, {sku: 1}, version=3),
    ):
        with pytest.raises(Refused):
            act()
    assert [row.number for row in transfers.page(make.ADMIN, only_open=True)] == [on_way.row.number]
    assert len(transfers.page(make.ADMIN)) == 2


@pytest.mark.parametrize(
    ("error", "change"),
    [
        (Malformed, {"destination": "MAIN"}),
        (NotFound, {"destination": "NOWHERE"}),
        (NotFound, {"lines": [("NOTHING", 1)]}),
        (Malformed, {"lines": []}),
        (Malformed, {"lines": [("KUR-1", 0)]}),
        (Refused, {"lines": [("POSTAGE", 1)]}),
    ],
)
def test_a_transfer_that_makes_no_sense_is_refused(sku: str, error: type[OmsError], change: dict) -> None:
    make.product("POSTAGE", kind="charge")
    given = {"destination": "BHI", "lines": [(sku, 1)]} | change
    with pytest.raises(error):
        transfers.draft(make.ADMIN, "MAIN", **given)
    assert transfers.page(make.ADMIN) == ()


def test_only_inventory_and_admins_move_stock(sku: str) -> None:
    with pytest.raises(Forbidden):
        transfers.draft(make.actor(Role.WAREHOUSE), "MAIN", "BHI", [(sku, 1)])
    assert transfers.page(make.actor(Role.ANALYST)) == ()


def test_a_transfer_between_two_gstins_is_a_taxed_supply(sku: str) -> None:
    catalogue.add_location(make.ADMIN, code="BLR", name="Bengaluru", state="Karnataka")
    company.add_gstin(make.ADMIN, "27AAPFU0939F1ZV")
    assert not transfers.draft(make.ADMIN, "BHI", "BLR", [(sku, 1)]).row.taxed
    karnataka = "29AAGCB7383J1Z4"
    company.add_gstin(make.ADMIN, karnataka)
    view = transfers.draft(make.ADMIN, "BHI", "BLR", [(sku, 1)])
    assert (view.row.taxed, view.origin_gstin, view.destination_gstin) == (True, "27AAPFU0939F1ZV", karnataka)
    assert not transfers.draft(make.ADMIN, "MAIN", "BLR", [(sku, 1)]).row.taxed
    assert (is_supply("A", "A"), is_supply("", "B"), is_supply("A", "B")) == (False, False, True)


def test_lines_are_read_as_people_paste_them() -> None:
    assert read_lines("KUR-1\t12\n\n A B , 3 \r\nC;4") == [("KUR-1", 12), ("A B", 3), ("C", 4)]
    with pytest.raises(Malformed, match="Line 2"):
        read_lines("A 1\nB")
