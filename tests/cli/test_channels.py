"""`oms channels` as people type it."""

import json
from pathlib import Path

from tests import servers


def test_a_channel_is_added_once_and_listed(tmp_path: Path) -> None:
    here = {"OMS_DATA_DIR": str(tmp_path)}
    assert servers.oms("migrate", **here).returncode == 0
    added = servers.oms("channels", "add", "meesho", "--title", "Meesho", **here)
    assert (added.returncode, added.stdout) == (0, "Meesho takes orders in INR now, as channel meesho.\n")
    again = servers.oms("channels", "add", "meesho", **here)
    assert (again.returncode, again.stderr) == (1, "There is a channel “meesho” already.\n")
    listed = json.loads(servers.oms("channels", "list", "--json", **here).stdout)
    assert [row["name"] for row in listed] == ["manual", "meesho"]
    sold = servers.oms("channels", "sell", "meesho", "KUR-M", **here)
    told = "Sell on meesho: 0 done, 1 refused. Run 1.\n  KUR-M: There is no such product.\n"
    assert (sold.returncode, sold.stdout) == (0, told)


def test_a_channel_that_is_not_connected_cannot_be_reconciled(tmp_path: Path) -> None:
    here = {"OMS_DATA_DIR": str(tmp_path)}
    assert servers.oms("migrate", **here).returncode == 0
    said = servers.oms("reconcile", "shopify", "--since", "2026-11-01", **here)
    assert (said.returncode, said.stderr) == (1, "No channel “shopify” is connected.\n")
    assert servers.oms("reconcile", "shopify", "--since", "soon", **here).returncode == 2


def test_a_sandbox_or_a_catalogue_that_is_not_there_is_named() -> None:
    done = servers.oms("sandbox", "shopify", "--catalogue", "nowhere.csv")
    assert (done.returncode, "nowhere.csv cannot be read" in done.stderr) == (1, True)
    done = servers.oms("sandbox", "etsy")
    assert (done.returncode, "There is no sandbox “etsy”. There are: " in done.stderr) == (1, True)
