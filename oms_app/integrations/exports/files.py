"""Reading an exported table in constant memory: plain, .gz or .zst, any encoding and delimiter."""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import zstandard

from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.mappings import Format

MARKS = ("rejected_line", "rejected_reason")
"""Columns that a rejects file adds at the end; they are dropped when it is read back."""

_BUFFER = 1 << 18


class ExportFile:
    """An exported table. `header` is known on opening; `rows()` starts from the top each time it is called."""

    def __init__(self, path: Path, form: Format):
        if not path.is_file():
            raise NotFound(f"There is no file {path}.")
        self.path, self.form = path, form
        with self._text() as text:
            self.preamble = [text.readline() for _ in range(form.skip_lines)]
            first = _next(self._reader(text), path)
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
            while True:
                try:
                    for cells in reader:
                        line, begun = begun + skipped, reader.line_num
                        if cells:
                            yield line, cells[:-marks] if marks else cells
                    return
                except csv.Error as error:
                    raise Malformed(
                        f"{self.path.name}, from line {begun + skipped}: {error}. Is a quote left open?"
                    ) from error
                except UnicodeDecodeError as error:
                    raise _not_text(self.path, self.form, error) from error

    def _reader(self, text: IO[str]) -> Any:
        return csv.reader(text, delimiter=self.form.delimiter, quotechar=self.form.quote)

    def _text(self) -> IO[str]:
        return io.TextIOWrapper(_opened(self.path), encoding=self.form.encoding, newline="")


class Rejects:
    """The file of rows that were not taken: the same columns, then line and reason, so that it can be mended and read again.

    Written beside its place and put there on leaving, so that a file being read is never overwritten.
    """

    def __init__(self, path: Path, source: ExportFile):
        self.path, self._source, self._file = path, source, None
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
        self._file = self._part.open("w", encoding=form.encoding.removesuffix("-sig"), newline="", errors="replace")
        self._file.writelines(self._source.preamble)
        self._writer = csv.writer(self._file, delimiter=form.delimiter, quotechar=form.quote, lineterminator="\n")
        self._writer.writerow([*self._source.header, *MARKS])


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return gzip.open(path, "rb")
    if path.suffix == ".zst":
        stream = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), closefd=True, read_across_frames=True)
        return io.BufferedReader(stream, _BUFFER)  # type: ignore[arg-type]
    return path.open("rb")


def _next(reader: Any, path: Path) -> list[str] | None:
    try:
        return next((cells for cells in reader if cells), None)
    except (csv.Error, OSError, EOFError, UnicodeDecodeError, zstandard.ZstdError) as error:
        raise Malformed(f"{path.name} cannot be read as a table: {error}.") from error


def _same(cells: Sequence[str], header: Sequence[str]) -> bool:
    return [cell.strip() for cell in cells[: len(header)]] == [name.strip() for name in header]


def _not_text(path: Path, form: Format, error: UnicodeDecodeError) -> Malformed:
    return Malformed(
        f"{path.name} is not {form.encoding} text ({error.reason} at byte {error.start})."
        " Set [file] encoding; exports of office programs are often cp1252."
    )
