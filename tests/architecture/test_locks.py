"""The lock files hold exact versions with hashes, no addresses, and all that pyproject.toml asks for."""

import json
import re
import tomllib
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.sources import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WANTED = {
    "requirements.txt": PROJECT["dependencies"],
    "requirements-dev.txt": [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())],
}


@pytest.mark.parametrize("lock", WANTED)
def test_each_python_package_is_pinned_with_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / "reflex.lock" / lock).read_text().strip())
    assert [entry for entry in entries if not re.match(r"[\w.\-\[\]]+==\S+[^\n]*\\\n\s+--hash=sha256:", entry)] == []


@pytest.mark.parametrize("lock", WANTED)
def test_the_lock_holds_what_pyproject_asks_for(lock: str) -> None:
    pins = dict(
        re.findall(r"^([\w.\-]+)(?:\[[^]]*\])?==([^\s;]+)", (ROOT / "reflex.lock" / lock).read_text(), re.MULTILINE)
    )
    asked = [Requirement(line) for line in WANTED[lock]]
    missing = [str(each) for each in asked if not each.specifier.contains(_version(pins, each), prereleases=True)]
    assert missing == [], "pyproject.toml changed: run `make lock`"


def test_the_front_end_lock_holds_hashes_and_no_addresses() -> None:
    packages = json.loads((ROOT / "reflex.lock" / "package-lock.json").read_text())["packages"]
    assert [path for path, package in packages.items() if path and "integrity" not in package] == []
    assert [path for path, package in packages.items() if "resolved" in package] == []


def _version(pins: dict[str, str], asked: Requirement) -> Version:
    return Version(pins.get(canonicalize_name(asked.name), "0"))
