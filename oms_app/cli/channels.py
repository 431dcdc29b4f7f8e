"""`oms channels`, `oms sync`: the sources of orders, connecting them, reading on in one."""

from typing import Annotated, Any

import typer

from oms_app.cli.moments import moment
from oms_app.cli.output import print_rows
from oms_app.cli.runs import carry_out

channels = typer.Typer(no_args_is_help=True, help="Sources of orders: list them, add or connect one.")
_Name = Annotated[str, typer.Argument(help="The channel: shopify.")]


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


@channels.command("kinds")
def kinds() -> None:
    """Show which kinds of channels can be connected, and the settings each asks for.

    Example: `oms channels kinds`
    """
    from oms_app.services import channels as service

    for kind in service.kinds():
        typer.secho(f"{kind.name}  {kind.title}", bold=True)
        for each in kind.settings:
            asked = "secret" if each.secret else ("setting" if each.required else "if you like")
            typer.echo(f"  {each.name:16} {asked:12} {each.title}{f': {each.help}' if each.help else ''}")


@channels.command("connect")
def connect(
    name: _Name,
    kind: Annotated[str, typer.Option(help="One that `oms channels kinds` shows; the name itself by default.")] = "",
    title: Annotated[str, typer.Option(help="What people read.")] = "",
    currency: Annotated[str, typer.Option(help="Currency of its orders, ISO 4217; the shop's by default.")] = "",
    settings: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE, once for each setting.")] = None,
) -> None:
    """Connect a channel. Its secrets are asked for, unseen; a script gives them as lines of its standard input.

    What is sold there from now on comes in by itself. `oms channels test NAME` tries the connection.

    Example: `oms channels connect shopify --set shop=kalakriti.myshopify.com`
    """
    from oms_app.services import channel_calls, channel_webhooks
    from oms_app.services import channels as service
    from oms_app.settings import get_settings

    given = _read(settings or [])
    wanted = channel_calls.adapter_of(kind or name).kind.settings
    for each in wanted:
        if each.secret:
            given[each.name] = typer.prompt(each.title, hide_input=True, default="" if not each.required else None)
    made = service.connect(
        _actor(),
        kind=kind or name,
        name=name,
        title=title,
        currency=currency or get_settings().currency,
        settings=given,
    )
    typer.echo(f"{made.title} is connected, as channel {made.name}. Try it: oms channels test {made.name}")
    if todo := channel_webhooks.by_hand(made):
        typer.echo(todo)


@channels.command("test")
def test(name: _Name) -> None:
    """Sign in at a channel and read one thing there.

    Example: `oms channels test shopify`
    """
    from oms_app.services import channels as service

    typer.echo(f"It answers: {service.test(_actor(), name)}.")


@channels.command("pause")
def pause(name: _Name) -> None:
    """Let a channel rest: nothing is asked of it or told it. What it sends waits.

    Example: `oms channels pause shopify`
    """
    from oms_app.services import channels as service

    typer.echo(f"{service.pause(_actor(), name, paused=True).title} rests.")


@channels.command("resume")
def resume(name: _Name) -> None:
    """Let a channel go on.

    Example: `oms channels resume shopify`
    """
    from oms_app.services import channels as service

    typer.echo(f"{service.pause(_actor(), name, paused=False).title} goes on.")


@channels.command("load")
def load(
    name: _Name,
    since: Annotated[str, typer.Option(help="Orders sold or changed since this day: 2026-04-01.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what the first hundred would become.")] = False,
) -> None:
    """Load what was sold on a channel before it was connected; the worker does it, and goes on where it was stopped.

    What was sent there already comes as history: no stock is touched, and the channel is told nothing of it.

    Example: `oms channels load shopify --since 2026-04-01 --dry-run`
    """
    from oms_app.services import channel_preview, first_load

    if not dry_run:
        first_load.begin(_actor(), name, moment(since))
        typer.echo("It is being loaded by the worker; the channels page says how far it is.")
        return
    found = channel_preview.dry_run(_actor(), name, moment(since))
    for each in found.orders:
        typer.echo(f"{each.number:14} {each.outcome:8} {each.said}")
    typer.echo(f"{len(found.orders)} orders were looked at{', and there are more' if found.more else ''}.")


@channels.command("sell")
def sell(
    name: _Name,
    skus: Annotated[list[str] | None, typer.Argument(help="Our products: KUR-M KUR-L.")] = None,
    words: Annotated[str | None, typer.Option("--found", help="All that these words find, in place of SKUs.")] = None,
) -> None:
    """Have products sold on a channel: the worker makes each there once, as a draft where the channel has drafts.

    Example: `oms channels sell shopify KUR-M KUR-L`
    """
    if bool(skus) == (words is not None):
        raise typer.BadParameter("Name some products, or give --found.")
    carry_out("product", "list", {"channel": name}, skus or [], words)


def sync(name: _Name) -> None:
    """Read on in a channel at once, and take over what came. The worker does so by itself.

    Example: `oms sync shopify`
    """
    from oms_app.services import intake

    read, taken, dead = intake.sync(_actor(), name)
    typer.echo(f"{read:,} changes were read, {taken:,} taken over{f', {dead:,} could not be' if dead else ''}.")


def _read(settings: list[str]) -> dict[str, str]:
    found = {}
    for each in settings:
        name, equals, value = each.partition("=")
        if not equals:
            raise typer.BadParameter(f"Write NAME=VALUE instead of {each}.")
        found[name] = value
    return found


def _actor() -> Any:
    from oms_app.domain.permissions import system

    return system("command line", "cli")
