"""Rows on the terminal: a table for people, JSON for programs."""

import json
import sys
from datetime import datetime
from typing import Any


def print_json(facts: dict[str, Any]) -> None:
    """Print facts for a program; moments are UTC."""
    json.dump(facts, sys.stdout, indent=2, default=_plain)
    sys.stdout.write("\n")


def print_rows(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows of the same keys; moments are UTC in JSON and in the shop's zone in the table."""
    if as_json:
        json.dump(rows, sys.stdout, indent=2, default=_plain)
        sys.stdout.write("\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in rows[0] if rows else ():
        table.add_column(name.replace("_", " "))
    for row in rows:
        table.add_row(*(_readable(value) for value in row.values()))
    Console().print(table if rows else "None yet.")


def _plain(value: Any) -> str:
    from oms_app.domain.clock import rfc3339

    return rfc3339(value) if isinstance(value, datetime) else str(value)


def _readable(value: Any) -> str:
    from zoneinfo import ZoneInfo

    from oms_app.settings import get_settings

    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(get_settings().timezone)).strftime("%d %b %Y, %H:%M")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)
