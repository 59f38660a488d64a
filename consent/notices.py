"""Notices: what a person was told of a purpose, as bytes that are named by their hash.

- A notice says everything that the policy says of one purpose in one language: title and text as shown, ground, data, how
  long, to whom, by whom. So a receipt can be written from a consent event and its notice alone, at any later time.
- Its name is the SHA-256 of its bytes: it cannot change without becoming another notice.
- It concerns no person.

Source: ISO/IEC 29184 (content of notices), ISO/IEC TS 27560:2023 (notice, purpose, party and storage fields).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from consent.json_spelling import canonical_json

if TYPE_CHECKING:
    from consent.policy import Condition, Controller, Purpose

NOTICE_FORMAT = "volens-notice/v1"


class Notice(msgspec.Struct, frozen=True):
    """What a person is told of one purpose or condition, in one language."""

    digest: bytes
    """SHA-256 of the content, 32 bytes: its name."""
    content: bytes
    """The canonical bytes."""
    locale: str
    """The language of its text."""


def write_notices(
    entries: Iterable[Purpose | Condition], controller: Controller | None
) -> dict[tuple[str, str], Notice]:
    """Every notice of a policy, by id of the purpose or condition and by language."""
    return {
        (entry.id, locale): _notice(_facts(entry, locale, controller), locale)
        for entry in entries
        for locale in entry.texts
    }


def closest_locale(asked: str, available: Iterable[str], default: str) -> str:
    """The language that is shown to somebody who asked for another: what is left of it, or else the default.

    Source: RFC 4647 section 3.4 (lookup).
    """
    by_name = {locale.lower(): locale for locale in available}
    parts = asked.lower().split("-")
    while parts:
        found = by_name.get("-".join(parts))
        if found is not None:
            return found
        parts.pop()
        if parts and len(parts[-1]) == 1:
            parts.pop()
    return default


def _notice(facts: Mapping[str, object], locale: str) -> Notice:
    content = canonical_json(facts)
    return Notice(hashlib.sha256(content).digest(), content, locale)


def _facts(entry: Purpose | Condition, locale: str, controller: Controller | None) -> dict[str, object]:
    facts: dict[str, object] = {
        "format": NOTICE_FORMAT,
        "lasts_days": entry.max_consent_age_days,
        "locale": locale,
        "purpose": entry.id,
        "text": entry.texts[locale].text,
        "title": entry.texts[locale].title,
        "version": entry.version,
    }
    if controller is not None:
        facts["controller"] = controller.facts()
    return facts | entry.terms()
