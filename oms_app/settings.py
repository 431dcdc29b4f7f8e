"""One frozen settings object, read from the environment (`OMS_…`)."""

import os
import secrets
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / ".web" / "build" / "client"  # the built front end


class Settings(BaseSettings):
    """Where the shop runs and what it talks to. Every field is an environment variable: `host` is `OMS_HOST`."""

    model_config = SettingsConfigDict(env_prefix="OMS_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port of pages, websocket, API and webhooks.")
    data_dir: Path = Field(ROOT / "data", description="SQLite files, secret key, rejects, uploads.")
    database_url: str = Field("", description="SQLAlchemy address; empty: SQLite in the data directory.")
    redis_url: str = Field("", description="Redis that wakes the other processes; empty: one process.")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Encrypts secrets at rest; made in the data directory on first run."
    )
    demo: bool = Field(True, description="Load the demo shop when the database is empty.")
    demo_stream: bool = Field(True, description="New demo orders keep arriving while the shop runs.")
    public_url: str = Field("", description="Address people use, where a proxy stands in front.")
    smtp_url: str = Field("", description="Mail server, smtp://user:password@host:port.")
    timezone: str = Field("Asia/Kolkata", description="The shop's zone: every time on screen, every day in a chart.")
    currency: str = Field("INR", min_length=3, max_length=3, description="The shop's currency, ISO 4217.")
    log: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")

    @cached_property
    def url(self) -> str:
        """SQLAlchemy address of the database."""
        if not self.database_url:
            return f"sqlite:///{(self.data_dir / 'oms.db').resolve()}"
        if self.database_url.startswith("sqlite:///"):
            return f"sqlite:///{Path(self.database_url.removeprefix('sqlite:///')).resolve()}"
        for short in ("postgresql://", "postgres://"):
            if self.database_url.startswith(short):
                return "postgresql+psycopg://" + self.database_url.removeprefix(short)
        return self.database_url

    @property
    def address(self) -> str:
        """Where people open the shop, without a slash at the end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        host = f"[{host}]" if ":" in host else host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.url.startswith("sqlite")

    @model_validator(mode="after")
    def _one_key_for_all(self) -> Self:
        if not self.is_sqlite and not self.secret_key.get_secret_value():
            raise ValueError("OMS_SECRET_KEY is required with PostgreSQL, where every process needs the same key")
        return self

    def key(self) -> str:
        """The secret key: the environment's, else the one in the data directory, made by the first who asks."""
        if given := self.secret_key.get_secret_value():
            return given
        self.data_dir.mkdir(parents=True, exist_ok=True)
        file = self.data_dir / "secret.key"
        if not file.exists():
            with NamedTemporaryFile("w", dir=self.data_dir) as made:  # mode 600
                made.write(secrets.token_urlsafe(32))
                made.flush()
                with suppress(FileExistsError):  # whole or not at all, also for who starts at the same moment
                    os.link(made.name, file)
        return file.read_text()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once. Tests call `get_settings.cache_clear()`."""
    return Settings()
