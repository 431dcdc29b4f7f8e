"""`oms metrics`: the numbers of the shop, and the rollups behind them."""

from typing import Annotated

import typer

from oms_app.cli.output import print_rows

metrics = typer.Typer(no_args_is_help=True, help="The shop's numbers: list them, show one, compute their sums anew.")


@metrics.command("list")
def list_all(as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False) -> None:
    """Show every metric with its definition.

    Example: `oms metrics list`
    """
    from oms_app.domain.permissions import system
    from oms_app.services.metrics import registry

    found = registry(system("command line", "cli"))
    rows = [{"name": m.name, "unit": m.unit, "by": ", ".join(m.by), "definition": m.definition} for m in found]
    print_rows(rows, as_json=as_json)


@metrics.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A name of `oms metrics list`.")],
    by: Annotated[str, typer.Option(help="Split it: time, channel, location, stage, weekday_hour, product, age.")] = "",
    first: Annotated[str, typer.Option("--from", help="First day, like 2026-11-01; 30 days ago by default.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day; today by default.")] = "",
    q: Annotated[str, typer.Option(help="Search words that choose the orders.")] = "",
    currency: Annotated[str, typer.Option(help="Currency of money; the shop's by default.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Show one metric over a period.

    Example: `oms metrics show orders --by channel --from 2026-11-01 --to 2026-11-30`
    """
    from datetime import date

    from oms_app.domain.permissions import system
    from oms_app.domain.series import show_exact
    from oms_app.services.metrics import series

    found = series(
        system("command line", "cli"),
        name,
        first=date.fromisoformat(first) if first else None,
        last=date.fromisoformat(last) if last else None,
        by=by,
        q=q,
        currency=currency,
    )
    rows = [
        {
            "of": point.label,
            found.metric.title: point.value if as_json else show_exact(point.value, found.metric.unit, found.currency),
            **({"90th percentile": point.upper if as_json else found.show(point.upper)} if found.metric.upper else {}),
            "orders": point.orders,
        }
        for point in (found.points or (found.total,))
    ]
    print_rows(rows, as_json=as_json)


@metrics.command("rebuild")
def rebuild() -> None:
    """Compute the sums behind every chart from the orders; needed after a change of OMS_TIMEZONE.

    Example: `oms metrics rebuild`
    """
    import time

    from oms_app.domain.permissions import system
    from oms_app.services import rollups

    began = time.monotonic()
    rollups.rebuild(system("command line", "cli"))
    typer.echo(f"Every rollup is the sum of its orders again ({time.monotonic() - began:.1f} s).")
