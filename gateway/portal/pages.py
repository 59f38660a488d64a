"""The portal's own templates, under the rules of every page (`gateway.pages.rendering`)."""

from __future__ import annotations

from pathlib import Path

from gateway.pages.rendering import Pages
from gateway.rights.answers import moment
from gateway.wording.languages import Languages
from gateway.wording.plain_words import (
    EVIDENCE,
    MESSAGES,
    OUTCOMES,
    PROGRESS,
    REFUSED_BECAUSE,
    RIGHTS,
    STATUSES,
    TOLD,
)

HERE = Path(__file__).parent


def portal_pages(languages: Languages, controller_name: str, contact: str) -> Pages:
    """The portal's pages; they speak of the controller by this name."""
    return Pages(
        languages,
        HERE / "templates",
        {"local_times.js": HERE / "static" / "local_times.js"},
        instant=moment,
        prefix="/portal",
        controller=controller_name,
        contact=contact,
        messages=MESSAGES,
        statuses=STATUSES,
        evidence=EVIDENCE,
        outcomes=OUTCOMES,
        rights=RIGHTS,
        progress=PROGRESS,
        refused_because=REFUSED_BECAUSE,
        told_recipients=TOLD,
    )
