"""The console's own templates and style sheet, under the rules of every page (`gateway.pages.rendering`)."""

from __future__ import annotations

from pathlib import Path

from gateway.officer import words
from gateway.pages.rendering import Pages
from gateway.wording import log_words
from gateway.wording.languages import Languages

HERE = Path(__file__).parent


def console_pages(languages: Languages, controller_name: str) -> Pages:
    """The console's pages; they speak of the controller by this name."""
    files = {"officer.css": HERE / "static" / "officer.css"}
    return Pages(
        languages,
        HERE / "templates",
        files,
        prefix="/officer",
        controller=controller_name,
        words=words,
        log_words=log_words,
    )
