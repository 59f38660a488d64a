"""The templates and style of operation, under the rules of every page (`gateway.pages.rendering`). No page has a script."""

from __future__ import annotations

from pathlib import Path

from gateway.ops.words import STAGES, SUPPRESSIONS
from gateway.pages.rendering import Pages
from gateway.wording.languages import Languages

HERE = Path(__file__).parent


def ops_pages(languages: Languages) -> Pages:
    """The pages of operation."""
    files = {"ops.css": HERE / "static" / "ops.css"}
    return Pages(
        languages, HERE / "templates", files, prefix="/ops", stages=STAGES, suppressions=SUPPRESSIONS
    )
