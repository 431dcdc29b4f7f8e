"""What a command says when it cannot go on: a sentence for a person in place of a traceback."""

import os
import sys
from typing import Any

from oms_app.domain.errors import OmsError

REFUSED, WRONG_USAGE = 1, 2


def explain(error: Exception) -> tuple[int, str]:
    """Exit code and sentence; (0, "") for a defect of ours, which keeps its traceback."""
    if isinstance(error, OmsError):
        return REFUSED, error.message
    if isinstance(error, PermissionError) and error.filename:
        return REFUSED, f"{error.filename} cannot be written: change its owner, or choose another OMS_DATA_DIR."
    if unreadable := unreadable_settings(error):
        return WRONG_USAGE, "\n".join(unreadable)
    if _is_from("sqlalchemy", error, "OperationalError", "ProgrammingError") and _is_behind():
        return (
            REFUSED,
            "The database is of another version of this program. Run `oms backup`, then `oms migrate`.",
        )
    if _is_from("sqlalchemy", error, "OperationalError", "ArgumentError", "NoSuchModuleError"):
        reason = str(error).split("\n(Background")[0].splitlines()[0]
        return REFUSED, f"The database cannot be used: {reason}. Check OMS_DATABASE_URL; `oms doctor` says more."
    if _is_from("redis", error, "ConnectionError", "TimeoutError", "AuthenticationError"):
        return REFUSED, f"Redis cannot be used: {error} Check OMS_REDIS_URL; `oms doctor` says more."
    return 0, ""


def unreadable_settings(error: Exception) -> list[str]:
    """One sentence a setting that cannot be read; empty when the error is about something else."""
    if not _is_from("pydantic_core", error, "ValidationError") or getattr(error, "title", "") != "Settings":
        return []
    return [_sentence(problem) for problem in error.errors()]  # type: ignore[attr-defined]


def _sentence(problem: Any) -> str:
    if not problem["loc"]:
        return f"{problem['msg'].removeprefix('Value error, ')}."
    name = f"OMS_{problem['loc'][0]}".upper()
    return f"{name}={os.environ.get(name, '')}: {problem['msg']}."


def _is_behind() -> bool:
    """Whether the database lacks migrations, or has some that this version does not know."""
    from oms_app.db import engine

    try:
        here, newest = engine.revision()
    except Exception:  # it cannot be asked: the first error says more
        return False
    return here != newest


def _is_from(library: str, error: Exception, *names: str) -> bool:
    """Whether the error is one of these classes of a library, which is only imported if it raised the error."""
    if library not in sys.modules:
        return False
    return any(kind.__name__ in names and kind.__module__.startswith(library) for kind in type(error).__mro__)
