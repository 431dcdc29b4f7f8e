"""`oms backup` and `oms restore`."""

from pathlib import Path
from typing import Annotated

import typer


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; `.tar.zst` is a good ending.")],
) -> None:
    """Write the whole shop into one file, while it runs.

    The secret key stays out: keep `secret.key` of the data directory somewhere else. docs/backup.md says more.

    Example: `oms backup shop-monday.tar.zst`
    """
    from oms_app.db import backup as backups

    manifest = backups.write(file)
    size = file.stat().st_size / 1_000_000
    typer.echo(f"{file}: {manifest.orders:,} orders, {manifest.events:,} events, {size:.1f} MB.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `oms backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup in place of this shop's data. Stop the shop first.

    The file is checked before anything is replaced.

    Example: `oms restore shop-monday.tar.zst --yes`
    """
    from oms_app.db import backup as backups
    from oms_app.settings import get_settings

    if not yes:
        typer.confirm(f"Replace the data of {_place(get_settings().url)} by {file}?", abort=True)
    manifest = backups.read(file)
    typer.echo(f"Restored the shop of {manifest.taken_at}: {manifest.orders:,} orders, {manifest.events:,} events.")


def _place(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)
