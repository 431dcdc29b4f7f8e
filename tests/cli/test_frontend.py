"""The front end is built when what it is made of changed, and only then, with the Node that pip installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from oms_app.cli import frontend
from oms_app.domain.errors import Refused


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of five files whose front end is built."""
    for name in ("oms_app/pages/board.py", "assets/styles.css", "rxconfig.py", ".npmrc", "reflex.lock/package.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    pages = tmp_path / ".web" / "build" / "client"
    pages.mkdir(parents=True)
    for name, path in {"ROOT": "", "LOCKS": "reflex.lock", "PAGES": pages, "KEY_FILE": pages.parent / "key"}.items():
        monkeypatch.setattr(frontend, name, tmp_path / path)
    frontend.KEY_FILE.write_text(frontend._key(frontend._sources()))
    assert frontend.is_current()
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["oms_app/pages/board.py", "oms_app/state/new.py", "assets/styles.css", "rxconfig.py", "reflex.lock/package.json"],
)
def test_a_changed_source_asks_for_a_build(project: Path, name: str) -> None:
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("changed")
    assert not frontend.is_current()


def test_another_version_of_reflex_asks_for_a_build(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "_versions", lambda: "reflex=99")
    assert not frontend.is_current()


def test_what_python_and_reflex_write_themselves_asks_for_nothing(project: Path) -> None:
    for name in ("oms_app/pages/__pycache__/board.pyc", "assets/external/chart.js", "data/oms.db"):
        (project / name).parent.mkdir(parents=True)
        (project / name).write_text("written")
    assert frontend.is_current()


def test_a_build_that_fails_shows_the_end_of_its_log_and_is_tried_again(project: Path) -> None:
    (project / "rxconfig.py").write_text("raise RuntimeError('this line tells why')")
    with pytest.raises(Refused, match="this line tells why"):
        frontend.build()
    assert not frontend.is_current()


def test_a_registry_that_cannot_be_reached_is_given_up_with_what_to_check(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "package.json").write_text('{"dependencies": {"left-pad": "1.3.0"}}')
    monkeypatch.setattr(frontend, "_EXPORT", (str(frontend.node() / "npm"), "install"))
    monkeypatch.setattr(frontend, "PATIENCE", 0.3)
    monkeypatch.setenv("npm_config_fetch_retries", "1")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(project / "cache"))
    (project / "rxconfig.py").write_text("changed")
    told: list[str] = []
    with pytest.raises(Refused, match="NODE_EXTRA_CA_CERTS") as refused:
        frontend.build(told.append)
    assert "npm says: request to http://127.0.0.1:9/left-pad failed, reason: connect ECONNREFUSED" in str(refused.value)
    assert told[-1].startswith("Still building the front end after ")
    assert told[-1].endswith("npm tries to reach its registry (ECONNREFUSED) …")
    assert not frontend.is_current()


def test_node_and_npm_are_those_of_the_package_whatever_is_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v12.0.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    environment = frontend._environment()
    for program, least in {"node": 22, "npm": 10}.items():
        found = shutil.which(program, path=environment["PATH"])
        assert found == str(frontend.TOOLS / "node" / program)
        done = subprocess.run([found, "--version"], env=environment, check=True, capture_output=True, text=True)
        assert int(done.stdout.strip().removeprefix("v").split(".")[0]) >= least
