"""Runs the commands that show something, one by one and with nothing skipped, and records with which exit code each ended.

A page that says "this works" names the command that shows it; the recorded exit code stands beside it. A command that was never run
has no outcome, so a row cannot claim one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Command:
    """What somebody types, and what is run for it."""

    said: str
    """As it stands in the page, for a shell in the project's directory."""
    arguments: tuple[str, ...]
    """For this Python."""
    campaign: bool = False
    """Whether it is the long form (VOLENS_CAMPAIGN=full)."""


def nodes(names: Iterable[str], *, campaign: bool = False) -> Command:
    """The command that runs these pytest nodes and nothing else.

    Args:
        names: of pytest's nodes.
        campaign: with all random repetitions, rather than the sample that every run takes.
    """
    named = tuple(names)
    said = f'make test ARGS="{" ".join(named)}"'
    arguments = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout", "1800", *named)
    return Command(f"VOLENS_CAMPAIGN=full {said}" if campaign else said, arguments, campaign)


def outcomes(file: Path) -> dict[str, int]:
    """The recorded exit codes, by what was said; empty if nothing was run."""
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}


def run(command: Command) -> int:
    """The exit code that a command ends with; its output goes where ours goes."""
    environment = {**os.environ, "VOLENS_REQUIRE_ALL": "1"}  # a skipped test ends with 0, too
    if command.campaign:
        environment["VOLENS_CAMPAIGN"] = "full"
    whole = [sys.executable, *command.arguments]
    return subprocess.run(whole, cwd=ROOT, env=environment, check=False).returncode


def run_each(commands: Iterable[Command], file: Path, *, anew: bool = True) -> int:
    """Run commands and record how they ended; 1 if one did not end well.

    Args:
        commands: in the order in which they are run.
        file: where exit codes are kept; what is no longer asked for is dropped from it.
        anew: also those that ended well before.
    """
    wanted = list(commands)
    before = outcomes(file)
    found = {each.said: before[each.said] for each in wanted if each.said in before}
    for command in wanted:
        if anew or found.get(command.said) != 0:
            found[command.said] = run(command)
        print(f"{found[command.said]} {command.said}", flush=True)
        file.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    return 1 if any(found.values()) else 0
