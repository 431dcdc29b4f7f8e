"""The `oms` command: one module a subject, each imported light, so that `oms --help` answers at once.

A module of this package imports only `typer` and the standard library at its top; what does the work is imported
inside the function that needs it.
"""

import sys

import typer

from oms_app.cli import (
    backups,
    channels,
    checks,
    demo,
    doctor,
    exports,
    imports,
    kits,
    metrics,
    purchase,
    reconcile,
    run,
    sandbox,
    settlements,
    skus,
    tokens,
    troubles,
    users,
    worker,
)

app = typer.Typer(
    name="oms",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""Order management from the click to the doorstep and back.

    Start with `oms run`, then open the address it prints. `oms doctor` says what is wrong and how to mend it.
    Every command explains itself: `oms COMMAND --help`. Settings are environment variables named `OMS_…`.""",
)
app.command("run")(run.run)
app.command("worker")(worker.worker)
app.command("migrate")(run.migrate)
app.command("build")(run.build)
app.command("doctor")(doctor.doctor)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.add_typer(channels.channels, name="channels")
app.command("sync")(channels.sync)
app.command("reconcile")(reconcile.reconcile)
app.add_typer(settlements.settlements, name="settlements")
app.command("sandbox")(sandbox.sandbox)
app.add_typer(users.users, name="user")
app.add_typer(tokens.tokens, name="token")
app.add_typer(imports.app, name="import")
app.add_typer(exports.app, name="export")
app.add_typer(checks.app, name="check")
app.add_typer(metrics.metrics, name="metrics")
app.add_typer(purchase.purchase, name="purchase")
app.add_typer(kits.kits, name="kit")
app.add_typer(skus.skus, name="sku")
app.add_typer(demo.demo, name="demo")


def main() -> None:
    """Run one command: exit 0 done, 1 refused with a sentence, 2 wrong usage."""
    try:
        app()
    except Exception as error:
        code, sentence = troubles.explain(error)
        if not code:
            raise
        typer.secho(sentence, fg="red", err=True)
        sys.exit(code)
