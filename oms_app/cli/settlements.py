"""`oms settlements`: what marketplaces pay out, brought in and held against our orders."""

from pathlib import Path
from typing import Annotated, Any

import typer

settlements = typer.Typer(no_args_is_help=True, help="Payouts of marketplaces, held against our orders.")
_Channel = Annotated[str, typer.Argument(help="The channel: amazon.")]
_SHOWN = 50


@settlements.command("import")
def import_file(
    channel: _Channel, file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV table.")]
) -> None:
    """Take the settlements of a CSV table and hold them against the orders. A settlement is taken once.

    Exit code 1 while something differs. docs/reconciliation.md names the columns.

    Example: `oms settlements import amazon october.csv`
    """
    from oms_app.services import settlements as service

    _say(channel, *service.import_file(_actor(), channel, file.read_text(encoding="utf-8-sig")))


@settlements.command("fetch")
def fetch(channel: _Channel) -> None:
    """Ask a channel for its settlements and hold them against the orders. The worker does so twice a day.

    Example: `oms settlements fetch amazon`
    """
    from oms_app.services import settlements as service

    _say(channel, *service.fetch(_actor(), channel))


@settlements.command("check")
def check(channel: _Channel) -> None:
    """Hold everything that a channel settled against the orders again.

    Example: `oms settlements check amazon`
    """
    from oms_app.services import settlements as service

    service.check(_actor(), channel)
    _differences(channel)


def _say(channel: str, taken: int, already: int) -> None:
    typer.echo(f"{taken:,} settlements were taken, {already:,} were here already.")
    _differences(channel)


def _differences(channel: str) -> None:
    from oms_app.services import settlements as service

    found = service.differences(_actor(), channel, limit=_SHOWN + 1)
    for each in found[:_SHOWN]:
        typer.echo(f"  {each.external_id} {f'({each.order}) ' if each.order else ''}{each.said}")
    if len(found) > _SHOWN:
        typer.echo("  … and more: the page Reconciliation lists them.")
    if found:
        raise typer.Exit(1)
    typer.echo("Nothing differs.")


def _actor() -> Any:
    from oms_app.domain.permissions import system

    return system("command line", "cli")
