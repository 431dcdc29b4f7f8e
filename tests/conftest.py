"""What every test may ask for: a fresh database on SQLite and PostgreSQL, Redis, a running shop, a browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from tests import servers
from tests.slate import Slate


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright leaves its event loop in the thread, where `asyncio.run` would meet it."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Every test has an engine of its own, but what a statement means in SQL is worked out once in a run."""
    first: dict[str, sqlalchemy.Engine] = {}

    def create_engine(url: str, **options: Any) -> sqlalchemy.Engine:
        engine = sqlalchemy.create_engine(url, **options)
        known = first.setdefault(engine.dialect.name, engine)
        if known is engine:
            engine.connect().close()  # the dialect learns whom it speaks to
            engine.dispose()
        else:
            engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oms_app.db.engine.create_engine", create_engine)
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop of `async def` tests."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[servers.Postgresql]:
    """A real PostgreSQL for the whole run."""
    with servers.postgresql() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis for the whole run."""
    with servers.redis() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    directory = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        use_settings(patch, OMS_DATA_DIR=str(directory))
        _migrate()
    return directory / "oms.db"


@pytest.fixture(scope="session")
def postgresql_template(postgresql: servers.Postgresql) -> str:
    """A migrated, empty PostgreSQL database to copy."""
    name = postgresql.create()
    with pytest.MonkeyPatch.context() as patch:
        use_settings(patch, OMS_DATABASE_URL=postgresql.url(name))
        _migrate()
    return name


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty shop on SQLite for one test, in this process."""
    shutil.copy(sqlite_template, tmp_path / "oms.db")
    use_settings(monkeypatch, OMS_DATA_DIR=str(tmp_path))
    yield "sqlite"
    _dispose()


@pytest.fixture(scope="session")
def slate(postgresql: servers.Postgresql, postgresql_template: str) -> Slate:
    """The PostgreSQL database that goes from test to test."""
    return Slate(postgresql, postgresql_template)


@pytest.fixture
def postgres(slate: Slate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty shop on PostgreSQL for one test, in this process."""
    use_settings(monkeypatch, OMS_DATABASE_URL=slate.url, OMS_DATA_DIR=str(tmp_path))
    yield "postgresql"
    _dispose()
    slate.wipe()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """An empty shop, once on SQLite and once on PostgreSQL; its value is the dialect's name."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def empty_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Shop]:
    """A running shop without demo data, shared by tests that only look."""
    with servers.shop(tmp_path_factory.mktemp("shop")) as running:
        yield running


def use_settings(patch: pytest.MonkeyPatch, **settings: str) -> None:
    """Point this process at another shop."""
    _dispose()
    patch.delenv("OMS_DATABASE_URL", raising=False)
    patch.delenv("OMS_REDIS_URL", raising=False)
    for name, value in ({"OMS_SECRET_KEY": "only-for-tests"} | settings).items():
        patch.setenv(name, value)


def _migrate() -> None:
    from oms_app.services import setup

    setup.prepare()
    _dispose()


def _dispose() -> None:
    from oms_app.db import engine
    from oms_app.settings import get_settings

    engine.dispose()
    get_settings.cache_clear()
