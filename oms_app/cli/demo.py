"""`oms demo`: an invented shop to look round in, put in, made big and taken out."""

from typing import Annotated

import typer

demo = typer.Typer(no_args_is_help=True, help="An invented shop to look round in: load it, remove it.")


@demo.command("load")
def load() -> None:
    """Load the demo shop: 90 days of an Indian seller, all of it or nothing. `oms run` does so for an empty database.

    Example: `oms demo load`
    """
    from oms_app.services import setup

    setup.prepare()
    load_shop()
    typer.echo(sign_ins())


@demo.command("generate")
def generate(
    orders: Annotated[int, typer.Option("--orders", min=1, help="How many.")],
    days: Annotated[int, typer.Option(min=1, help="Over how many days up to now.")] = 730,
) -> None:
    """Write a big history of the demo shop in bulk, to see the shop at size. The shop should be closed meanwhile.

    Example: `oms demo generate --orders 1000000`
    """
    import time

    from oms_app.cli.progress import progress_bar
    from oms_app.demo import generate as generating
    from oms_app.services import setup

    setup.prepare()
    started = time.monotonic()
    with progress_bar("Writing orders") as progress:
        written = generating.generate(orders, days=days, progress=progress)
    typer.echo(f"{written:,} orders in {time.monotonic() - started:.0f} s.")


@demo.command("remove")
def remove() -> None:
    """Remove the demo shop: its orders, customers, products, stock, channels and accounts. Real data stays as it is.

    Example: `oms demo remove`
    """
    from oms_app.domain.permissions import system
    from oms_app.services import demo as service

    gone = service.remove(system("command line", "cli"))
    typer.echo(f"{gone.orders:,} orders, {gone.customers:,} customers and {gone.products:,} products are gone.")
    if gone.products_kept:
        typer.echo(f"{gone.products_kept:,} products stay, because your own orders or stock use them.")


def load_shop() -> None:
    """Load it with a bar that shows how far it is."""
    import time

    from oms_app.cli.progress import progress_bar
    from oms_app.db.checkpoint import checkpointing
    from oms_app.demo import load as loading

    started = time.monotonic()
    with checkpointing(), progress_bar("Loading the demo shop") as progress:
        orders = loading.load(progress=progress)
    typer.echo(f"The demo shop is open: {orders:,} orders, loaded in {time.monotonic() - started:.0f} s.")


def sign_ins() -> str:
    """How to sign in to look round; empty where there is no demo shop."""
    from oms_app.services import demo as service

    accounts = service.sign_ins()
    if not accounts:
        return ""
    lines = [f"  {account.email:<26}{account.role}" for account in accounts]
    return "\n".join([f"Look round as one of these, password {service.PASSWORD}:", *lines])
