"""The programs tests need besides Python: found on this machine, else installed, else asked for in a sentence."""

import os
import shutil
import subprocess
import sys
from functools import cache
from glob import glob
from pathlib import Path


class Missing(Exception):
    """A program is neither here nor can it be installed; the sentence says what to install."""


@cache
def postgresql() -> Path:
    """The directory of `initdb` and `postgres`, version 13 or newer."""
    found = _newest_postgresql()
    if not found and _apt_install("postgresql", "postgresql-contrib"):
        found = _newest_postgresql()
    if not found:
        raise Missing("The tests need PostgreSQL 13 or newer: install it (Debian: apt install postgresql).")
    return found


@cache
def redis() -> Path:
    """The `redis-server` (or `valkey-server`) program."""
    found = _on_path("redis-server", "valkey-server")
    if not found and _apt_install("redis-server"):
        found = _on_path("redis-server")
    if not found:
        raise Missing("The tests need Redis: install it (Debian: apt install redis-server).")
    return found


@cache
def chromium() -> Path:
    """A Chromium that starts: on PATH, in Playwright's cache, from Playwright's download, from apt."""
    for look in (_chromium_on_path, _playwright_chromium, _downloaded_chromium, _apt_chromium):
        found = look()
        if found:
            return found
    raise Missing(
        "The tests need Chromium: install it (Debian: apt install chromium), or run: playwright install chromium"
    )


def _chromium_on_path() -> Path | None:
    # The shell without a window first: the same pages for a third less of the processor.
    shells = ("chromium-headless-shell", "chrome-headless-shell")
    names = (*shells, "chromium", "google-chrome", "google-chrome-stable", "chrome", "chromium-browser")
    places = (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    )
    return next(filter(_starts, [*filter(None, map(shutil.which, names)), *filter(os.path.exists, places)]), None)


def _playwright_chromium() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() and _starts(path) else None


def _downloaded_chromium() -> Path | None:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=300)
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else _playwright_chromium()


def _apt_chromium() -> Path | None:
    return _chromium_on_path() if _apt_install("chromium-headless-shell") or _apt_install("chromium") else None


def _starts(program: str | Path) -> Path | None:
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None  # such as Ubuntu's chromium-browser, which only says where to get one
    return Path(program)


def _newest_postgresql() -> Path | None:
    places = [
        *glob("/usr/lib/postgresql/*/bin"),
        *glob("/usr/pgsql-*/bin"),
        *glob("/opt/homebrew/opt/postgresql@*/bin"),
    ]
    if program := shutil.which("postgres"):
        places.append(str(Path(program).resolve().parent))
    versions = [(_postgresql_version(Path(place)), Path(place)) for place in places]
    version, place = max(versions, default=(0, Path()))
    return place if version >= 13 else None


def _postgresql_version(place: Path) -> int:
    if not (place / "initdb").exists() or not (place / "postgres").exists():
        return 0
    answer = subprocess.run([place / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    return int(answer.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))  # postgres (PostgreSQL) 15.8


def _on_path(*names: str) -> Path | None:
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


@cache
def _apt_updated() -> bool:
    return _apt("update")


def _apt_install(*packages: str) -> bool:
    """Install with apt where we may; says whether it did."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    return _apt_updated() and _apt("install", "--yes", "--no-install-recommends", *packages)


def _apt(*arguments: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return (
        subprocess.run(
            ["apt-get", "-q", *arguments], env=environment, check=False, stdout=subprocess.DEVNULL
        ).returncode
        == 0
    )
