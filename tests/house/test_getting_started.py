"""docs/getting-started.md is executed by a shell, with curl: every command, and every answer that it prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import Gateways
from tests.house.source import ROOT
from tests.requirement import require

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANYTHING = "..."
MARK = "-- the next block --"


def blocks() -> list[tuple[str, list[Any]]]:
    """The commands of each block, with the answers that the page prints under it."""
    found: list[tuple[str, list[Any]]] = []
    for language, body in BLOCK.findall((ROOT / "docs/getting-started.md").read_text()):
        if language == "sh":
            found.append((body, []))
        elif language == "json":
            found[-1][1].extend(answers(body))
    return found


def answers(text: str) -> list[Any]:
    """The JSON values that stand one after the other in a text."""
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def is_as_printed(printed: Any, got: Any) -> bool:
    """Whether an answer is what the page says of it."""
    if printed == ANYTHING:
        return got is not None
    if isinstance(printed, dict):
        same = isinstance(got, dict) and printed.keys() == got.keys()
        return same and all(is_as_printed(printed[name], got[name]) for name in printed)
    if isinstance(printed, list):
        return len(printed) == len(got) and all(map(is_as_printed, printed, got))
    return bool(printed == got)


@pytest.mark.slow
def test_every_command_runs_and_answers_as_printed(gateways: Gateways) -> None:
    require("curl")
    gateway = gateways.create(name="shop")
    gateway.serve()
    page = blocks()
    script = f"\necho '{MARK}'\n".join(commands for commands, _ in page)
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script.replace("http://127.0.0.1:8080", gateway.url)],
        cwd=gateway.directory.parent,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.split(MARK)
    assert len(said) == len(page)
    assert sum(len(expected) for _, expected in page) >= 7
    for (commands, expected), got in zip(page, said, strict=True):
        if expected:
            found = answers(got)
            assert len(found) == len(expected), commands
            assert all(map(is_as_printed, expected, found)), (commands, found)
    assert said[-1].rstrip().endswith("OK       every byte is as it should be")


def test_the_comparison_notices_a_difference() -> None:
    assert is_as_printed({"a": ANYTHING, "b": [1]}, {"a": {"c": 2}, "b": [1]})
    assert not is_as_printed({"a": ANYTHING}, {"a": None})
    assert not is_as_printed({"a": 1}, {"a": 1, "b": 2})
    assert not is_as_printed([1, 2], [1])
