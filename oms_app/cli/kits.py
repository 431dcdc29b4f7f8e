"""`oms kit …`: products made of others, at the terminal."""

from typing import Annotated, Any

import typer

from oms_app.cli.output import print_rows
from oms_app.cli.units import read_units

kits = typer.Typer(
    no_args_is_help=True,
    help="Kits, products made of others, as a gift box is: list, show, set, clear. "
    "A kit has no stock of its own: how many can be made follows from what it is made of.",
)
_Sku = Annotated[str, typer.Argument(help="The product that is sold: GIFT-BOX.")]
_Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@kits.command("list")
def list_all(
    after: Annotated[str, typer.Option(help="Go on after this SKU.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most so many, by SKU.")] = 50,
    as_json: _Json = False,
) -> None:
    """Show kits, what each is made of, and how many can be made now.

    Example: `oms kit list`
    """
    from oms_app.services import kits as service

    rows = [
        {
            "sku": kit.sku,
            "name": kit.name,
            "available": kit.available,
            "parts": " ".join(f"{part.sku}={part.units}" for part in kit.parts),
        }
        for kit in service.page(_actor(), after_sku=after, limit=limit)
    ]
    print_rows(rows, as_json=as_json)


@kits.command("show")
def show(sku: _Sku, as_json: _Json = False) -> None:
    """Show what one of a kit takes off the shelf; nothing for a product that is no kit.

    Example: `oms kit show GIFT-BOX`
    """
    from oms_app.services import kits as service

    _print(service.get(_actor(), sku), as_json)


@kits.command("set")
def put(
    sku: _Sku,
    parts: Annotated[list[str], typer.Argument(help="SKU=UNITS: all that one of the kit takes, each once.")],
    as_json: _Json = False,
) -> None:
    """Say what a product is made of, instead of what was said before. Orders that are here stay as they were placed.

    The product must be there (`oms import products`) and must never have had stock of its own; kits are made of goods.

    Example: `oms kit set GIFT-BOX CUP=2 SPOON=1`
    """
    from oms_app.services import kits as service

    _print(service.set_parts(_actor(), sku, read_units(parts)), as_json)


@kits.command("clear")
def clear(sku: _Sku) -> None:
    """Take all components off: the product is goods again, with stock of its own from now on.

    Example: `oms kit clear GIFT-BOX`
    """
    from oms_app.services import kits as service

    service.set_parts(_actor(), sku, {})
    typer.echo(f"{sku} is no kit any more.")


def _print(kit: Any, as_json: bool) -> None:
    print_rows([{"sku": part.sku, "name": part.name, "units": part.units} for part in kit.parts], as_json=as_json)
    if not as_json and kit.parts:
        places = ", ".join(f"{units:,} at {code}" for code, units in kit.places)
        typer.echo(f"{kit.available:,} of {kit.sku} can be made{': ' if places else '.'}{places}")


def _actor() -> Any:
    from oms_app.domain.permissions import system

    return system("command line", "cli")
