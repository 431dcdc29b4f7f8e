"""A stock list out of a browser is tried, shown, and then taken or dropped."""

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.permissions import Role
from oms_app.services import stock, stock_files
from oms_app.settings import get_settings
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
KEEPER = make.actor(Role.INVENTORY)


def kept() -> list[str]:
    folder = get_settings().data_dir / "uploads"
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def test_a_file_is_tried_and_then_taken_once() -> None:
    sku = make.product("A-1", on_hand=5)
    shown = stock_files.preview(KEEPER, "count.csv", b"sku,location,on_hand\nA-1,MAIN,8\nB-1,MAIN,1\n")
    assert (shown.read, shown.changes, shown.same, shown.rejected) == (2, 1, 0, 1)
    assert shown.reasons == ("there is no product with the SKU B-1. (1)",)
    assert stock.get(make.ADMIN, sku).on_hand == 5
    done = stock_files.take(KEEPER, shown.token)
    assert (done.changes, stock.get(make.ADMIN, sku).on_hand, kept()) == (1, 8, [])
    assert done.rejects.splitlines()[1].startswith("B-1,MAIN,1,3,")
    with pytest.raises(NotFound):
        stock_files.take(KEEPER, shown.token)


def test_a_file_is_dropped_and_one_that_cannot_be_read_is_not_kept() -> None:
    make.product("A-1", on_hand=5)
    shown = stock_files.preview(KEEPER, "count.csv", b"sku,location,on_hand\nA-1,MAIN,8\n")
    stock_files.drop(KEEPER, shown.token)
    with pytest.raises(Malformed):
        stock_files.preview(KEEPER, "count.pdf", b"")
    with pytest.raises(Malformed):
        stock_files.preview(KEEPER, "count.xlsx", b"no zip")
    with pytest.raises(Refused):
        stock_files.preview(KEEPER, "count.csv", b"x" * (stock_files.MOST_BYTES + 1))
    for token in (shown.token, "../oms", "*"):
        with pytest.raises(NotFound):
            stock_files.take(KEEPER, token)
    with pytest.raises(Forbidden):
        stock_files.preview(make.actor(Role.ANALYST), "count.csv", b"")
    assert kept() == []
