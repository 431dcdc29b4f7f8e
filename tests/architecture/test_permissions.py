"""Nobody gets past the services: every handler of every state and every page refuses who may not."""

import ast
import asyncio
import inspect
import re
import typing
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from reflex.event import EventHandler
from sqlalchemy import Engine, event

from oms_app.domain.permissions import Permission
from tests import make
from tests.architecture.sources import ROOT, called, modules, name, tree

OPEN_TO_ALL = {"SignInState.read_address", "SignInState.read_link"}
"""Handlers of the pages before sign-in: they say whether anybody has an account, and whether a link still works."""

NO_PERMISSION_NEEDED = {
    "orders.next_moves",  # says what may be done, and does nothing
    "sign_in.change_password",
    "sign_in.open_sessions",
    "sign_in.revoke_session",
    "sign_in.revoke_other_sessions",
    "users.me",
    "users.set_preferences",
}
"""Services about the actor's own account, where being signed in is all that is needed."""

FREE_PAGES = {"/login", "/welcome", "/reset/[reset_link]"}
EVERYBODYS_PAGES = {"/settings", "/settings/account"}

WRITE = re.compile(r"\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) \"?(\w+)")
THEIR_OWN = {"user_account", "login_session", "login_attempt", "saved_view", "setting", "event"}
"""Tables of one's own account; that every event has a permitted cause is the services' own test."""

GUESSES: dict[type, Any] = {str: "1", int: 1, float: 1.0, bool: True, dict: {}, list: [], tuple: ()}


def states() -> list[type[rx.State]]:
    """Every state of the app, ours only."""
    from oms_app import oms_app

    assert oms_app.app
    found, waiting = [], [rx.State]
    while waiting:
        children = list(waiting.pop().get_substates())
        waiting += children
        found += [each for each in children if each.__module__.startswith("oms_app.")]
    return sorted(found, key=lambda each: each.__qualname__)


def handlers() -> list[tuple[type[rx.State], EventHandler]]:
    """Everything a browser can call by its name."""
    return [(state, handler) for state in states() for key, handler in state.event_handlers.items() if key != "setvar"]


def test_a_handler_without_a_session_reads_and_writes_nothing(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make.shop()
    reached = {
        handler.fn.__qualname__: statements
        for state, handler in handlers()
        if (statements := _call(state, handler, cookie="", monkeypatch=monkeypatch))
    }
    assert set(reached) == OPEN_TO_ALL


def test_a_handler_called_by_an_analyst_writes_at_most_their_own_account(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.shop()
    order, cookie = make.order(), _session("analyst")
    writing = {}
    for state, handler in handlers():
        statements = _call(state, handler, cookie=cookie, monkeypatch=monkeypatch, number=order.number)
        written = {found.group(1) for each in statements if (found := WRITE.match(each))}
        if written - THEIR_OWN:
            writing[handler.fn.__qualname__] = written
    assert writing == {}


def test_every_service_that_takes_an_actor_asks_for_a_permission() -> None:
    silent = []
    for path in modules("oms_app/services"):
        local = {node.name: node for node in tree(path).body if isinstance(node, ast.FunctionDef)}
        for function in local.values():
            arguments = [each.arg for each in function.args.args]
            if function.name.startswith("_") or arguments[:1] != ["actor"]:
                continue
            title = f"{path.stem}.{function.name}"
            if title not in NO_PERMISSION_NEEDED and not _asks(function, local):
                silent.append(name(path, function))
    assert silent == []


def test_states_reach_services_only_as_the_person_of_the_cookie() -> None:
    """A service is handed to `self.call`, never called with an actor that a state made up."""
    found = [
        name(path, call)
        for path in modules("oms_app/state")
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and called(call).split(".")[-1] in {"Actor", "system", "program"}
    ]
    assert found == []


def test_every_page_names_its_permission_and_asks_who_comes() -> None:
    from oms_app.oms_app import app
    from oms_app.pages.shell import pages
    from oms_app.state.shell import ShellState

    assert {page.route for page in pages if not page.framed} == FREE_PAGES
    assert {page.route for page in pages if page.framed and page.needs is None} == EVERYBODYS_PAGES
    for page in pages:
        loads = app.get_load_events(page.route)
        if page.framed:
            assert loads[0].handler.fn is ShellState.event_handlers["arrive"].fn, page.route
            assert page.needs is None or page.needs in Permission


def _asks(function: ast.FunctionDef, local: dict[str, ast.FunctionDef]) -> bool:
    """Whether a function requires a permission itself or hands its actor to one that does."""
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        if called(call) == "actor.require":
            return True
        if any(isinstance(each, ast.Name) and each.id == "actor" for each in call.args):
            module, _, target = called(call).rpartition(".")
            if not module and target in local and local[target] is not function and _asks(local[target], local):
                return True
            if (path := ROOT / "oms_app/services" / f"{module}.py").is_file() and _asks_there(path, target):
                return True
    return False


def _asks_there(path: Path, target: str) -> bool:
    local = {node.name: node for node in tree(path).body if isinstance(node, ast.FunctionDef)}
    return target in local and _asks(local[target], local)


def _session(role: str) -> str:
    from oms_app.services import sign_in, users

    users.add(make.ADMIN, f"{role}@shop.example", role=role, password="a horse that is correct")
    return sign_in.sign_in(f"{role}@shop.example", "a horse that is correct", address="", agent="")


def _call(
    state: type[rx.State], handler: EventHandler, *, cookie: str, monkeypatch: pytest.MonkeyPatch, number: str = "1"
) -> list[str]:
    """Call a handler as a browser would that only knows its name; returns the SQL it caused."""
    from oms_app.services import identity
    from oms_app.state import session

    identity.forget()
    monkeypatch.setattr(session, "cookie", lambda router: cookie)
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    instance = root.get_substate(state.get_full_name().split("."))
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        # Refused, or stopped by a made-up argument: what counts is what it did before.
        with suppress(Exception):
            asyncio.run(_drain(handler, instance, number))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return statements


async def _drain(handler: EventHandler, instance: Any, number: str) -> None:
    result = handler.fn(instance, **dict(_arguments(handler.fn, number)))
    if inspect.isasyncgen(result):
        async for _ in result:
            pass
    elif inspect.isawaitable(result):
        await result


def _arguments(function: Any, number: str) -> Iterator[tuple[str, Any]]:
    hints = typing.get_type_hints(function)
    for key in list(inspect.signature(function).parameters)[1:]:
        hint = hints.get(key, str)
        kind = typing.get_origin(hint) or hint
        if kind is typing.Literal:
            yield key, typing.get_args(hint)[0]
        elif key in ("to", "stage"):
            yield key, "processing"
        else:
            yield key, [number] if kind is list else GUESSES.get(kind, "1")
