"""What people can set, run or be allowed is named in the docs."""

from typing import Any

import typer

from oms_app.cli import app
from oms_app.domain.permissions import MATRIX, Permission, Role
from oms_app.settings import Settings
from tests.architecture.sources import ROOT, tracked

DOCS = "\n".join(path.read_text() for path in tracked() if path.suffix == ".md")


def test_every_setting_is_documented() -> None:
    assert [name for field in Settings.model_fields if f"`{(name := f'OMS_{field.upper()}')}`" not in DOCS] == []


def test_every_command_is_documented() -> None:
    assert [name for name in _commands(typer.main.get_command(app), "oms") if f"`{name}" not in DOCS] == []


def test_every_command_explains_itself_with_an_example() -> None:
    commands = _commands(typer.main.get_command(app), "oms")
    assert [name for name, command in commands.items() if "Example" not in (command.help or "")] == []


def test_the_table_of_permissions_is_the_matrix() -> None:
    rows = [
        line.strip("| ").split("|") for line in (ROOT / "docs/permissions.md").read_text().splitlines() if "| `" in line
    ]
    shown = {
        cells[0].strip(" `"): {role for role, cell in zip(Role, cells[1:], strict=False) if "yes" in cell}
        for cells in rows
    }
    assert shown == {permission.value: set(MATRIX[permission]) for permission in Permission}


def _commands(command: Any, name: str) -> dict[str, Any]:
    """Every command below `command`, by what one types; typer brings its own click, so types are told by shape."""
    found = {}
    for word, child in getattr(command, "commands", {}).items():
        found |= _commands(child, f"{name} {word}") if hasattr(child, "commands") else {f"{name} {word}": child}
    return found
