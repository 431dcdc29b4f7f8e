"""`oms reconcile`: a channel held against the shop, order by order."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from oms_app.cli.moments import moment

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN = 50
_PATIENCE_S = 180.0
"""So long a channel may be away without anything being compared."""


def reconcile(
    name: Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel: shopify.")],
    since: Annotated[str, typer.Option(help="A day: orders changed since then; 30 days by default.")] = "",
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Compare every order and every level of stock of a channel with ours; what differs is shown, or mended.

    The worker does it every night. One that was broken off goes on where it was. Exit code 1 while differences remain.

    Example: `oms reconcile shopify --since 2026-11-01 --fix`
    """
    from oms_app.cli.output import print_json
    from oms_app.domain.permissions import system
    from oms_app.services import reconciliation, reconciliation_fixes

    actor = system("command line", "cli")
    _run(reconciliation.start(actor, name, moment(since) if since else None, background=False).id, quiet=as_json)
    before = reconciliation.get(actor, name).differences
    if fix:
        _patiently(
            lambda: reconciliation_fixes.fix_all(actor, name) is None,
            lambda: reconciliation.get(actor, name).differences,
        )
    standing, found = reconciliation.get(actor, name), reconciliation.differences(actor, name, limit=_SHOWN)
    mended = before - standing.differences
    if as_json:
        everything = list(reconciliation.all_differences(actor, name))
        print_json(_facts(standing, everything) | {"mended": mended})
    else:
        typer.echo(reconciliation.sentence(standing))
        for each in found:
            typer.echo(f"  {each.number or each.external_id} {f'({each.order}) ' if each.order else ''}{each.said}")
            if each.problem:
                typer.echo(f"    {each.problem}")
        if standing.differences > len(found):
            typer.echo(f"  … and {standing.differences - len(found):,} more.")
        if mended:
            typer.echo(f"{mended:,} were mended.")
    if standing.differences:
        raise typer.Exit(1)


def _run(run_id: int, *, quiet: bool) -> None:
    """To the end of the run."""
    from oms_app.cli.progress import progress_bar
    from oms_app.services import reconciliation

    done = 0
    with progress_bar("Comparing orders", quiet=quiet) as progress:

        def told(orders: int, expected: int | None) -> None:
            nonlocal done
            done = orders
            if progress is not None:
                progress(orders, expected or orders)

        _patiently(lambda: reconciliation.work_on(run_id, told), lambda: done)


def _patiently(act: "Callable[[], bool]", done: "Callable[[], int]") -> None:
    """Act until there is no more to do; a channel that is away for a while is waited for. `done` says how far it is."""
    import time

    from oms_app.domain.errors import Unavailable

    at, since, failures = done(), time.monotonic(), 0
    while True:
        try:
            if not act():
                return
        except Unavailable as error:
            if done() != at:
                at, since, failures = done(), time.monotonic(), 0
            failures += 1
            wait = float(error.details.get("retry_after") or min(2**failures, 30))
            if time.monotonic() + wait > since + _PATIENCE_S:
                raise
            time.sleep(wait)


def _facts(standing: Any, found: list[Any]) -> dict[str, Any]:
    last = standing.last
    return {
        "channel": standing.name,
        "since": last.since,
        "finished_at": last.finished_at,
        "orders": last.orders,
        "levels": last.levels,
        "under_way": last.under_way,
        "differences": [
            {
                "kind": each.kind,
                "external_id": each.external_id,
                "number": each.number,
                "order": each.order,
                "said": each.said,
                "fix": each.fix,
                "problem": each.problem,
            }
            for each in found
        ],
    }
