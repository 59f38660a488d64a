"""Builders for the tests of consent: small policies, records and changes."""

from __future__ import annotations

from consent import (
    ActorKind,
    ConsentChange,
    ConsentRecord,
    Evidence,
    Status,
    default_policy_text,
    parse_policy,
)

NOW = 1_800_000_000
DAY = 86_400
DEFAULT = parse_policy(default_policy_text())


NOTICE = b"n" * 32
"""The notice of every record here, unless told otherwise."""


class EveryNotice:
    """Every notice is kept."""

    def __contains__(self, digest: object) -> bool:
        return isinstance(digest, bytes) and len(digest) == 32


EVERY_NOTICE = EveryNotice()


def purpose_text(purpose_id: str, code: str, /, **other: str) -> str:
    """One purpose; `other` replaces or adds lines (`legal_basis='"contract"'`)."""
    lines = {
        "id": f'"{purpose_id}"',
        "code": f'"{code}"',
        "version": "1",
        "legal_basis": '"consent"',
        "dpv": '"https://w3id.org/dpv#Purpose"',
        "retention_days": "30",
        "max_consent_age_days": "10",
        "gpc_sensitive": "false",
        "minors_allowed": "false",
        "texts": '{ en = { title = "T", text = "Text." } }',
        "fields": '{ "Viewed" = { product_id = "id" } }',
    }
    lines.update(other)
    return "[[purposes]]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())


def condition_text(condition_id: str, code: str, /, **other: str) -> str:
    """One condition."""
    lines = {
        "id": f'"{condition_id}"',
        "code": f'"{code}"',
        "version": "1",
        "max_consent_age_days": "10",
        "texts": '{ en = { title = "T", text = "Text." } }',
    }
    lines.update(other)
    return "[[conditions]]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())


def policy_text(*entries: str, head: str = "") -> str:
    """A whole file."""
    top = head or 'format = 1\nnotice_version = "n1"\ndefault_locale = "en"\n'
    return top + "".join(entries)


def policy_of(*entries: str):
    """A policy of these entries."""
    return parse_policy(policy_text(*entries))


def record(purpose: str, status: Status = Status.GIVEN, **other) -> ConsentRecord:
    """A record, given now and sequenced unless told otherwise."""
    values = {
        "version": 1,
        "epoch": 1,
        "seq": 1,
        "evidence": Evidence.USER_ACTION,
        "given_at": NOW,
        "recorded_at": NOW,
        "valid_until": None,
        "sequenced": True,
        "notice": NOTICE,
    }
    values.update(other)
    return ConsentRecord(purpose=purpose, status=status, **values)


def records(*each: ConsentRecord) -> dict[str, ConsentRecord]:
    """Records by purpose."""
    return {one.purpose: one for one in each}


def change(purpose: str, status: Status = Status.GIVEN, **other) -> ConsentChange:
    """A change by the person."""
    values = {
        "version": 1,
        "evidence": Evidence.USER_ACTION,
        "actor": ActorKind.PERSON,
        "method": "portal",
        "locale": "en",
        "notice_version": "n1",
        "occurred_at": NOW,
        "notice": NOTICE,
    }
    values.update(other)
    return ConsentChange(purpose=purpose, status=status, **values)
