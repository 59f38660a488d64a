"""The OpenAPI document as a page: without a script, and with nothing of anybody else's.

The portal and the officers' console are of the same origin as this page: a script that it loaded from elsewhere could do there
whatever the person who looks can.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a path."""

    method: str
    path: str
    summary: str
    description: str
    parts: tuple[tuple[str, str], ...]
    """What goes in and what comes out: a title, and its part of the document."""


@dataclass(frozen=True, slots=True)
class Area:
    """The operations of one tag."""

    name: str
    anchor: str
    operations: tuple[Operation, ...]


def make_interface(document: Mapping[str, Any]) -> str:
    """The page.

    Args:
        document: an OpenAPI document.

    Returns:
        HTML with one `<style>` and no script.
    """
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made.get_template("interface.html").render(info=document["info"], areas=_areas(document))


def _areas(document: Mapping[str, Any]) -> list[Area]:
    by_tag: dict[str, list[Operation]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method, described in methods.items():
            tag = described.get("tags", ["other"])[0]
            by_tag.setdefault(tag, []).append(_operation(method, path, described))
    return [Area(tag, tag.replace(" ", "-"), tuple(found)) for tag, found in sorted(by_tag.items())]


def _operation(method: str, path: str, described: Mapping[str, Any]) -> Operation:
    parts = tuple((title, json.dumps(part, indent=2)) for title, part in _parts(described))
    return Operation(
        method.upper(), path, described.get("summary", ""), described.get("description", ""), parts
    )


def _parts(described: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if described.get("security"):
        yield "Credentials", described["security"]
    if described.get("parameters"):
        yield "Parameters", described["parameters"]
    if "requestBody" in described:
        yield "Body", described["requestBody"].get("content", {})
    for status, answer in described.get("responses", {}).items():
        yield f"Answer {status}", answer
