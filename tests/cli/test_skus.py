"""`oms sku` as people type it."""

import json

from typer.testing import CliRunner

from oms_app.cli import app
from oms_app.domain.holds import HoldKind
from oms_app.services import holds, orders, sku_map, sku_suggestions
from tests import make


def oms(*words: str) -> str:
    """What a command prints."""
    ran = CliRunner().invoke(app, ["sku", *words], catch_exceptions=False)
    assert ran.exit_code == 0
    return ran.stdout


def test_unknown_skus_are_looked_at_confirmed_mapped_and_ignored(sqlite: str) -> None:
    make.shop()
    sku_suggestions.forget()
    make.product("KUR-M", on_hand=9), make.product("CUP", on_hand=9)
    lines = [make.line(sku, unit_price_micros=5_000_000, name="Something") for sku in ("in_kur_m", "TASSEN")]
    order = make.order(*lines)
    holds.place(make.ADMIN, order.number, kind=HoldKind.SKU, reason="unknown")
    assert oms("rules", "manual", "--before", "in_") == "manual: in_….\n"
    [row] = json.loads(oms("unknown", "is:sure", "--json"))
    assert (row["sku"], row["may_be"], row["points"], row["orders"]) == ("manual:in_kur_m", "KUR-M", 98, 1)
    assert json.loads(oms("suggest", "manual:in_kur_m", "--json"))[0]["sku"] == "KUR-M"
    assert oms("confirm", "--sure") == "Confirm what is suggested: 1 done, 0 refused. Run 1.\n"
    assert "manual:TASSEN: Orders wait for it" in oms("ignore", "manual:TASSEN")
    told = oms("map", "manual:TASSEN", "CUP", "--units", "2")
    assert told == "It is CUP, 2 of ours in one: 1 done, 0 refused. Run 3.\n"
    after = orders.get(make.ADMIN, order.number)
    assert (after.holds, [(line.sku, line.quantity) for line in after.lines]) == ((), [("KUR-M", 1), ("CUP", 2)])
    assert len(sku_map.page(make.ADMIN)) == 2
    assert oms("stock", "--problems") == "None yet.\n"
