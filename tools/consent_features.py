"""Writes docs/consent-features.md: what a consent engine can have, what ours does, and the command that shows it.

    python -m tools.consent_features            the page, as it should be now (`make fmt` writes it, `make check` compares)
    python -m tools.consent_features --run      run every command, and record with which exit code it ended (`make features`)

The rows are `consent_features.toml`, the exit codes `consent_features.json`, each kept by its command: another command has no
outcome until it is run. Every command is a test of the suite as well, so a row that stops working fails there, too.
"""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools import recorded_runs

HERE = Path(__file__).resolve().parent
ROWS = HERE / "consent_features.toml"
OUTCOMES = HERE / "consent_features.json"

Answer = Literal["yes", "partly", "no"]


@dataclass(frozen=True)
class Feature:
    """One row of the table."""

    number: int
    """From 1, in the order of the file."""
    feature: str
    """What it is."""
    answer: Answer
    """Whether we have it."""
    ours: str
    """What ours does; empty if nothing."""
    missing: str
    """What it does not do; empty if nothing."""
    test: str | None
    """The pytest node that shows it; None for what we have not got."""


def features() -> list[Feature]:
    """Return every row of the table."""
    found = tomllib.loads(ROWS.read_text("utf-8"))["features"]
    return [_read(number, row) for number, row in enumerate(found, 1)]


def outcomes() -> dict[str, int]:
    """The exit code of each test that was run, by its node."""
    return recorded_runs.outcomes(OUTCOMES)


def render_reference() -> str:
    """Return the page as text."""
    known, rows = outcomes(), features()
    counted = {answer: sum(row.answer == answer for row in rows) for answer in ("yes", "partly", "no")}
    lines = [
        "# What a consent engine can have",
        "",
        "<!-- Generated from tools/consent_features.toml and the recorded exit codes: `make fmt` writes it. -->",
        "",
        f"{len(rows)} rows: {counted['yes']} we have, {counted['partly']} in part, {counted['no']} not. What we have is shown by a",
        "test, which `make test ARGS=...` runs alone. `make features` runs them all, one by one and with nothing skipped,",
        "and records the exit codes that stand here.",
        "",
        "| | feature | ours | shown by | exit code |",
        "|---|---|---|---|---|",
        *(_line(row, known) for row in rows),
        "",
    ]
    return "\n".join(lines)


def run() -> int:
    """Run every command and record its exit code; 1 if one did not end well."""
    found = {}
    for row in features():
        if row.test is not None:
            found[row.test] = recorded_runs.run(recorded_runs.nodes([row.test]))
            print(f"{row.number:>2} {found[row.test]} {row.test}", flush=True)
    OUTCOMES.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    return 1 if any(found.values()) else 0


def _read(number: int, row: dict[str, str]) -> Feature:
    test = row.get("shown_by")
    answer = row.get("answer", "yes") if test else "no"
    assert answer in ("yes", "partly", "no")
    return Feature(number, row["feature"], answer, row.get("ours", ""), row.get("missing", ""), test)  # type: ignore[arg-type]


def _line(row: Feature, known: dict[str, int]) -> str:
    ended = "" if row.test is None else str(known.get(row.test, "not run"))
    shown = f"`{row.test}`" if row.test else ""
    said = {
        "yes": row.ours,
        "partly": f"**In part.** {row.ours}. **Not:** {row.missing}",
        "no": f"**No.** {row.missing}",
    }
    cells = (str(row.number), row.feature, said[row.answer], shown, ended)
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str]) -> int:
    """Run the commands, or print the page."""
    if "--run" in arguments:
        return run()
    print(render_reference(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
