"""`oms check search`: hold what is kept beside the orders against the orders themselves."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Compare caches with what they are computed from, and mend them.")


@app.callback()
def check() -> None:
    """Keeps `search` a word of its own while it is the only one."""


@app.command()
def search(
    mend: Annotated[bool, typer.Option("--mend", help="Work out every document anew.")] = False,
) -> None:
    """Compare the text index with the orders; exit 1 where it is wrong.

    Example: `oms check search --mend`
    """
    from oms_app.domain.errors import Refused
    from oms_app.domain.permissions import system
    from oms_app.services import search_index

    actor = system("oms check", "cli")
    if mend:
        typer.echo(f"Search: {search_index.rebuild(actor):,} documents worked out anew.")
        return
    wrong = search_index.check(actor)
    if wrong:
        some = ", ".join(wrong[:10])
        raise Refused(f"Search: {len(wrong):,} documents are wrong ({some} …). Run `oms check search --mend`.")
    typer.echo("Search: every document is what its order says.")
