"""Rules about how the code is written."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, called, modules, name, tracked, tree

LONGEST = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base"}


def test_no_file_is_longer_than_400_lines() -> None:
    history = ROOT / "oms_app/db/migrations/versions"
    code = [path for path in tracked() if path.suffix in {".py", ".css", ".js"} and path.parent != history]
    assert [name(path) for path in code if len(path.read_text().splitlines()) > LONGEST] == []


def test_every_module_opens_with_one_line_that_says_what_it_is() -> None:
    def opens_well(path: Path) -> bool:
        sentence = (ast.get_docstring(tree(path)) or "").split("\n\n")[0]
        return bool(sentence) and len(sentence.splitlines()) <= 2

    assert [name(path) for path in modules("oms_app", "tests") if not opens_well(path)] == []


def test_nothing_has_a_vague_name() -> None:
    code = modules("oms_app", "tests")
    assert [name(path) for path in code if VAGUE & {path.stem, *path.relative_to(ROOT).parts[:-1]}] == []


def test_only_the_engine_commits() -> None:
    others = [path for path in modules("oms_app") if path != ROOT / "oms_app/db/engine.py"]
    assert [name(path, call) for path in others for call in _calls(path) if called(call).endswith(".commit")] == []


def test_foreach_takes_no_lambda() -> None:
    found = [
        name(path, call)
        for path in modules("oms_app")
        for call in _calls(path)
        if called(call).endswith("foreach") and any(isinstance(each, ast.Lambda) for each in call.args)
    ]
    assert found == []


def test_handlers_are_async_and_call_one_service_at_most() -> None:
    slow = [name(path, handler) for path, handler in _handlers() if not isinstance(handler, ast.AsyncFunctionDef)]
    assert slow == []
    busy = [name(path, handler) for path, handler in _handlers() if _service_calls(handler) > 1]
    assert busy == []


def test_the_tree_names_no_registry_and_no_machine() -> None:
    registries = r"registry\.npmjs|registry\.npm[m]irror|registry\.yarnpkg|pythonh[o]sted\.org|pypi\.org/simple"
    machines = r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+|private/tmp|var/folders)/"
    wanted = re.compile(f"{registries}|{machines}")
    found = [
        f"{name(path)}: {match.group()}"
        for path in tracked()
        if path != Path(__file__) and (match := wanted.search(path.read_text(errors="ignore")))
    ]
    assert found == []


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def _handlers() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every method of a state that is marked as an event handler."""
    for path in modules("oms_app/state"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                marks = {ast.unparse(mark).split("(")[0] for mark in node.decorator_list}
                if marks & {"rx.event", "event"}:
                    yield path, node


def _service_calls(handler: ast.AST) -> int:
    calls = [called(node) for node in ast.walk(handler) if isinstance(node, ast.Call)]
    return sum(target in {"self.call", "asyncio.to_thread", "rx.run_in_thread"} for target in calls)
