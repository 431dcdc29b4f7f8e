"""Packages of npm that tests hold us against. They lie outside of the project and are fetched once."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from oms_app.cli import frontend

CACHE = Path.home() / ".cache" / "oms-tests"


def installed(name: str, *packages: str, instead: Mapping[str, str] | None = None) -> Path:
    """A directory whose `node_modules` holds these packages with all they need, some of it in other versions."""
    home = CACHE / name
    if not (home / "ready").is_file():
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text(json.dumps({"private": True, "overrides": dict(instead or {})}))
        _npm(
            home,
            "install",
            "--save-exact",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(home),
            *packages,
        )
        (home / "ready").touch()
    return home


def packed(name: str, package: str) -> Path:
    """What a package carries itself, without what it needs."""
    home = CACHE / name
    if not (home / "package" / "package.json").is_file():
        shutil.rmtree(home, ignore_errors=True)
        _npm(home, "pack", package)
        (archive,) = home.glob("*.tgz")
        shutil.unpack_archive(archive, home, filter="data")
        archive.unlink()
    return home / "package"


def node(directory: Path, script: str, given: str) -> str:
    """What a script of Node's prints, `given` on its standard input."""
    done = subprocess.run(
        [frontend.node() / "node", "--input-type=commonjs", "--eval", script],
        cwd=directory,
        env=_environment(),
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _npm(home: Path, *words: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [frontend.node() / "npm", *words], cwd=home, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"This test needs a package of npm that cannot be had now: npm {' '.join(words)}\n{done.stderr}")


def _environment() -> dict[str, str]:
    return os.environ | {"PATH": os.pathsep.join([str(frontend.node()), os.environ.get("PATH", os.defpath)])}
