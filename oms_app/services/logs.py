"""The log: one line of JSON for each thing that happened, on standard error, without a secret in it."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

from oms_app.settings import get_settings

HIDDEN = "•••"
_NAMES = re.compile(r"password|secret|authorization|cookie|api_key|credential", re.IGNORECASE)
_TOKEN = re.compile(r"\b(oms_|Bearer\s+)[A-Za-z0-9_\-.~+/]{16,}=*")
_ADDRESS = re.compile(r"(\w+://[^/\s:@]*:)[^@\s/]+@")


def configure() -> None:
    """Set the log up for this process, at the level of OMS_LOG."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[get_settings().log.upper()]),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )


class _StandardError:
    """Whatever standard error is just now. Where nobody can read it any more, the shop goes on without a log."""

    def write(self, line: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(line)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: empty what is named like a secret, and cut tokens and passwords out of text."""
    return {name: HIDDEN if _NAMES.search(name) else _hidden(value) for name, value in event.items()}


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return _ADDRESS.sub(rf"\g<1>{HIDDEN}@", _TOKEN.sub(rf"\g<1>{HIDDEN}", value))
    if isinstance(value, dict):
        return hide_secrets(None, "", value)
    if isinstance(value, list | tuple):
        return [_hidden(each) for each in value]
    return value
