"""The files the house rules read."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows or would take in, without what is ignored."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return tuple(path for name in sorted(names) if (path := ROOT / name).is_file())


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
