"""`oms export orders|stock`: what a search finds, and stock levels, as a file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(no_args_is_help=True, help="Write what the shop knows to files (CSV, XLSX, JSON).")


Format = Annotated[str, typer.Option("--format", help="csv, xlsx or json.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Where to write.", show_default="the terminal")]


@app.command()
def orders(
    q: Annotated[str, typer.Option("--q", help="Search words (docs/search.md); every order by default.")] = "",
    format: Format = "csv",
    output: Output = None,
) -> None:
    """Export the orders a search finds, newest first.

    Example: `oms export orders --q "status:shipped placed:30d" --format xlsx -o shipped.xlsx`
    """
    from oms_app.domain.permissions import system
    from oms_app.services import exports

    _write(exports.orders(system("oms export", "cli"), q, format), format, output)


@app.command()
def stock(
    location: Annotated[str, typer.Option(help="Code of one location; all by default.")] = "",
    prefix: Annotated[str, typer.Option(help="Beginning of the SKUs.")] = "",
    format: Format = "csv",
    output: Output = None,
) -> None:
    """Export stock levels by SKU and location; correct on_hand and `oms import stock` takes it back.

    Example: `oms export stock --location MAIN --format xlsx -o stock.xlsx`
    """
    from oms_app.domain.permissions import system
    from oms_app.services import exports

    pieces = exports.stock(system("oms export", "cli"), format, location=location, prefix=prefix)
    _write(pieces, format, output)


@app.command()
def products(
    words: Annotated[str, typer.Option(help="Beginning of the SKUs, or part of the names; all by default.")] = "",
    format: Format = "csv",
    output: Output = None,
) -> None:
    """Export products; correct them and `oms import products` takes them back.

    Example: `oms export products --format xlsx -o products.xlsx`
    """
    from oms_app.domain.permissions import system
    from oms_app.services import exports

    _write(exports.products(system("oms export", "cli"), format, words=words), format, output)


def _write(pieces: "Iterator[bytes]", format: str, output: Path | None) -> None:
    from oms_app.domain.errors import Refused

    if output is not None:
        with output.open("wb") as file:
            file.writelines(pieces)
        return
    if format == "xlsx" and sys.stdout.isatty():
        raise Refused("A spreadsheet is no text: say where it goes with --output FILE.")
    for piece in pieces:
        sys.stdout.buffer.write(piece)
