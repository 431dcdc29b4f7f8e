"""`oms purchase` as people type it."""

import json
from pathlib import Path

import pytest

from oms_app.services import stock
from tests import make, servers
from tests.conftest import use_settings


def test_goods_are_received_once_by_a_receipt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"OMS_DATA_DIR": str(tmp_path)}
    assert servers.oms("migrate", **here).returncode == 0
    use_settings(monkeypatch, **here)
    number = make.purchase_order(make.product("KUR-1", on_hand=0), 24).row.number
    listed = json.loads(servers.oms("purchase", "list", "--state", "sent", "--json", **here).stdout)
    assert [(row["number"], row["units"], row["total"]) for row in listed] == [(number, 24, "7452.00")]
    for _ in range(2):
        came = servers.oms("purchase", "receive", number, "KUR-1=10", "--receipt", "DN-1", "--json", **here)
        assert [(row["received"], row["expected"]) for row in json.loads(came.stdout)] == [(10, 14)]
    assert stock.get(make.ADMIN, "KUR-1").on_hand == 10
    wrong = servers.oms("purchase", "receive", number, "KUR-1", "--receipt", "DN-2", **here)
    assert (wrong.returncode, wrong.stderr) == (1, "“KUR-1”: write a code and its units, like KUR-CHI-M=24.\n")
