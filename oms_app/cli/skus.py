"""`oms sku …`: what channels call our products, at the terminal: what nobody knows, what it may be, saying so."""

from typing import Annotated, Any

import typer

from oms_app.cli.output import print_rows
from oms_app.cli.runs import carry_out

skus = typer.Typer(
    no_args_is_help=True,
    help="SKUs of channels: those that no product of ours has, what each may be, and what is believed of our stock.",
)
_Number = Annotated[str, typer.Argument(help="CHANNEL:SKU, as `oms sku unknown` shows it.")]
_Numbers = Annotated[list[str] | None, typer.Argument(help="CHANNEL:SKU, as many as you like.")]
_Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@skus.command("unknown")
def unknown(
    words: Annotated[str, typer.Argument(help="Words of a SKU or a name; is:sure, is:waiting, is:ignored.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, by channel and SKU.")] = 50,
    as_json: _Json = False,
) -> None:
    """Show SKUs that no product has, what each may be first of all, and why.

    Example: `oms sku unknown is:sure`
    """
    from oms_app.domain.sku_queue import read_search
    from oms_app.services import sku_queue, sku_suggestions

    sku_suggestions.work_out()
    rows = [
        {
            "sku": each.number,
            "name": each.name,
            "orders": each.orders,
            "may_be": each.best.sku if each.best else None,
            "points": each.best.score if each.best else None,
            "sure": each.best.sure if each.best else None,
            "units": each.best.quantity if each.best else None,
            "why": each.best.reason if each.best else None,
        }
        for each in sku_queue.page(_actor(), read_search(words), limit=limit)
    ]
    print_rows(rows, as_json=as_json)


@skus.command("suggest")
def suggest(number: _Number, as_json: _Json = False) -> None:
    """Show all that an unknown SKU may be, the likeliest first.

    Example: `oms sku suggest amazon:AMZ-KUR-M`
    """
    from dataclasses import asdict

    from oms_app.domain.errors import NotFound
    from oms_app.services import sku_queue, sku_suggestions

    sku_suggestions.work_out()
    found = sku_queue.get(_actor(), number)
    if found is None:
        raise NotFound(f"{number} is no unknown SKU.")
    print_rows([asdict(each) for each in found.suggestions or ()], as_json=as_json)


@skus.command("confirm")
def confirm(
    numbers: _Numbers = None,
    sure: Annotated[bool, typer.Option("--sure", help="All of which the suggestion is sure.")] = False,
) -> None:
    """Confirm what is suggested first: for some, or for all that are sure. `oms sku unknown` shows it before.

    Example: `oms sku confirm --sure`
    """
    from oms_app.services import sku_suggestions

    if bool(numbers) == sure:
        raise typer.BadParameter("Name some, or give --sure.")
    sku_suggestions.work_out()
    _run("confirm", {}, numbers, q="is:sure" if sure else None)


@skus.command("map")
def put(
    number: _Number,
    sku: Annotated[str, typer.Argument(help="Our product: KUR-M.")],
    units: Annotated[int, typer.Option(min=1, help="So many of ours make one of theirs.")] = 1,
) -> None:
    """Say which product an unknown SKU is; orders that wait for it go on, and the channel is told its stock.

    Example: `oms sku map amazon:CUPS-6 CUP --units 6`
    """
    _run("map", {"sku": sku, "quantity": units}, [number])


@skus.command("ignore")
def ignore(numbers: _Numbers = None) -> None:
    """Leave articles that are not sold from here out of the queue.

    Example: `oms sku ignore shopify:GIFTCARD`
    """
    _run("ignore", {}, numbers)


@skus.command("restore")
def restore(numbers: _Numbers = None) -> None:
    """Ask for ignored ones again.

    Example: `oms sku restore shopify:GIFTCARD`
    """
    _run("restore", {}, numbers)


@skus.command("rules")
def rules(
    channel: Annotated[str, typer.Argument(help="The channel: amazon.")],
    before: Annotated[
        list[str] | None, typer.Option(help="What it puts before our SKUs; several times if need be.")
    ] = None,
    behind: Annotated[list[str] | None, typer.Option(help="What it puts behind them.")] = None,
    by_itself: Annotated[bool, typer.Option("--by-itself", help="Map what is sure without asking.")] = False,
) -> None:
    """Say what a channel puts around our SKUs: what is ours without it is a sure suggestion. Nothing: no rules.

    Example: `oms sku rules amazon --before AMZ- --behind=-FBA`
    """
    from oms_app.services import sku_suggestions

    kept = sku_suggestions.set_rules(_actor(), channel, before or [], behind or [], by_itself=by_itself)
    said = " ".join([*(f"{each}…" for each in kept.prefixes), *(f"…{each}" for each in kept.suffixes)])
    typer.echo(f"{channel}: {said or 'no rules'}{', what is sure by itself' if kept.by_itself else ''}.")


@skus.command("stock")
def stock(
    words: Annotated[str, typer.Argument(help="Words of a SKU or a name.")] = "",
    channel: Annotated[str, typer.Option(help="Only this channel.")] = "",
    problems: Annotated[bool, typer.Option("--problems", help="Only those with a problem.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, by channel and SKU.")] = 50,
    as_json: _Json = False,
) -> None:
    """Show what channels believe of our stock: wanted, taken, since when it waits, and why not.

    Example: `oms sku stock --problems`
    """
    from oms_app.domain.channel_levels import LevelSearch
    from oms_app.services import channel_levels

    search = LevelSearch(words, channel, problems=problems)
    rows = [
        {
            "sku": f"{each.channel}:{each.channel_sku}",
            "ours": each.sku,
            "wanted": each.wanted,
            "sent": each.sent,
            "sent_at": each.sent_at,
            "waits_since": each.waits_since,
            "why": each.why,
        }
        for each in channel_levels.page(_actor(), search, limit=limit)
    ]
    print_rows(rows, as_json=as_json)


def _run(action: str, given: dict[str, Any], numbers: list[str] | None, q: str | None = None) -> None:
    carry_out("sku", action, given, numbers or [], q)


def _actor() -> Any:
    from oms_app.domain.permissions import system

    return system("command line", "cli")
