"""`oms user …`: accounts of people."""

from typing import Annotated, Any

import typer

users = typer.Typer(no_args_is_help=True, help="Accounts of people: add, list, disable, enable, reset.")

Email = Annotated[str, typer.Argument(help="Their e-mail address.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ROLES = "admin, manager, inventory, warehouse, service or analyst"


@users.command("add")
def add(
    email: Email,
    role: Annotated[str, typer.Option(help=f"What their work is: {ROLES}.")],
    password: Annotated[str, typer.Option(help="Their password; without it a one-time link is printed.")] = "",
    name: Annotated[str, typer.Option(help="Their name; made from the address when left out.")] = "",
) -> None:
    """Make an account. Without a password it prints a one-time link with which they choose one.

    Example: `oms user add asha@example.com --role manager`
    """
    from oms_app.services import users as accounts

    account = accounts.add(_actor(), email, role=role, name=name, password=password)
    typer.echo(f"{account.email} may sign in as {account.role}.")
    if not password:
        _print_link(account.id)


@users.command("list")
def show(as_json: AsJson = False) -> None:
    """List accounts with role, state and last use.

    Example: `oms user list --json`
    """
    from oms_app.cli.output import print_rows
    from oms_app.services import users as accounts

    rows: list[dict[str, Any]] = [
        {
            "email": account.email,
            "name": account.name,
            "role": account.role,
            "active": account.active,
            "seen_at": account.seen_at,
        }
        for account in accounts.every(_actor())
    ]
    print_rows(rows, as_json=as_json)


@users.command("disable")
def disable(email: Email) -> None:
    """Shut an account: its browsers are signed out at once.

    Example: `oms user disable asha@example.com`
    """
    from oms_app.services import users as accounts

    account = accounts.get(_actor(), email)
    accounts.disable(_actor(), account.id)
    typer.echo(f"{account.email} cannot sign in any more.")


@users.command("enable")
def enable(email: Email) -> None:
    """Open a disabled account again.

    Example: `oms user enable asha@example.com`
    """
    from oms_app.services import users as accounts

    account = accounts.get(_actor(), email)
    accounts.enable(_actor(), account.id)
    typer.echo(f"{account.email} can sign in again.")


@users.command("reset")
def reset(email: Email) -> None:
    """Print a one-time link, valid a day, with which somebody sets a new password.

    Example: `oms user reset asha@example.com`
    """
    from oms_app.services import users as accounts

    _print_link(accounts.get(_actor(), email).id)


def _print_link(user_id: int) -> None:
    from oms_app.services import users as accounts
    from oms_app.settings import get_settings

    typer.echo("They choose a password here, once, within a day:")
    typer.echo(f"{get_settings().address}/reset/{accounts.reset_link(_actor(), user_id)}")


def _actor() -> Any:
    from oms_app.domain.permissions import system

    return system("command line", "cli")
