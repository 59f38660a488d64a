"""Rows of numbers: as one table for people, and as JSON with the machine and the commit for those who compare."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Row = dict[str, Any]
"""`name`, `value`, `unit`; and perhaps `goal`, `detail`, `bound_by`, and more that only the JSON shows."""

RESULTS = Path(__file__).with_name("results")
WIDTH = 150

_GOAL = re.compile(r"(?P<sign>[<>]=)? ?(?P<number>[0-9][0-9,.]*)")
_COLUMNS = ("name", "value", "unit", "goal", "detail", "bound_by")
_VERSIONS = (
    "fastapi",
    "uvicorn",
    "uvloop",
    "httptools",
    "pydantic",
    "msgspec",
    "numpy",
    "scipy",
    "cryptography",
)


def print_table(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print one table of everything."""
    table = Table(title="Volens, measured", show_lines=True)
    for heading in ("what", "value", "", "goal", "detail", "bound by"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        value = row["value"]
        shown = [row.get(column, "") for column in _COLUMNS]
        shown[1] = f"{value:,}" if isinstance(value, int | float) else str(value)
        table.add_row(*shown)
    (console or Console(width=WIDTH)).print(table)


def misses_its_goal(row: Row) -> bool:
    """Whether the value of a row is on the wrong side of the first number of its goal; without a comparison it is a most."""
    found = _GOAL.match(str(row.get("goal", "")))
    if found is None:
        return False
    goal = float(found["number"].replace(",", ""))
    return bool(row["value"] < goal if found["sign"] == ">=" else row["value"] > goal)


def write_json(
    rows: Sequence[Row], options: Mapping[str, Any], now: datetime, results: Path = RESULTS
) -> Path:
    """Keep the rows with where and how they were measured; the file's path."""
    results.mkdir(exist_ok=True)
    path = results / f"{now:%Y%m%dT%H%M%SZ}.json"
    found = {
        "at": now.isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _VERSIONS},
        "options": dict(options),
        "rows": list(rows),
    }
    path.write_text(json.dumps(found, indent=2) + "\n")
    return path


def commit() -> str:
    """The commit that was measured; `+` behind it if the tree was changed since."""
    here = Path(__file__).parent

    def git(*args: str) -> str:
        done = subprocess.run(["git", *args], cwd=here, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")


def machine() -> dict[str, Any]:
    """What it ran on."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "system": platform.platform(),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(pages / 1e9, 1),
    }
