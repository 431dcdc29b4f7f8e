"""`oms doctor` finds what is wrong and says how to mend it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from oms_app.cli import app
from oms_app.db.engine import reading, transaction
from tests import make, servers

Findings = dict[str, dict[str, str]]


def test_a_machine_without_a_shop_has_nothing_to_mend_but_what_the_first_start_makes(tmp_path: Path) -> None:
    code, findings = _examine(OMS_DATA_DIR=str(tmp_path), OMS_PORT=str(servers.free_port()))
    assert code == 0
    assert findings["Node"]["level"] == "good"
    assert findings["database"]["mend"] == "oms run makes it on its first start."
    assert findings["secret key"]["mend"] == "oms run makes it on its first start."
    assert list(tmp_path.iterdir()) == []


def test_an_open_shop_is_healthy(empty_shop: servers.Shop) -> None:
    code, findings = _examine(**empty_shop.environment)
    assert code == 0, findings
    for check in ("port", "database", "secret key", "figures"):
        assert findings[check]["level"] == "good"
    assert empty_shop.url in findings["port"]["found"]


@pytest.mark.parametrize(
    ("setting", "check"),
    [
        ({"OMS_TIMEZONE": "Mars/Olympus"}, "time zone"),
        ({"OMS_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "OMS_SECRET_KEY": "key"}, "database"),
        ({"OMS_REDIS_URL": "redis://127.0.0.1:1/0"}, "Redis"),
        ({"OMS_PORT": "0"}, "settings"),
    ],
)
def test_what_does_not_work_is_a_problem_with_a_way_out(setting: dict[str, str], check: str, tmp_path: Path) -> None:
    code, findings = _examine(**{"OMS_DATA_DIR": str(tmp_path), "OMS_PORT": str(servers.free_port())} | setting)
    assert code == 1
    assert findings[check]["level"] == "problem"
    assert findings[check]["mend"]


def test_a_key_that_others_can_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("key")
    (tmp_path / "secret.key").chmod(0o644)
    code, findings = _examine(OMS_DATA_DIR=str(tmp_path), OMS_PORT=str(servers.free_port()))
    assert code == 1
    assert findings["secret key"]["mend"] == f"chmod 600 {tmp_path / 'secret.key'}"


def test_passwords_on_an_open_network_are_a_warning(tmp_path: Path) -> None:
    settings = {"OMS_DATA_DIR": str(tmp_path), "OMS_PORT": str(servers.free_port()), "OMS_HOST": "0.0.0.0"}
    assert _examine(**settings)[1]["network"]["level"] == "warning"
    assert _examine(**settings, OMS_PUBLIC_URL="https://shop.example")[1]["network"]["level"] == "good"


def test_corrupted_counters_are_found_and_mended(sqlite: str) -> None:
    make.shop()
    skus = [make.product(on_hand=5) for _ in range(3)]
    order = make.order(*(make.line(sku, 2) for sku in skus))
    with transaction() as tx:
        on = "WHERE product_id = (SELECT id FROM product WHERE sku = :sku)"
        tx.execute(text(f"UPDATE stock_level SET on_hand = 9 {on}"), {"sku": skus[0]})
        tx.execute(text(f"UPDATE stock_level SET reserved = 1 {on}"), {"sku": skus[1]})
        tx.execute(text(f"UPDATE order_line SET allocated = 0 {on}"), {"sku": skus[2]})
    oms = CliRunner()
    found = {each["check"]: each for each in json.loads(oms.invoke(app, ["doctor", "--json"]).stdout)["findings"]}
    assert (found["stock"]["level"], found["stock"]["found"]) == ("problem", "3 movements, 3 counters differ")
    assert "oms check stock" in found["stock"]["mend"]
    named = oms.invoke(app, ["check", "stock"])
    assert (named.exit_code, named.stdout.count("stored")) == (1, 3)
    mended = oms.invoke(app, ["check", "stock", "--repair", "--reason", "power cut"])
    assert (mended.exit_code, mended.stdout, mended.stderr.count("repaired")) == (0, "stock: no differences\n", 3)
    assert f"repaired {skus[2]} of order {order.number}: 2 allocated" in mended.stderr
    with reading() as tx:
        audit = tx.execute(text("SELECT actor, reason FROM event WHERE kind = 'stock_repaired'"))
        assert list(map(tuple, audit)) == [("oms check", "power cut")] * 3


def test_the_password_of_the_database_is_not_shown(tmp_path: Path) -> None:
    address = "postgresql://nobody:opensesame@127.0.0.1:1/none"
    done = servers.oms("doctor", OMS_DATA_DIR=str(tmp_path), OMS_DATABASE_URL=address, OMS_SECRET_KEY="key")
    assert "opensesame" not in done.stdout + done.stderr


def _examine(**settings: str) -> tuple[int, Findings]:
    done = servers.oms("doctor", "--json", **settings)
    return done.returncode, {finding["check"]: finding for finding in json.loads(done.stdout)["findings"]}
