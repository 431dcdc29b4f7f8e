"""Taking in product lists and stock lists: each row is one act of the catalogue or of the ledger, and twice is once."""

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from oms_app.db.checkpoint import checkpointing
from oms_app.db.engine import transaction
from oms_app.db.queries import catalogue as rows
from oms_app.db.queries import lots
from oms_app.db.queries import stock as levels
from oms_app.domain import mappings
from oms_app.domain.errors import Malformed, NotFound, OmsError
from oms_app.domain.import_lists import PRODUCT, STOCK, ListReader
from oms_app.domain.mappings import Mapping
from oms_app.domain.permissions import Actor, Permission
from oms_app.integrations.exports.files import ExportFile, Rejects
from oms_app.services import catalogue, products, stock
from oms_app.services.imports import Progress, Summary, rejects_path

_BATCH = 200


class _DryRun(Exception):
    """Ends a batch without keeping it."""


def import_products(actor: Actor, path: Path, **options: Any) -> Summary:
    """Add the products of a list, and change those that are here where a filled cell says something else.

    mapping   TOML file with [file] and [product]; columns have our names otherwise
    dry_run, rejected, progress  as in `imports.import_orders`
    """
    actor.require(Permission.IMPORT)
    actor.require(Permission.EDIT_PRODUCTS)

    added = 0

    def take(read: ListReader, _line: int, cells: Sequence[str]) -> bool:
        nonlocal added
        became = _product(actor, read.product(cells))
        added += became == "added"
        return became != "same"

    summary = _import(path, "product", PRODUCT, ("sku",), take, **options)
    summary.products_added = added
    return summary


def import_stock(actor: Actor, path: Path, **options: Any) -> Summary:
    """Take a stock list in: `on_hand` is what was counted, `change` what came or went; both as movements of the ledger.

    A change is told by the file's content and the line it stands on, so that the same file moves the same stock once.
    """
    actor.require(Permission.ADJUST_STOCK)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""

    def take(read: ListReader, line: int, cells: Sequence[str]) -> bool:
        row = read.stock(cells)
        reason = row.reason or f"Imported from {path.name}"
        before = _on_hand(row.sku, row.location, row.lot.code)
        if row.on_hand is None:
            stock.adjust(
                actor, row.sku, row.location, row.change, reason=reason, cause=f"import:{digest}:{line}", lot=row.lot
            )
        elif row.on_hand != before:
            stock.adjust(actor, row.sku, row.location, row.on_hand - before, reason=reason, kind="counted", lot=row.lot)
        return _on_hand(row.sku, row.location, row.lot.code) != before

    return _import(path, "stock", STOCK, ("sku", "location"), take, **options)


@dataclass(frozen=True, slots=True)
class _Source:
    """A list that is read: its file and its reader."""

    file: ExportFile
    reader: ListReader


def _import(
    path: Path,
    section: str,
    keys: Sequence[str],
    required: Sequence[str],
    take: Callable[[ListReader, int, Sequence[str]], bool],
    *,
    mapping: Path | None = None,
    dry_run: bool = False,
    rejected: Path | None = None,
    progress: Progress | None = None,
) -> Summary:
    rules = _rules(mapping, section, keys, required)
    file = ExportFile(path, rules.file)
    source = _Source(file, ListReader(rules, section, file.header))
    summary = Summary(file=str(path), channel="", dry_run=dry_run)
    rejects = Rejects(rejected or rejects_path(path), file)
    total = sum(1 for _ in file.rows())
    batch: list[tuple[int, list[str]]] = []
    with checkpointing():
        for record in file.rows():
            batch.append(record)
            if len(batch) == _BATCH:
                _take_batch(source, batch, take, summary, rejects)
                batch = []
                if progress:
                    progress(summary.read, total)
        _take_batch(source, batch, take, summary, rejects)
    if progress:
        progress(total, total)
    summary.rejected_path = str(rejects.close() or "")
    return summary


def _take_batch(
    source: _Source,
    batch: list[tuple[int, list[str]]],
    take: Callable[[ListReader, int, Sequence[str]], bool],
    summary: Summary,
    rejects: Rejects,
) -> None:
    """One transaction; a row that is refused is undone by itself."""
    width = len(source.file.header)
    try:
        with transaction():
            for line, cells in batch:
                summary.read += 1
                try:
                    if len(cells) != width:
                        raise Malformed(f"the row has {len(cells)} cells where the header has {width}.")
                    with transaction():
                        changed = take(source.reader, line, cells)
                    summary.imported += changed
                    summary.already += not changed
                except OmsError as error:
                    rejects.write(line, cells, error.message)
                    summary.rejected += 1
                    summary.reasons[error.message] += 1
            if summary.dry_run:
                raise _DryRun
    except _DryRun:
        return


def _rules(mapping: Path | None, section: str, keys: Sequence[str], required: Sequence[str]) -> Mapping:
    if mapping is None:
        return mappings.parse_table({}, section, keys, required)
    if not mapping.is_file():
        raise NotFound(f"There is no mapping file {mapping}.")
    try:
        return mappings.parse_table(tomllib.loads(mapping.read_text()), section, keys, required)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{mapping} is not TOML: {error}.") from error


def _product(actor: Actor, values: dict[str, Any]) -> Literal["added", "changed", "same"]:
    """Add a product, or change it where it is not so already."""
    sku, later = values["sku"], {name: values.pop(name) for name in ("active", "attributes") if name in values}
    with transaction() as tx:
        known = rows.products_by_sku(tx, [sku]).get(sku)
        if known is None:
            catalogue.add_product(actor, **{"name": sku, **values})
            products.write(tx, actor, products.found(tx, sku), **later)
            return "added"
        rate = values.pop("gst_rate", None)
        changed = products.write(tx, actor, known, **values, **later)
        if rate is None or rate == known.gst_rate:
            return "changed" if changed else "same"
        products.set_rate(actor, sku, rate, products.today())
        return "changed"


def _on_hand(sku: str, location: str, lot: str) -> int:
    """Units of a product at a location; of one lot, where the row names one."""
    with transaction() as tx:
        known = rows.products_by_sku(tx, [sku]).get(sku)
        if known is None:
            raise NotFound(f"there is no product with the SKU {sku}.")
        if lot:
            held = lots.of_product(tx, known.id)
            return sum(row.on_hand for row in held if (row.location, row.code) == (location, lot))
        found = (row.on_hand for row in levels.levels_of(tx, known.id) if row.code == location)
        return int(next(found, 0))
