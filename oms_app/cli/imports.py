"""`oms import orders|products|stock`: bring in what other systems exported."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms_app.services.imports import Summary

app = typer.Typer(no_args_is_help=True, help="Bring in orders, products and stock from files (CSV, .gz, .zst).")

File = Annotated[Path, typer.Argument(help="The exported table: CSV, also .gz or .zst.", show_default=False)]
Rejected = Annotated[Path | None, typer.Option(help="Where rows that cannot be taken go.", show_default="data dir")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON, for a program.")]


@app.command()
def orders(
    file: File,
    mapping: Annotated[Path | None, typer.Option(help="Mapping file (docs/import.md).", show_default=False)] = None,
    preset: Annotated[str, typer.Option(help="A mapping that ships with the shop.", show_default=False)] = "",
    channel: Annotated[str, typer.Option(help="Where the orders belong; the mapping's by default.")] = "",
    stage: Annotated[str, typer.Option(help="Stage of every order; the mapping's by default.")] = "",
    rejected: Rejected = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import the orders of another system. Run it again as often as you like: what is here already stays as it is.

    Example: `oms import orders online_retail.csv.zst --preset uci-online-retail`
    """
    import gc

    from oms_app.cli.progress import progress_bar
    from oms_app.domain.errors import Malformed
    from oms_app.domain.lifecycle import Stage
    from oms_app.domain.permissions import system
    from oms_app.services import imports

    if stage and stage not in tuple(Stage):
        raise Malformed(f"“{stage}” is no stage. Stages: {', '.join(Stage)}.")
    gc.set_threshold(100_000, 20, 50)  # rows hold no cycles: looking for some costs a sixth of the time
    rules = imports.read_mapping(mapping, preset)
    with progress_bar(file.name, quiet=as_json) as progress:
        summary = imports.import_orders(
            system("oms import", "import"),
            file,
            rules,
            channel=channel,
            stage=Stage(stage) if stage else None,
            rejected=rejected,
            dry_run=dry_run,
            progress=progress,
        )
    typer.echo(json.dumps(summary.as_dict(), indent=2) if as_json else _told(summary))


@app.command()
def products(
    file: File,
    mapping: Annotated[Path | None, typer.Option(help="Mapping file (docs/import.md).", show_default=False)] = None,
    rejected: Rejected = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Add the products of a list, and change those that are here. Columns: sku, name, price, hsn, gst_rate, …

    Example: `oms import products price-list.csv`
    """
    from oms_app.services.import_lists import import_products

    _list(import_products, file, mapping=mapping, rejected=rejected, dry_run=dry_run, as_json=as_json)


@app.command()
def stock(
    file: File,
    mapping: Annotated[Path | None, typer.Option(help="Mapping file (docs/import.md).", show_default=False)] = None,
    rejected: Rejected = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take in what was counted (column on_hand) or what came and went (column change), by sku and location.

    Example: `oms import stock count.csv --dry-run`
    """
    from oms_app.services.import_lists import import_stock

    _list(import_stock, file, mapping=mapping, rejected=rejected, dry_run=dry_run, as_json=as_json)


def _list(take: "Callable[..., Summary]", file: Path, *, as_json: bool, **options: Any) -> None:
    from oms_app.cli.progress import progress_bar
    from oms_app.domain.permissions import system

    with progress_bar(file.name, quiet=as_json) as progress:
        summary = take(system("oms import", "import"), file, progress=progress, **options)
    typer.echo(json.dumps(summary.as_dict(), indent=2) if as_json else _told(summary))


def _told(summary: "Summary") -> str:
    """The summary as sentences that add up."""
    from oms_app.domain.money import show

    verb = "would be imported" if summary.dry_run else "imported"
    amounts = ", ".join(show(amount, currency) for currency, amount in summary.amounts.items())

    def orders(count: int) -> str:
        return f"   {count:,} orders" if summary.channel else ""

    lines = [
        f"{summary.file} → {summary.channel}" if summary.channel else summary.file,
        f"  read        {summary.read:>11,} rows",
        f"  {verb:<12}{summary.imported:>11,} rows" + orders(summary.orders_imported) + f"   {amounts}",
        f"  here already{summary.already:>11,} rows" + orders(summary.orders_already),
        f"  rejected    {summary.rejected:>11,} rows" + orders(summary.orders_rejected),
    ]
    lines += [f"    {count:>9,}  {reason}" for reason, count in summary.reasons.most_common(20)]
    if summary.rejected_path:
        lines.append(f"  rejected rows, each with its line and reason: {summary.rejected_path}")
    if summary.products_added or summary.customers_added:
        lines.append(f"  new: {summary.products_added:,} products, {summary.customers_added:,} customers")
    return "\n".join(lines)
