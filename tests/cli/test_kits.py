"""`oms kit` as people type it."""

import json
from pathlib import Path

import pytest

from oms_app.services import kits
from tests import make, servers
from tests.conftest import use_settings


def test_a_kit_is_put_together_counted_and_taken_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"OMS_DATA_DIR": str(tmp_path)}
    assert servers.oms("migrate", **here).returncode == 0
    use_settings(monkeypatch, **here)
    make.shop()
    make.product("CUP", on_hand=9, name="Cup"), make.product("SPOON", on_hand=3), make.product("BOX", name="Gift box")
    told = servers.oms("kit", "set", "BOX", "CUP=2", "SPOON=1", **here).stdout.splitlines()
    assert (told[1].split(), told[-1]) == (["CUP", "Cup", "2"], "3 of BOX can be made: 3 at MAIN")
    listed = json.loads(servers.oms("kit", "list", "--json", **here).stdout)
    assert listed == [{"sku": "BOX", "name": "Gift box", "available": 3, "parts": "CUP=2 SPOON=1"}]
    wrong = servers.oms("kit", "set", "CUP", "SPOON=1", **here)
    assert (wrong.returncode, wrong.stderr) == (1, "CUP is a component of a kit itself.\n")
    assert servers.oms("kit", "clear", "BOX", **here).stdout == "BOX is no kit any more.\n"
    assert kits.page(make.ADMIN) == ()
