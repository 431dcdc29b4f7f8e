"""Taking the history of another system in: whole orders in batches, twice is once, and sums that add up."""

import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from oms_app.db.checkpoint import checkpointing
from oms_app.db.engine import is_duplicate, reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import imports as rows
from oms_app.domain import mappings, money
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.imported import ImportedOrder
from oms_app.domain.imports import OrderReader
from oms_app.domain.lifecycle import Stage
from oms_app.domain.mappings import Mapping
from oms_app.domain.permissions import Actor, Permission
from oms_app.integrations.exports import grouping, presets
from oms_app.integrations.exports.files import ExportFile, Rejects
from oms_app.services import events, priorities
from oms_app.settings import get_settings

Progress = Callable[[int, int], None]

_BATCH_LINES = 12_000
_BATCH_ORDERS = 500
_TRIES = 5


@dataclass(slots=True)
class Summary:
    """What became of a file: read = imported + already + rejected, in rows (and so in orders).

    amounts  total of the imported orders by currency, minor units        reasons  rejected rows by reason
    """

    file: str
    channel: str
    dry_run: bool = False
    read: int = 0
    imported: int = 0
    already: int = 0
    rejected: int = 0
    orders_imported: int = 0
    orders_already: int = 0
    orders_rejected: int = 0
    products_added: int = 0
    customers_added: int = 0
    amounts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rejected_path: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The summary as a JSON object; amounts in major units."""
        amounts = {currency: money.to_major(amount, currency) for currency, amount in self.amounts.items()}
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return plain | {"amounts": amounts, "reasons": dict(self.reasons)}


def read_mapping(path: Path | None = None, preset: str = "") -> Mapping:
    """The mapping of a TOML file, or a preset that ships with the shop. Raises Malformed, NotFound."""
    if (path is None) == (not preset):
        raise Malformed(f"Say how to read the file: a mapping file, or a preset ({', '.join(presets.names())}).")
    if path is not None and not path.is_file():
        raise NotFound(f"There is no mapping file {path}.")
    source = path.read_bytes() if path is not None else presets.read(preset)
    try:
        return mappings.parse(tomllib.loads(source.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{path or preset} is not TOML: {error}.") from error


def import_orders(
    actor: Actor,
    path: Path,
    mapping: Mapping,
    *,
    channel: str = "",
    stage: Stage | None = None,
    rejected: Path | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Import the orders of a file, in batches that are whole orders: killed and run again, nothing is lost or double.

    channel   where the orders belong, the mapping's by default; made if there is none
    stage     stage of every order; by default what the mapping says
    rejected  file for the rows that cannot be taken; by default one in the data directory
    progress  called with (rows done, rows in the file)
    """
    actor.require(Permission.IMPORT)
    name = channel or mapping.channel
    if not name:
        raise Malformed("Name the channel these orders belong to, in the mapping or with --channel.")
    source = ExportFile(path, mapping.file)
    summary = Summary(file=str(path), channel=name, dry_run=dry_run)
    place = _channel(name, mapping)
    reader = OrderReader(mapping, source.header, mapping.currency or place.currency, stage or None)
    run = _Run(actor, place, reader, Rejects(rejected or rejects_path(path), source), summary, progress)
    survey = run.survey(source)
    if not (place.id or dry_run):
        run.place = _add_channel(actor, place, mapping.title)
    with checkpointing():
        run.take(source, survey)
    if summary.read != summary.imported + summary.already + summary.rejected:
        raise AssertionError(f"the rows do not add up: {summary}")
    if not dry_run:
        with transaction() as tx:
            told = {key: value for key, value in summary.as_dict().items() if key not in ("dry_run", "rejected_path")}
            events.record(tx, actor, "orders_imported", subject="channel", subject_id=run.place.id, after=told)
    return summary


@dataclass(frozen=True, slots=True)
class _Place:
    """The channel that takes the orders; `id` is 0 for one that is not there yet."""

    id: int
    name: str
    currency: str
    demo: bool = False


@dataclass(slots=True)
class _Run:
    """One pass over one file."""

    actor: Actor
    place: _Place
    reader: OrderReader
    rejects: Rejects
    summary: Summary
    progress: Progress | None
    batch: list[ImportedOrder] = field(default_factory=list)
    lines: int = 0

    def survey(self, source: ExportFile) -> grouping.Survey:
        """Read the whole file once: it can be read, and this is what it holds."""
        width = len(source.header)
        return grouping.survey(source.rows(), lambda cells: self._key(cells, width))

    def take(self, source: ExportFile, survey: grouping.Survey) -> None:
        """Group the rows into orders and write them, batch after batch."""
        width = len(source.header)
        for number, records in grouping.grouped(source.rows(), lambda cells: self._key(cells, width), survey.scattered):
            self.summary.read += len(records)
            if number:
                self._add(number, records)
            else:
                for line, cells in records:
                    self._reject([(line, cells)], _no_key(cells, width))
            if self.lines >= _BATCH_LINES or len(self.batch) >= _BATCH_ORDERS:
                self._flush()
                if self.progress:
                    self.progress(self.summary.read, survey.rows)
        self._flush()
        if self.progress:
            self.progress(survey.rows, survey.rows)
        written = self.rejects.close()
        self.summary.rejected_path = str(written or "")

    def _key(self, cells: Sequence[str], width: int) -> str | None:
        return self.reader.key(cells) if len(cells) == width else None

    def _add(self, number: str, records: list[grouping.Record]) -> None:
        kept = []
        for line, cells in records:
            if why := self.reader.left_out(cells):
                self._reject([(line, cells)], why)
            else:
                kept.append((line, cells))
        if not kept:
            self.summary.orders_rejected += 1
            return
        try:
            order = self.reader.order(number, kept)
        except Malformed as error:
            self._reject_order(number, kept, error.message)
            return
        self.batch.append(order)
        self.lines += len(kept)

    def _flush(self) -> None:
        written = self._write() if self.batch else rows.Written()
        summary = self.summary
        summary.products_added += written.products
        summary.customers_added += written.customers
        summary.orders_imported += len(written.imported)
        summary.orders_already += len(written.already)
        summary.imported += sum(len(order.rows) for order in written.imported)
        summary.already += sum(len(order.rows) for order in written.already)
        for order in written.imported:
            summary.amounts[order.currency] += order.total
        for order, reason in written.refused:
            self._reject_order(order.external_id, order.rows, reason)
        self.batch, self.lines = [], 0

    def _write(self) -> rows.Written:
        if self.summary.dry_run:
            with reading() as tx:
                return rows.sort_out(tx, self.place.id, self.batch)
        for attempt in range(1, _TRIES + 1):
            try:
                with transaction() as tx:
                    priorities.score_all_soon(tx)
                    return rows.write(
                        tx,
                        self.place,
                        self.batch,
                        actor=self.actor.name,
                        source=self.actor.source,
                        now=datetime.now(UTC),
                    )
            except IntegrityError as error:
                # Another writer was first with an order, a customer or a product: look again at what is here now.
                if not is_duplicate(error) or attempt == _TRIES:
                    raise
        raise AssertionError("unreachable")

    def _reject_order(self, number: str, records: Sequence[tuple[int, Sequence[str]]], reason: str) -> None:
        """An order is taken whole or not at all, so that its rows can be mended and read again."""
        self.summary.orders_rejected += 1
        self._reject(records, f"order {number}: {reason}")

    def _reject(self, records: Sequence[tuple[int, Sequence[str]]], reason: str) -> None:
        for line, cells in records:
            self.rejects.write(line, cells, reason)
        self.summary.rejected += len(records)
        self.summary.reasons[_kind(reason)] += len(records)


def _channel(name: str, mapping: Mapping) -> _Place:
    with reading() as tx:
        row = catalogue.channel_named(tx, name)
    if row is None:
        return _Place(0, name, mapping.currency or get_settings().currency)
    if row.demo:
        raise Refused(f"The channel {name} is part of the demo shop. Name another with --channel.")
    return _Place(row.id, row.name, row.currency)


def _add_channel(actor: Actor, place: _Place, title: str) -> _Place:
    with transaction() as tx:
        values = {"name": place.name, "title": title or place.name, "kind": "file", "currency": place.currency}
        channel_id = catalogue.add_channel(tx, active=True, demo=False, **values)
        events.record(tx, actor, "channel_added", subject="channel", subject_id=channel_id, after=values)
    return replace(place, id=channel_id)


def rejects_path(path: Path) -> Path:
    """Where the rejected rows of a file go by default."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    stem = path.name.removesuffix(".zst").removesuffix(".gz").removesuffix(".csv").removesuffix(".xlsx")
    return get_settings().data_dir / "rejects" / f"{stem}-{stamp}.csv"


def _no_key(cells: Sequence[str], width: int) -> str:
    if len(cells) != width:
        return f"the row has {len(cells)} cells where the header has {width}."
    return "the order number is blank."


def _kind(reason: str) -> str:
    """A reason without the order and the line it names, to be counted."""
    head, _, tail = reason.partition(": ")
    if not head.startswith(("order ", "line ")) or not tail:
        return reason
    return _kind(tail)
