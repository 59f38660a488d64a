"""The tables of docs/audit-format.md, and how binary data is read by nothing but them."""

from __future__ import annotations

from typing import Any

from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "audit-format.md").read_text()

Rows = list[dict[str, str]]
Fields = dict[str, Any]


def tables(heading: str) -> list[Rows]:
    """The tables of a section: rows by the names of their columns."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found: list[Rows] = []
    columns: list[str] = []
    for line in section.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            columns = []
        elif not columns:
            columns = cells
            found.append([])
        elif not set(line) <= set("|-"):
            found[-1].append(dict(zip(columns, cells, strict=True)))
    return found


def take_apart(data: bytes, rows: Rows) -> tuple[Fields, int]:
    """The fields of the structure that a table describes, and where it ends; what is one to eight bytes wide is a number."""
    fields: Fields = {}
    end = 0
    for row in rows:
        offset = sum(int(part) if part.isdigit() else fields[part] for part in row["offset"].split(" + "))
        assert offset == end, row
        width = row["bytes"]
        is_number = width in {"1", "2", "4", "8"} and row["field"] not in {"magic", "key_hash"}
        length = len(data) - offset if width == "rest" else int(width) if width.isdigit() else fields[width]
        raw = data[offset : offset + length]
        assert len(raw) == length >= 0, row
        fields[row["field"]] = int.from_bytes(raw, "big") if is_number else raw
        end = offset + length
    return fields, end


def whole(data: bytes, rows: Rows) -> Fields:
    """The fields of a structure behind which nothing stands."""
    fields, end = take_apart(data, rows)
    assert end == len(data)
    return fields


def all_of(data: bytes, rows: Rows) -> list[Fields]:
    """One structure after the other, to the end."""
    found = []
    while data:
        fields, end = take_apart(data, rows)
        found.append(fields)
        data = data[end:]
    return found
