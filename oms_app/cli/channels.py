"""`oms channels`: the sources of orders."""

from typing import Annotated

import typer

from oms_app.cli.output import print_rows

channels = typer.Typer(no_args_is_help=True, help="Sources of orders: list them, add one.")


@channels.command("list")
def list_all(as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False) -> None:
    """Show every channel.

    Example: `oms channels list --json`
    """
    from dataclasses import asdict

    from oms_app.domain.permissions import system
    from oms_app.services import catalogue

    print_rows([asdict(each) for each in catalogue.channels(system("command line", "cli"))], as_json=as_json)


@channels.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What scripts and searches say: lower-case letters, digits, - and _.")],
    title: Annotated[str, typer.Option(help="What people read.")] = "",
    currency: Annotated[str, typer.Option(help="Currency of its orders, ISO 4217; the shop's by default.")] = "",
) -> None:
    """Add a source of orders; they come in by the API or by `oms import orders --channel NAME`.

    Example: `oms channels add meesho --title Meesho --currency INR`
    """
    from oms_app.domain.permissions import system
    from oms_app.services import catalogue
    from oms_app.settings import get_settings

    made = catalogue.add_channel(
        system("command line", "cli"),
        name=name,
        title=title,
        kind="manual",
        currency=currency or get_settings().currency,
    )
    typer.echo(f"{made.title} takes orders in {made.currency} now, as channel {made.name}.")
