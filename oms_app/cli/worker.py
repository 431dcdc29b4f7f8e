"""`oms worker`: the worker as a process of its own, beside the web processes."""

import signal

import typer


def worker() -> None:
    """Do what the shop does by itself, without serving pages; `oms run` does so by itself.

    Several may run, on several machines: one acts, another takes over within seconds when it is gone.

    Example: `OMS_DATABASE_URL=postgresql://oms@db/oms oms worker`
    """
    from oms_app.db.checkpoint import checkpointing
    from oms_app.db.engine import migrate
    from oms_app.jobs.worker import Worker
    from oms_app.services import live, logs
    from oms_app.settings import get_settings

    logs.configure()
    get_settings().key()
    migrate()
    working = Worker()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: working.stop())
    with checkpointing(), live.telling():
        working.start()
        typer.echo("The worker works.   (Ctrl-C stops it)")
        working.wait()
    typer.echo("Stopped.")
