"""CSV (RFC 4180) with a header line, plain or gzipped, read line by line so that a bad line has a number.

Every cell is text: an order number like `C536548` among digits is no surprise. A quoted cell may span
lines, up to a bound; beyond it the opening line is bad and reading goes on with the next one, so that one
stray quotation mark costs one line and not the rest of the file.

NOTE: Polars is not used here. Measured with 1.36.1: a row with too many cells is either fatal for the
whole file or cut silently, and a row has no line number.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from gateway.replay.errors import RecordingError
from gateway.replay.lines import numbered_lines
from gateway.replay.model import Fault

MAX_LINES_IN_A_CELL = 20
"""A quoted cell that spans more lines is taken for a stray quotation mark."""

MAX_COLUMNS = 1_000


class CsvTable:
    """The rows of one CSV file, once, in order."""

    def __init__(self, path: Path) -> None:
        """Read the header.

        Raises:
            RecordingError: the file cannot be read or has no header.
        """
        self._lines = numbered_lines(path)
        self._ahead: deque[tuple[int, bytes | Fault]] = deque()
        self._delimiter = ","
        first = next(self._lines, None)
        if first is None or isinstance(first[1], Fault):
            raise RecordingError("the file is empty or its first line cannot be read")
        header = _decode(first[1])
        if isinstance(header, Fault):
            raise RecordingError("the header line is not UTF-8 text")
        header = header.removeprefix("\ufeff")
        self._delimiter = max(",;\t|", key=header.count)
        names = self._split(header)
        if not names or len(names) > MAX_COLUMNS:
            raise RecordingError("the header line is not a list of column names")
        self.header: list[str] = [name.strip() for name in names]
        """The column names."""

    def rows(self) -> Iterator[tuple[int, list[str] | Fault]]:
        """Yield each row's first line number (the header is 1) and its cells, or what is wrong with it."""
        while (entry := self._next_line()) is not None:
            number, line = entry
            if line == b"":
                continue
            row = line if isinstance(line, Fault) else self._row(line)
            if not isinstance(row, Fault) and len(row) != len(self.header):
                row = Fault.NOT_A_ROW
            yield number, row

    def _next_line(self) -> tuple[int, bytes | Fault] | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _row(self, line: bytes) -> list[str] | Fault:
        """The cells of the row that begins with `line`; further lines are taken only if they complete it."""
        text = _decode(line)
        if isinstance(text, Fault):
            return text
        cells = self._split(text)
        taken: list[tuple[int, bytes | Fault]] = []
        while cells is None and len(taken) < MAX_LINES_IN_A_CELL:
            entry = self._next_line()
            if entry is None:
                break
            taken.append(entry)
            more = Fault.NOT_A_ROW if isinstance(entry[1], Fault) else _decode(entry[1])
            if isinstance(more, Fault):
                break
            text = f"{text}\n{more}"
            cells = self._split(text)
        if cells is None:
            self._ahead.extendleft(reversed(taken))
            return Fault.NOT_A_ROW
        return cells

    def _split(self, text: str) -> list[str] | None:
        """The cells of a complete row; None while a quotation is open or when it is broken."""
        try:
            rows = list(csv.reader([text], delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None
        return rows[0] if rows else []


def _decode(line: bytes) -> str | Fault:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return Fault.NOT_TEXT
