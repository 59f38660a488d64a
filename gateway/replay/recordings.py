"""A recording of events, whatever its form: JSON Lines, CSV or Parquet. The form is told by the content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from gateway.replay.columns import find_columns
from gateway.replay.csv_table import CsvTable
from gateway.replay.errors import RecordingError
from gateway.replay.json_lines import read_json_lines
from gateway.replay.lines import first_bytes
from gateway.replay.model import BadLine, Fault, Recorded
from gateway.replay.rows import RowReader

_PROBE_BYTES = 65_536

_PARQUET_MAGIC = b"PAR1"

_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of recorded events; it can be read more than once."""

    path: Path
    """The file it is read from."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Role -> column, for tables whose columns have unusual names."""
    event: str | None = None
    """What every row of a table is, when no column says it."""

    def read(self) -> Iterator[Recorded | BadLine]:
        """Yield the events in the file's order, and the bad lines among them.

        Raises:
            RecordingError: the file cannot be read or its form is not known.
            ColumnsError: a table lacks a needed column.
        """
        start = first_bytes(self.path, _PROBE_BYTES)
        if start.startswith(_PARQUET_MAGIC):
            return self._read_parquet()
        text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not text:
            raise RecordingError("the file is empty")
        if text.startswith(b"["):
            raise RecordingError("a JSON array is not read; write one object per line (JSON Lines)")
        return read_json_lines(self.path) if _are_objects(text) else self._read_csv()

    def _read_csv(self) -> Iterator[Recorded | BadLine]:
        table = CsvTable(self.path)
        reader = RowReader(table.header, find_columns(table.header, self.mapping), self.event)
        for number, row in table.rows():
            event = row if isinstance(row, Fault) else reader.event_of(row)
            yield BadLine(number, event) if isinstance(event, Fault) else Recorded(number, event)

    def _read_parquet(self) -> Iterator[Recorded | BadLine]:
        from gateway.replay.parquet_table import ParquetTable

        table = ParquetTable(self.path)
        columns = find_columns(table.header, self.mapping)
        used = columns.used()
        reader = RowReader(used, columns, self.event)
        for number, row in table.rows(used):
            event = reader.event_of(row)
            yield BadLine(number, event) if isinstance(event, Fault) else Recorded(number, event)


def _are_objects(text: bytes) -> bool:
    """Whether the lines are objects: the first one is, or most others, where that one was cut off when logs were rotated."""
    first, *others = filter(None, map(bytes.strip, text.split(b"\n")))
    return first.startswith(b"{") or 2 * sum(map(_is_object, others)) > len(others)


def _is_object(line: bytes) -> bool:
    try:
        return bool(_decode_object(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
