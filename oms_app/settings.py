"""One frozen settings object, read from the environment (`OMS_…`)."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the shop runs and what it talks to. Every field is an environment variable: `host` is `OMS_HOST`."""

    model_config = SettingsConfigDict(env_prefix="OMS_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port of pages, websocket, API and webhooks.")
    data_dir: Path = Field(Path("data"), description="SQLite files, secret key, rejects, uploads.")
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

    @property
    def url(self) -> str:
        """SQLAlchemy address of the database."""
        if not self.database_url:
            return f"sqlite:///{(self.data_dir / 'oms.db').resolve()}"
        for short in ("postgresql://", "postgres://"):
            if self.database_url.startswith(short):
                return "postgresql+psycopg://" + self.database_url.removeprefix(short)
        return self.database_url

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.url.startswith("sqlite")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once. Tests call `get_settings.cache_clear()`."""
    return Settings()
