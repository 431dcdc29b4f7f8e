"""`oms export orders`: what a search finds, as a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Write what the shop knows to files (CSV, XLSX, JSON).")


@app.callback()
def export() -> None:
    """Keeps `orders` a word of its own while it is the only one."""


@app.command()
def orders(
    q: Annotated[str, typer.Option("--q", help="Search words (docs/search.md); every order by default.")] = "",
    format: Annotated[str, typer.Option("--format", help="csv, xlsx or json.")] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write.", show_default="the terminal")
    ] = None,
) -> None:
    """Export the orders a search finds, newest first.

    Example: `oms export orders --q "status:shipped placed:30d" --format xlsx -o shipped.xlsx`
    """
    from oms_app.domain.errors import Refused
    from oms_app.domain.permissions import system
    from oms_app.services import exports

    pieces = exports.orders(system("oms export", "cli"), q, format)
    if output is not None:
        with output.open("wb") as file:
            file.writelines(pieces)
        return
    if format == "xlsx" and sys.stdout.isatty():
        raise Refused("A spreadsheet is no text: say where it goes with --output FILE.")
    for piece in pieces:
        sys.stdout.buffer.write(piece)
