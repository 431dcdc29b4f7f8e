"""A list of products or stock out of a browser: kept for a moment, tried, shown, and then taken or dropped."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.import_lists import ListPreview
from oms_app.domain.permissions import Actor, Permission
from oms_app.services.import_lists import import_products, import_stock
from oms_app.services.imports import Summary
from oms_app.settings import get_settings

MOST_BYTES = 10_000_000
KINDS = (".csv", ".xlsx", ".xls", ".ods", ".gz", ".zst")
What = Literal["products", "stock"]
_TAKE: Mapping[What, Callable[..., Summary]] = {"products": import_products, "stock": import_stock}
_NEEDS: Mapping[What, Permission] = {"products": Permission.IMPORT, "stock": Permission.ADJUST_STOCK}
_MOST_REASONS = 20
_TOKEN = re.compile(r"[0-9a-f]{32}")


def preview(actor: Actor, what: What, name: str, content: bytes) -> ListPreview:
    """Keep the file and say what taking it would do; nothing is changed. Raises Malformed, Refused."""
    actor.require(_NEEDS[what])
    kind = Path(name).suffix.lower()
    if kind not in KINDS:
        raise Malformed(f"A list is a file of these kinds: {', '.join(KINDS)}.", details={"field": "file"})
    if len(content) > MOST_BYTES:
        raise Refused(f"The file is larger than {MOST_BYTES // 1_000_000} MB: oms import {what} takes it.")
    token = secrets.token_hex(16)
    path = _folder() / f"{what}-{token}{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        return _run(actor, what, token, path, dry_run=True)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def take(actor: Actor, what: What, token: str) -> ListPreview:
    """Take the file that was shown. `rejects` of the answer is the whole file of rows that were not taken."""
    actor.require(_NEEDS[what])
    path = _kept(what, token)
    told = _run(actor, what, token, path, dry_run=False)
    path.unlink()
    return told


def drop(actor: Actor, what: What, token: str) -> None:
    """Forget the file."""
    actor.require(_NEEDS[what])
    _kept(what, token).unlink()


def _run(actor: Actor, what: What, token: str, path: Path, *, dry_run: bool) -> ListPreview:
    rejected = path.with_suffix(".rejected")
    summary = _TAKE[what](actor, path, dry_run=dry_run, rejected=rejected)
    text = rejected.read_text() if rejected.is_file() else ""
    rejected.unlink(missing_ok=True)
    return ListPreview(
        token,
        read=summary.read,
        added=summary.products_added,
        changed=summary.imported - summary.products_added,
        same=summary.already,
        rejected=summary.rejected,
        reasons=tuple(f"{reason} ({count})" for reason, count in summary.reasons.most_common(_MOST_REASONS)),
        rejects=text,
    )


def _kept(what: What, token: str) -> Path:
    found = next(_named(what, token), None) if _TOKEN.fullmatch(token) else None
    if found is None:
        raise NotFound("This file is not here any more: choose it again.")
    return found


def _named(what: What, token: str) -> Iterator[Path]:
    return (path for path in _folder().glob(f"{what}-{token}.*") if path.suffix in KINDS)


def _folder() -> Path:
    return get_settings().data_dir / "uploads"
