"""`oms check`: hold what is kept beside the orders against the orders and ledgers themselves."""

import json
from typing import Annotated

import typer

app = typer.Typer(help="Compare stored sums with what they are sums of. Alone: all of them.")

Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@app.callback(invoke_without_command=True)
def check(context: typer.Context, as_json: Json = False) -> None:
    """Compare stock, money, rollups and the text index with what they are computed from; exit 1 where they differ.

    Example: `oms check --json`
    """
    if context.invoked_subcommand is None:
        _run(("stock", "money", "rollups", "search"), as_json=as_json)


@app.command()
def stock(
    repair: Annotated[bool, typer.Option("--repair", help="Make levels and lines say what they add up to.")] = False,
    reason: Annotated[str, typer.Option(help="Stands in the audit trail of a repair.")] = "oms check stock --repair",
    as_json: Json = False,
) -> None:
    """Compare stock levels with the ledger and allocations with reservations; a repair never touches the ledger.

    Example: `oms check stock --repair --reason "power cut on Monday"`
    """
    if repair:
        from oms_app.domain.permissions import system
        from oms_app.services import stock_truth

        levels, lines = stock_truth.repair_all(system("oms check", "cli"), reason=reason)
        for row in levels:
            typer.echo(
                f"repaired {row.sku} at {row.location}: {row.on_hand} on hand, {row.reserved} reserved", err=True
            )
        for line in lines:
            typer.echo(f"repaired {line.sku} of order {line.order}: {line.allocated} allocated", err=True)
    _run(("stock",), as_json=as_json)


@app.command()
def money(as_json: Json = False) -> None:
    """Compare the sums on orders with their lines and payments.

    Example: `oms check money`
    """
    _run(("money",), as_json=as_json)


@app.command()
def rollups(as_json: Json = False) -> None:
    """Compare the counts behind the charts with the orders; `oms metrics rebuild` mends them.

    Example: `oms check rollups`
    """
    _run(("rollups",), as_json=as_json)


@app.command()
def search(
    mend: Annotated[bool, typer.Option("--mend", help="Work out every document anew.")] = False, as_json: Json = False
) -> None:
    """Compare the text index with the orders.

    Example: `oms check search --mend`
    """
    if not mend:
        _run(("search",), as_json=as_json)
        return
    from oms_app.domain.permissions import system
    from oms_app.services import search_index

    count = search_index.rebuild(system("oms check", "cli"))
    typer.echo(f"Search: {count:,} documents worked out anew.")


def _run(names: tuple[str, ...], *, as_json: bool) -> None:
    from oms_app.domain.permissions import system
    from oms_app.services import checks

    actor = system("oms check", "cli")
    found = {name: checks.CHECKS[name](actor) for name in names}
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    for name, differences in found.items():
        if not as_json:
            typer.echo("\n  ".join((f"{name}: {len(differences) or 'no'} differences", *differences)))
    if any(found.values()):
        raise typer.Exit(1)
