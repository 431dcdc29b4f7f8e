"""Reading an exported table: text in constant memory, plain, .gz or .zst, in any encoding; a spreadsheet whole."""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import python_calamine
import zstandard

from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.mappings import Format

MARKS = ("rejected_line", "rejected_reason")
"""Columns that a rejects file adds at the end; they are dropped when it is read back."""

SPREADSHEETS = (".xlsx", ".xls", ".ods")
_BUFFER = 1 << 18
_UNREADABLE = (csv.Error, OSError, EOFError, UnicodeDecodeError, zstandard.ZstdError)


class ExportFile:
    """An exported table. `header` is known on opening; `rows()` starts from the top each time it is called."""

    def __init__(self, path: Path, form: Format):
        if not path.is_file():
            raise NotFound(f"There is no file {path}.")
        self.path, self.form = path, form
        with self._text() as text:
            self.preamble: list[str] = []
            first = self._first(text)
            if first is None and not form.header:
                raise Malformed(f"{path.name} is empty: it has no header line.")
        self._has_header = not form.header or _same(first or [], form.header)
        self._marked = self._has_header and tuple(first or ())[-len(MARKS) :] == MARKS
        names = list(first or []) if self._has_header else list(form.header)
        self.header: Sequence[str] = names[: -len(MARKS)] if self._marked else names

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(line number where the row begins, its cells), blank lines left out."""
        marks = len(MARKS) if self._marked else 0
        with self._text() as text:
            for _ in range(self.form.skip_lines):
                text.readline()
            reader = self._reader(text)
            if self._has_header:
                next(reader, None)
            skipped, begun = self.form.skip_lines + 1, reader.line_num
            try:
                for cells in reader:
                    line, begun = begun + skipped, reader.line_num
                    if cells:
                        yield line, cells[:-marks] if marks else cells
            except _UNREADABLE as error:
                raise _refusal(self.path, self.form, error, f"from line {begun + skipped}") from error

    def _first(self, text: IO[str]) -> list[str] | None:
        """The first line that is not blank, below the lines to be skipped."""
        try:
            self.preamble = [text.readline() for _ in range(self.form.skip_lines)]
            return next((cells for cells in self._reader(text) if cells), None)
        except _UNREADABLE as error:
            raise _refusal(self.path, self.form, error, "from the start") from error

    def _reader(self, text: IO[str]) -> Any:
        return csv.reader(text, delimiter=self.form.delimiter, quotechar=self.form.quote)

    def _text(self) -> IO[str]:
        if self.path.suffix.lower() in SPREADSHEETS:
            return _sheet(self.path, self.form)
        return io.TextIOWrapper(_opened(self.path), encoding=self.form.encoding, newline="")


class Rejects:
    """The file of rows that were not taken: the same columns, then line and reason. It can be mended and read again.

    Written beside its place and put there on leaving, so that a file being read is never overwritten.
    """

    def __init__(self, path: Path, source: ExportFile):
        self.path, self._source = path, source
        self._file: IO[str] | None = None
        self._part = path.with_name(path.name + ".part")
        self._writer: Any = None

    def write(self, line: int, cells: Sequence[str], reason: str) -> None:
        """Add a row with the line it stood on."""
        if self._writer is None:
            self._begin()
        self._writer.writerow([*cells, line, reason])

    def close(self) -> Path | None:
        """Put the file in its place; None where nothing was rejected."""
        if self._file is None:
            return None
        self._file.close()
        self._part.replace(self.path)
        return self.path

    def _begin(self) -> None:
        form = self._source.form
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self._file = self._part.open(
            "w", encoding=form.encoding.removesuffix("-sig"), newline="", errors="replace"
        )
        file.writelines(self._source.preamble)
        self._writer = csv.writer(file, delimiter=form.delimiter, quotechar=form.quote, lineterminator="\n")
        self._writer.writerow([*self._source.header, *MARKS])


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.GzipFile(path), _BUFFER)
    if path.suffix == ".zst":
        stream = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), closefd=True, read_across_frames=True)
        return io.BufferedReader(stream, _BUFFER)
    return path.open("rb")


def _sheet(path: Path, form: Format) -> IO[str]:
    """The first sheet of a spreadsheet as the text it would be saved as."""
    try:
        rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError) as error:
        raise Malformed(f"{path.name} cannot be read as a spreadsheet: {error}.") from error
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=form.delimiter, quotechar=form.quote).writerows(
        [int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in row] for row in rows
    )
    text.seek(0)
    return text


def _same(cells: Sequence[str], header: Sequence[str]) -> bool:
    return [cell.strip() for cell in cells[: len(header)]] == [name.strip() for name in header]


def _refusal(path: Path, form: Format, error: Exception, where: str) -> Malformed:
    if isinstance(error, UnicodeDecodeError):
        return Malformed(
            f"{path.name} is not {form.encoding} text ({error.reason} at byte {error.start})."
            " Set [file] encoding; exports of office programs are often cp1252."
        )
    hint = " Is a quote left open?" if isinstance(error, csv.Error) else ""
    return Malformed(f"{path.name} cannot be read as a table, {where}: {error}.{hint}")
