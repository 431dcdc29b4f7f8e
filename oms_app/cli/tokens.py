"""`oms token …`: bearer tokens of programs."""

from typing import Annotated, Any

import typer

tokens = typer.Typer(no_args_is_help=True, help="Bearer tokens of programs: create, list, revoke.")


@tokens.command("create")
def create(
    role: Annotated[str, typer.Option(help="What it may do: the role of its calls.")],
    name: Annotated[str, typer.Option(help="What it is for, as shown in timelines.")] = "",
) -> None:
    """Make a token for the API and print it, once; it is the last word printed.

    Example: `oms token create --role manager --name "webshop bridge"`
    """
    from oms_app.services import tokens as accounts

    secret = accounts.create(_actor(), role=role, name=name)
    typer.echo(f"Send it as the header `Authorization: Bearer …`. It is not shown again:\n{secret}")


@tokens.command("list")
def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List tokens; their secrets are not kept.

    Example: `oms token list`
    """
    from oms_app.cli.output import print_rows
    from oms_app.services import tokens as accounts

    rows: list[dict[str, Any]] = [
        {
            "id": token.id,
            "name": token.name,
            "role": token.role,
            "created_at": token.created_at,
            "used_at": token.used_at,
            "revoked_at": token.revoked_at,
        }
        for token in accounts.every(_actor())
    ]
    print_rows(rows, as_json=as_json)


@tokens.command("revoke")
def revoke(number: Annotated[int, typer.Argument(help="Its id in `oms token list`.")]) -> None:
    """End a token at once.

    Example: `oms token revoke 3`
    """
    from oms_app.services import tokens as accounts

    accounts.revoke(_actor(), number)
    typer.echo(f"Token {number} is revoked.")


def _actor() -> Any:
    from oms_app.domain.permissions import system

    return system("command line", "cli")
