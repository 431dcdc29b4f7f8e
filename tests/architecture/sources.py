"""The files the house rules read."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


WRITTEN = {".venv", ".web", ".states", "data", "build", "dist", "__pycache__", "node_modules"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows or would take in; without git, every file that no tool wrote."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    git = subprocess.run(listing, cwd=ROOT, check=False, capture_output=True, text=True)
    names = git.stdout.splitlines() if git.returncode == 0 else [str(path.relative_to(ROOT)) for path in _walk(ROOT)]
    return tuple(path for name in sorted(names) if (path := ROOT / name).is_file())


def _walk(directory: Path) -> Iterator[Path]:
    for path in directory.iterdir():
        if path.is_dir() and path.name not in WRITTEN and not path.name.endswith(("_cache", ".egg-info", ".git")):
            yield from _walk(path)
        elif path.is_file():
            yield path


def modules(*packages: str) -> list[Path]:
    """The Python files under these packages, e.g. "oms_app/state"."""
    roots = [ROOT / package for package in packages]
    return [path for path in tracked() if path.suffix == ".py" and any(root in path.parents for root in roots)]


@cache
def tree(path: Path) -> ast.Module:
    """A module as a syntax tree."""
    return ast.parse(path.read_text(), str(path))


def name(path: Path, node: ast.AST | None = None) -> str:
    """Where something stands, as an editor opens it."""
    line = getattr(node, "lineno", None)
    return f"{path.relative_to(ROOT)}" + (f":{line}" if line else "")


def called(call: ast.Call) -> str:
    """The dotted name a call goes to, e.g. "rx.foreach"."""
    return ast.unparse(call.func)
