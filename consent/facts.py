"""A consent event as facts: what the log's commitment binds, and what a receipt repeats word for word.

Written as canonical JSON. It names nobody: neither the person nor the source. What is not known is absent.
"""

from __future__ import annotations

from consent.model import ConsentEvent

FACTS_FORMAT = "volens-consent/v1"

Facts = dict[str, str | int]


def event_facts(event: ConsentEvent) -> Facts:
    """What happened, with hashes in hexadecimal and times in unix seconds."""
    facts: dict[str, str | int | None] = {
        "actor": event.actor.value,
        "age_band": event.age_band,
        "assurance": event.assurance.value,
        "epoch": event.epoch,
        "evidence": event.evidence.value,
        "format": FACTS_FORMAT,
        "id": event.event_id.hex(),
        "jurisdiction": event.jurisdiction,
        "locale": event.locale,
        "method": event.method,
        "notice": event.notice.hex() if event.notice else None,
        "notice_version": event.notice_version or None,
        "occurred_at": event.occurred_at,
        "purpose": event.purpose,
        "recorded_at": event.recorded_at,
        "status": event.status.value,
        "ui_variant": event.ui_variant.hex() if event.ui_variant else None,
        "valid_until": event.valid_until,
        "version": event.version,
    }
    return {name: value for name, value in facts.items() if value is not None}
