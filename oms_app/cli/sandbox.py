"""`oms sandbox`: a shop on this machine that speaks a vendor's protocol, to try a channel without an account there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from oms_app.demo.offers import Offer
    from oms_app.integrations.sandbox.vendor import Sandbox

_COLUMNS = ("sku", "title", "price", "stock")


def sandbox(
    name: Annotated[str, typer.Argument(help="Whose protocol: shopify, wix, woocommerce.")],
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 takes a free one.")] = 8040,
    rate: Annotated[float, typer.Option(min=0, help="New orders a minute, by chance.")] = 2,
    orders: Annotated[int, typer.Option(min=0, help="Orders that are there from the beginning.")] = 5,
    faults: Annotated[str, typer.Option(help="By chance: dropped=0.2,doubled=0.3,throttled=0.05.")] = "",
    seed: Annotated[int, typer.Option(help="The same chance again.")] = 1,
    send_to: Annotated[str, typer.Option(help="Where webhooks go, from the beginning.")] = "",
    catalogue: Annotated[str, typer.Option(help="demo, or a CSV file with sku, title, price and stock.")] = "demo",
    currency: Annotated[str, typer.Option(help="Of its prices, ISO 4217.")] = "INR",
) -> None:
    """Open a sandbox: it speaks a vendor's protocol, sells what the demo shop sells, and takes orders by itself.

    It prints how to connect it. Its page shows its orders with what the shop told it of them. Ctrl-C closes it, and
    nothing of it is kept.

    Example: `oms sandbox shopify --rate 6 --faults dropped=0.2,doubled=0.3`
    """
    import signal
    import threading
    from random import Random

    from oms_app.demo.offers import offers
    from oms_app.domain import money
    from oms_app.domain.errors import Malformed, Refused
    from oms_app.integrations.sandbox.faults import Faults, Odds
    from oms_app.integrations.sandbox.registry import SANDBOXES
    from oms_app.integrations.sandbox.server import serving
    from oms_app.integrations.sandbox.shop import Shop, unused

    if name not in SANDBOXES:
        raise Malformed(f"There is no sandbox “{name}”. There are: {', '.join(SANDBOXES)}.")
    shop = Shop(currency=currency, last=unused())
    for each in offers(name) if catalogue == "demo" else _offers_in(catalogue):
        price = money.to_minor(each.price, currency)
        shop.offer(each.sku, each.title, price, each.stock, barcode=each.barcode, tax_percent=each.tax_percent)
    made = SANDBOXES[name](shop, Faults(Odds.read(faults), seed))
    if send_to:
        made.send_to(send_to)
    chance = Random(seed)  # noqa: S311 - chance, not secrets
    for _ in range(orders):
        shop.arrive(chance)
    closed = threading.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: closed.set())
    try:
        with serving(made, port) as server:
            threading.Thread(target=server.arrive, args=(rate, seed), daemon=True).start()
            _say(made, server.address)
            closed.wait()
    except OSError as error:
        raise Refused(f"Port {port} cannot be used ({error.strerror}): choose another with --port.") from error
    typer.echo("Closed.")


def _say(made: "Sandbox", address: str) -> None:
    """How to look at it and how to connect it."""
    import shlex

    from oms_app.integrations.registry import ADAPTERS

    kind, way, own = ADAPTERS[made.name].kind, made.connection(address), f"my-{made.name}"
    words = [f"--set {shlex.quote(f'{key}={value}')}" for key, value in way.settings.items() if value]
    if way.currency != "INR":
        words.append(f"--currency {way.currency}")
    typer.secho(f"{kind.title} is open here, with {len(made.shop.articles)} articles: {address}", bold=True)
    typer.echo(f"\nConnect it on the page Channels: Connect a channel, {kind.title}, and fill in")
    for each in kind.settings:
        if not each.secret and (value := way.settings.get(each.name)):
            typer.echo(f"  {each.title:24} {value}")
    for each in kind.settings:
        if each.secret:
            typer.echo(f"  {each.title:24} {way.secrets.get(each.name) or '(nothing)'}")
    typer.echo(f"\nWhere the demo shop has the name “{made.name}”, give it another, such as {own}.")
    line = " ".join([f"oms channels connect {own} --kind {kind.name}", *words])
    typer.echo(f"\nOr with this, which asks for the secrets:\n  {line}")
    typer.echo("\nCtrl-C closes it.")


def _offers_in(file: str) -> "Iterator[Offer]":
    """What a file says is sold. Raises Malformed."""
    import csv
    from pathlib import Path

    from oms_app.demo.offers import Offer
    from oms_app.domain.errors import Malformed

    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                sku, title, price, stock = (str(row[column]).strip() for column in _COLUMNS)
                yield Offer(sku, title, price, int(stock))
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(f"{file} cannot be read: {error}.") from error
    except (KeyError, ValueError) as error:
        raise Malformed(f"{file} needs the columns {', '.join(_COLUMNS)}: {error}.") from error
