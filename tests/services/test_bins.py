"""Bins say where a product is found."""

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.permissions import Role
from oms_app.services import bins, catalogue, stock
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_a_product_is_found_in_bins_of_a_location() -> None:
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    sku, other = make.product("KUR-1", on_hand=3), make.product("KUR-2", on_hand=3)
    bins.put(make.ADMIN, sku, "MAIN", " A-01 ")
    bins.put(make.ADMIN, other, "MAIN", "A-01")
    view = bins.arrange(make.ADMIN, sku, "MAIN", ["B-02", "A-01", "B-02"])
    assert view.levels[0].bins == "A-01, B-02"
    assert bins.arrange(make.ADMIN, sku, "MAIN", ["B-02"]).levels[0].bins == "B-02"
    rows = bins.page(make.ADMIN, "MAIN")
    assert [(row.code, row.products, row.skus) for row in rows] == [("A-01", 1, (other,)), ("B-02", 1, (sku,))]
    assert bins.page(make.ADMIN, "MAIN", after="A-01")[0].code == "B-02"
    assert bins.page(make.ADMIN, "BHI") == ()


def test_a_bin_that_makes_no_sense_is_refused() -> None:
    sku, charge = make.product(on_hand=1), make.product("POST", kind="charge")
    for code in ("", "A,B", "x" * 41):
        with pytest.raises(Malformed):
            bins.put(make.ADMIN, sku, "MAIN", code)
    with pytest.raises(NotFound):
        bins.put(make.ADMIN, sku, "NOWHERE", "A")
    with pytest.raises(Refused):
        bins.put(make.ADMIN, charge, "MAIN", "A")
    with pytest.raises(Forbidden):
        bins.put(make.actor(Role.WAREHOUSE), sku, "MAIN", "A")
    assert stock.get(make.ADMIN, sku).levels[0].bins == ""
