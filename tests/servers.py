"""Real servers for the tests: PostgreSQL, Redis and the whole shop, each on a free loopback port, gone afterwards."""

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

from tests import programs

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Postgresql:
    """A running cluster; `template` is a migrated database that new ones are copied from."""

    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://oms@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template1") -> str:
        """Make a database like `template` (about 40 ms) and return its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def rename(self, database: str) -> str:
        """Give a database that nobody is connected to another name, and return that."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"ALTER DATABASE {database} RENAME TO {name}")
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run one statement in the maintenance database."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """A PostgreSQL of our own that forgets everything (no fsync), run by another user when we are root."""
    place, port = programs.postgresql(), free_port()
    home = Path(mkdtemp(prefix="oms-postgresql-"))
    user = _other_user(home)
    initdb = [
        place / "initdb",
        "-D",
        home / "data",
        "-U",
        "oms",
        "--auth=trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=home, user=user)
    quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "listen_addresses": "127.0.0.1"}
    options = [f"-c{name}={value}" for name, value in quick.items()]
    command = [place / "postgres", "-D", home / "data", "-p", str(port), "-k", home, *options]
    cluster = Postgresql(port)
    try:
        with _running(command, log=home / "log", cwd=home, user=user, stop=signal.SIGINT) as process:
            _wait(lambda: cluster.execute("SELECT 1"), process, home / "log")
            yield cluster
    finally:
        shutil.rmtree(home)


@contextmanager
def redis() -> Iterator[str]:
    """A Redis that keeps nothing; yields its address."""
    port = free_port()
    home = Path(mkdtemp(prefix="oms-redis-"))
    command = [programs.redis(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", home]
    try:
        with _running(command, log=home / "log", cwd=home) as process:
            _wait(lambda: socket.create_connection(("127.0.0.1", port)).close(), process, home / "log")
            yield f"redis://127.0.0.1:{port}/0"
    finally:
        shutil.rmtree(home)


@dataclass
class Shop:
    """A running shop."""

    url: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    def oms(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an `oms` command on this shop's database."""
        return oms(*arguments, **self.environment)

    def web_processes(self) -> list[int]:
        """The processes that serve, children of the one that was started."""
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill(self) -> None:
        """End every process of it at once, as when the power fails."""
        for pid in (self.process.pid, *self.web_processes()):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a GET."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@contextmanager
def shop(data_dir: Path, *arguments: str, cwd: Path = ROOT, **settings: str) -> Iterator[Shop]:
    """`oms run` with its own data directory and port; settings are OMS_… names. Builds the front end if it must."""
    port = int(settings.get("OMS_PORT", 0)) or free_port()
    ours = {"OMS_DATA_DIR": str(data_dir), "OMS_PORT": str(port), "OMS_DEMO": "0", "OMS_DEMO_STREAM": "0"} | settings
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "shop.log"
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "oms_app.cli", "run", *arguments]
    with _running(command, log=log, cwd=cwd, env=_clean_environment() | ours) as process:
        _wait(lambda: urllib.request.urlopen(f"{url}/ping", timeout=5).close(), process, log, seconds=480)
        yield Shop(url, ours, process, log)


@contextmanager
def worker(data_dir: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`oms worker` with its own data directory; settings are OMS_… names."""
    ours = {"OMS_DATA_DIR": str(data_dir)} | settings
    log = data_dir / "worker.log"
    command = [sys.executable, "-m", "oms_app.cli", "worker"]
    with _running(command, log=log, cwd=ROOT, env=_clean_environment() | ours) as process:
        _wait(lambda: log.read_text().index("The worker works."), process, log, seconds=60)
        yield process


@contextmanager
def sandbox(kind: str, log: Path, *arguments: str) -> Iterator[str]:
    """`oms sandbox` on a free port; what it prints, which says its address and how to connect it."""
    command = [sys.executable, "-m", "oms_app.cli", "sandbox", kind, "--port", "0", *arguments]
    stopping = {"stop": signal.SIGINT, "cwd": ROOT, "env": _clean_environment()}
    with _running(command, log=log, **stopping) as process:
        _wait(lambda: log.read_text().index("Ctrl-C closes it."), process, log, seconds=60)
        yield log.read_text()
    said = log.read_text()
    assert (process.returncode, said.splitlines()[-1], "Traceback" in said) == (0, "Closed.", False)


def oms(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run an `oms` command to its end and return its exit code and what it printed."""
    command = [sys.executable, "-m", "oms_app.cli", *arguments]
    environment = _clean_environment() | settings
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)


def free_port() -> int:
    """A loopback port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _clean_environment() -> dict[str, str]:
    """Ours without the settings of a shop that somebody runs in the same terminal, and with compiled modules kept."""
    unwanted = ("OMS_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


@contextmanager
def _running(
    command: Sequence[str | Path], *, log: Path, stop: signal.Signals = signal.SIGTERM, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    output: IO[bytes]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, preexec_fn=_die_with_us, **options)
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def _die_with_us() -> None:
    if sys.platform == "linux":  # a killed test run leaves no server behind
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _wait(try_: Callable[[], object], process: subprocess.Popen[bytes], log: Path, *, seconds: float = 60) -> None:
    """Try until it works; fail with the server's log when the server ends or time is up."""
    end = time.monotonic() + seconds
    while True:
        try:
            try_()
            return
        except Exception as error:
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{process.args} is not ready ({error}):\n{log.read_text()[-3000:]}") from error
            time.sleep(0.05)


def _other_user(home: Path) -> str | None:
    """PostgreSQL refuses to run as root: hand its directory to somebody else."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(home, user)
    return user
