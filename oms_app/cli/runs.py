"""Acts on many at the terminal: done to the end by the machinery of bulk actions, with what was refused and why."""

from collections.abc import Mapping, Sequence
from typing import Any


def carry_out(
    subject: str, action: str, given: Mapping[str, Any], numbers: Sequence[str], q: str | None = None
) -> None:
    """Do it to those of these numbers, or to all that `q` finds, and say what became of each that was refused."""
    import time

    import typer

    from oms_app.domain.permissions import system
    from oms_app.domain.runs import OPEN, RowState, Selection, Subject
    from oms_app.services import run_work, runs

    actor = system("command line", "cli")
    chosen = Selection(tuple((each, None) for each in numbers), q, subject=Subject(subject))
    run = runs.start(actor, action, given, chosen)
    while run.state in OPEN:
        run_work.work_on(run.id, time.monotonic() + 1)
        run = runs.get(actor, run.id)
    typer.echo(f"{run.title}: {run.done:,} done, {run.refused:,} refused. Run {run.id}.")
    for row in runs.results(actor, run.id, state=RowState.REFUSED):
        typer.echo(f"  {row.number}: {row.message}")
