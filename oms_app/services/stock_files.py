"""A stock list out of a browser: kept for a moment, tried, shown, and then taken or dropped."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.stock_sheet import FilePreview
from oms_app.services.import_lists import import_stock
from oms_app.services.imports import Summary
from oms_app.settings import get_settings

MOST_BYTES = 10_000_000
KINDS = (".csv", ".xlsx", ".xls", ".ods", ".gz", ".zst")
_MOST_REJECTS = 20
_TOKEN = re.compile(r"[0-9a-f]{32}")


def preview(actor: Actor, name: str, content: bytes) -> FilePreview:
    """Keep the file and say what taking it would do; nothing is changed. Raises Malformed, Refused."""
    actor.require(Permission.ADJUST_STOCK)
    kind = Path(name).suffix.lower()
    if kind not in KINDS:
        raise Malformed(f"A stock list is a file of these kinds: {', '.join(KINDS)}.", details={"field": "file"})
    if len(content) > MOST_BYTES:
        raise Refused(f"The file is larger than {MOST_BYTES // 1_000_000} MB: oms import stock takes it.")
    token = secrets.token_hex(16)
    path = _folder() / f"{token}{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        return _told(token, _run(actor, path, dry_run=True), path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def take(actor: Actor, token: str) -> FilePreview:
    """Take the file that was shown. `rejects` of the answer is the whole file of rows that were not taken."""
    actor.require(Permission.ADJUST_STOCK)
    path = _kept(token)
    told = _told(token, _run(actor, path, dry_run=False), path)
    path.unlink()
    return told


def drop(actor: Actor, token: str) -> None:
    """Forget the file."""
    actor.require(Permission.ADJUST_STOCK)
    _kept(token).unlink()


def _run(actor: Actor, path: Path, *, dry_run: bool) -> Summary:
    return import_stock(actor, path, dry_run=dry_run, rejected=path.with_suffix(".rejected"))


def _told(token: str, summary: Summary, path: Path) -> FilePreview:
    rejected = path.with_suffix(".rejected")
    text = rejected.read_text() if rejected.is_file() else ""
    rejected.unlink(missing_ok=True)
    reasons = tuple(f"{reason} ({count})" for reason, count in summary.reasons.most_common(_MOST_REJECTS))
    return FilePreview(token, summary.read, summary.imported, summary.already, summary.rejected, reasons, text)


def _kept(token: str) -> Path:
    found = next(_named(token), None) if _TOKEN.fullmatch(token) else None
    if found is None:
        raise NotFound("This file is not here any more: choose it again.")
    return found


def _named(token: str) -> Iterator[Path]:
    return (path for path in _folder().glob(f"{token}.*") if path.suffix in KINDS)


def _folder() -> Path:
    return get_settings().data_dir / "uploads"
