"""A list out of a browser is tried, shown, and then taken or dropped."""

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.permissions import Role
from oms_app.services import list_files, products, stock
from oms_app.settings import get_settings
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
KEEPER = make.actor(Role.INVENTORY)


def kept() -> list[str]:
    folder = get_settings().data_dir / "uploads"
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def test_a_file_is_tried_and_then_taken_once() -> None:
    sku = make.product("A-1", on_hand=5)
    shown = list_files.preview(KEEPER, "stock", "count.csv", b"sku,location,on_hand\nA-1,MAIN,8\nB-1,MAIN,1\n")
    assert (shown.read, shown.changed, shown.same, shown.rejected) == (2, 1, 0, 1)
    assert shown.reasons == ("there is no product with the SKU B-1. (1)",)
    assert stock.get(make.ADMIN, sku).on_hand == 5
    done = list_files.take(KEEPER, "stock", shown.token)
    assert (done.changed, stock.get(make.ADMIN, sku).on_hand, kept()) == (1, 8, [])
    assert done.rejects.splitlines()[1].startswith("B-1,MAIN,1,3,")
    with pytest.raises(NotFound):
        list_files.take(KEEPER, "stock", shown.token)


def test_a_file_is_dropped_and_one_that_cannot_be_read_is_not_kept() -> None:
    make.product("A-1", on_hand=5)
    shown = list_files.preview(KEEPER, "stock", "count.csv", b"sku,location,on_hand\nA-1,MAIN,8\n")
    list_files.drop(KEEPER, "stock", shown.token)
    with pytest.raises(Malformed):
        list_files.preview(KEEPER, "stock", "count.pdf", b"")
    with pytest.raises(Malformed):
        list_files.preview(KEEPER, "stock", "count.xlsx", b"no zip")
    with pytest.raises(Refused):
        list_files.preview(KEEPER, "stock", "count.csv", b"x" * (list_files.MOST_BYTES + 1))
    for token in (shown.token, "../oms", "*"):
        with pytest.raises(NotFound):
            list_files.take(KEEPER, "stock", token)
    with pytest.raises(Forbidden):
        list_files.preview(make.actor(Role.ANALYST), "stock", "count.csv", b"")
    assert kept() == []


def test_a_list_of_products_says_what_is_new_what_changes_and_what_cannot_be_taken() -> None:
    for sku in ("A-1", "A-2"):
        make.product(sku, name=sku)
    text = b"sku,name,price\nA-1,Kurta,1490\nA-2,A-2,\nB-1,Stole,790\n,Nameless,1\nB-2,Shawl,dear\n"
    manager = make.actor(Role.MANAGER)
    shown = list_files.preview(manager, "products", "prices.csv", text)
    assert (shown.read, shown.added, shown.changed, shown.same, shown.rejected) == (5, 1, 1, 1, 2)
    assert "the SKU is blank. (1)" in shown.reasons
    assert products.get(make.ADMIN, "A-1").product.name == "A-1"
    with pytest.raises(NotFound):  # it was shown as what it is, and is taken as nothing else
        list_files.take(KEEPER, "stock", shown.token)
    done = list_files.take(manager, "products", shown.token)
    assert (done.added, done.changed, products.get(make.ADMIN, "B-1").product.name, kept()) == (1, 1, "Stole", [])
    with pytest.raises(Forbidden):
        list_files.preview(KEEPER, "products", "prices.csv", text)
