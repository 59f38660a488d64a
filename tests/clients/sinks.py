"""The directory of a gateway with one file destination for each purpose, and what arrived there."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MORE_EVENTS = {
    "analytics": '\n[purposes.fields."Identify"]\nplan = "string:32"\n\n[purposes.fields."Group"]\nplan = "string:32"\n',
    "advertising": '\n[purposes.fields."Group"]\ncategory = "string:32"\n',
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One signal in a destination's file."""

    purpose: str
    """Whose destination it is."""
    row: dict[str, Any]
    """The line."""

    @property
    def marker(self) -> str | None:
        """Which call it came from."""
        return self.row["attributes"].get("marker")


def with_sinks(directory: Path, origin: str) -> None:
    """Configure a file destination for each purpose, more events, the field `marker` everywhere, and the origin of a page."""
    policy = directory / "policy.toml"
    head, *blocks = re.split(r"^(?=\[\[(?:purposes|conditions)\]\]$)", policy.read_text(), flags=re.MULTILINE)
    policy.write_text(head + "".join(_with_sink(block) for block in blocks))
    settings = directory / "volens.toml"
    text = settings.read_text().replace("allowed_origins = []", f'allowed_origins = ["{origin}"]')
    for purpose in purposes(directory):
        text += (
            f'\n[[destinations]]\nid = "file-of-{purpose}"\nkind = "ndjson"\npurpose = "{purpose}"\n'
            f'path = "sinks/{purpose}"\nlinger_seconds = 0.0\n'
        )
    settings.write_text(text)


def purposes(directory: Path) -> list[str]:
    """The ids of a directory's purposes."""
    return [each["id"] for each in tomllib.loads((directory / "policy.toml").read_text())["purposes"]]


def arrivals(directory: Path) -> list[Arrived]:
    """Everything that the destinations hold."""
    return [
        Arrived(part.relative_to(directory / "sinks").parts[0], json.loads(line))
        for part in sorted((directory / "sinks").rglob("part-*.ndjson"))
        for line in part.read_text().splitlines()
    ]


def paths_of(value: Any, prefix: str = "") -> set[str]:
    """The fields that attributes consist of, as a policy spells them: `a.b`, `products[].price`."""
    if isinstance(value, dict):
        return {
            path for name, each in value.items() for path in paths_of(each, f"{prefix}.{name}".lstrip("."))
        }
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return {path for each in value for path in paths_of(each, f"{prefix}[]")}
    return {prefix}


def repeated(found: list[Arrived]) -> list[tuple[str, str | None]]:
    """What arrived more than once at one destination."""
    counts = Counter((each.purpose, each.marker) for each in found)
    return [place for place, n in counts.items() if n > 1]


def _with_sink(block: str) -> str:
    id_ = re.findall(r'^id = "(.+)"$', block, re.MULTILINE)[0]
    if block.startswith("[[conditions]]"):
        return block
    block = block.replace("destinations = []", f'destinations = ["file-of-{id_}"]') + _MORE_EVENTS.get(
        id_, ""
    )
    return re.sub(r"^(\[purposes\.fields\..+\])$", r'\1\nmarker = "id:64"', block, flags=re.MULTILINE)
