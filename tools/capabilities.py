"""Writes docs/capabilities.md: what a personalisation engine can do, and for each of it whether ours does, shown by a command.

    python -m tools.capabilities            the page, as it should be now (`make fmt` writes it, `make check` compares)
    python -m tools.capabilities --run      run every command, and record with which exit code it ended (`make capabilities`)
    python -m tools.capabilities --missing  run those only that have not ended well yet

The rows are `capabilities.toml`, the exit codes `capabilities.json`, each kept by its command.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tools.recorded_runs import Command, nodes, outcomes, run_each

HERE = Path(__file__).resolve().parent
ROWS = HERE / "capabilities.toml"
OUTCOMES = HERE / "capabilities.json"

State = Literal["works", "part", "refused", "later"]


@dataclass(frozen=True)
class Capability:
    """One row of the table."""

    number: int
    """From 1, in the order of the file."""
    what: str
    """What it is."""
    state: State
    """Whether we have it, in part, not on purpose, or not yet."""
    ours: str
    """What ours does; for a refusal why; empty for what comes later."""
    missing: str
    """What it does not do; empty if it works."""
    command: Command | None
    """What shows it; None for what comes later."""


def capabilities() -> list[Capability]:
    """Return every row of the table."""
    found = tomllib.loads(ROWS.read_text("utf-8"))["capabilities"]
    return [_read(number, row) for number, row in enumerate(found, 1)]


def render_reference() -> str:
    """Return the page as text."""
    known, rows = outcomes(OUTCOMES), capabilities()
    counted = {state: sum(row.state == state for row in rows) for state in get_args(State)}
    lines = [
        "# What a personalisation engine can do",
        "",
        "<!-- Generated from tools/capabilities.toml and the recorded exit codes: `make fmt` writes it. -->",
        "",
        f"{len(rows)} capabilities that are written about: {counted['works']} work, {counted['part']} in part,",
        f"{counted['refused']} are [refused on purpose](refused.md), {counted['later']} are not there. What is there is shown by",
        "a command, and the exit code is that of its last recorded run: `make capabilities` runs them all, one by one and with",
        "nothing skipped, so it needs Node.js, Chromium and `VOLENS_DATASETS`.",
        "",
        "| | capability | | ours | shown by | exit code |",
        "|---|---|---|---|---|---|",
        *(_line(row, known) for row in rows),
        "",
    ]
    return "\n".join(lines)


def _read(number: int, row: dict[str, Any]) -> Capability:
    state = row["state"]
    assert state in get_args(State), row["what"]
    return Capability(number, row["what"], state, row.get("ours", ""), row.get("missing", ""), _command(row))


def _command(row: dict[str, Any]) -> Command | None:
    if "eval" in row:
        return Command(
            f'make eval ARGS="--only {row["eval"]}"', ("-m", "bench.quality", "--only", row["eval"])
        )
    named = row.get("shown_by")
    return nodes(named, campaign=row.get("campaign", False)) if named else None


def _line(row: Capability, known: dict[str, int]) -> str:
    ended = "" if row.command is None else str(known.get(row.command.said, "not run"))
    shown = f"`{row.command.said}`" if row.command else ""
    missing = f"**Not:** {row.missing}" if row.missing else ""
    said = ". ".join(part for part in (row.ours, missing) if part)
    return f"| {' | '.join((str(row.number), row.what, row.state, said, shown, ended))} |"


def main(arguments: list[str]) -> int:
    """Run the commands, or print the page."""
    if "--run" in arguments or "--missing" in arguments:
        commands = dict.fromkeys(row.command for row in capabilities() if row.command)
        return run_each(commands, OUTCOMES, anew="--run" in arguments)
    print(render_reference(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
