"""Files that lie beside the project and are not part of it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
ELSEWHERE = Path(__file__).resolve().parents[3] / "shared"


def shared(name: str) -> Path:
    """A file of `../shared`; the test that needs it is skipped, and says so, where it is not there."""
    for folder in (SHARED, ELSEWHERE):
        if (folder / name).is_file():
            return folder / name
    pytest.skip(f"needs ../shared/{name}")
