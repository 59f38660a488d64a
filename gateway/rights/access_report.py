"""The answer to "what do you hold about me", as one value. Pure: everything it needs is given to it.

Members are named after GDPR art. 15(1): purposes (a), data by purpose (b), recipients (c), retention (d), rights (e),
complaint (f), sources (g), logic (h). Fixed texts are in the language given, and the policy's where the policy has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consent import ConsentEvent, ConsentRecord, Filed, Policy, Purpose, Resolution
from gateway.rights.answers import describe, moment
from gateway.rights.completeness import completeness_of
from gateway.rights.own_records import OwnDecision, OwnRecords
from gateway.rights.report_words import BASES, COMPLAINT, IDENTIFIERS, LOGIC, RIGHTS, SOURCES
from gateway.wording.languages import Language
from gateway.wording.plain_words import STANDINGS
from scoring import DrawnSlate

FORMAT = "volens-access-report/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMaterial:
    """What a report is made of."""

    policy: Policy
    """The policy in force."""
    origin: str
    """The log's name."""
    now: int
    """The present time (unix seconds)."""
    records: Mapping[str, ConsentRecord]
    """Where the person stands."""
    resolution: Resolution
    """What they permit now."""
    history: Sequence[ConsentEvent]
    """How they came to stand there."""
    own: OwnRecords
    """What the log holds of them."""
    requests: Sequence[Filed]
    """What they asked for."""
    disputed: Sequence[int]
    """Items that are not used, by permanent index."""
    counts_as_somebody: bool
    """Whether this is a browser that counts as a person who signed in on it: what is used there is that person's."""
    key: str | None
    """The fingerprint of the key that everything about them hangs on."""
    item_names: Sequence[str]
    """Each item's id as JSON, by permanent index."""


def make_report(material: ReportMaterial, language: Language) -> dict[str, Any]:
    """The report as JSON."""
    said = language.say
    return {
        "format": FORMAT,
        "made_at": moment(material.now),
        "language": language.code,
        "log": material.origin,
        "policy": {"digest": material.policy.digest_text, "notice_version": material.policy.notice_version},
        "identifiers": said(IDENTIFIERS),
        "key_fingerprint": material.key,
        "completeness": completeness_of(material.own.log_size, material.own.keys),
        "counts_as_somebody": material.counts_as_somebody,
        "sources": said(SOURCES),
        "purposes": [_purpose(each, material, language) for each in material.policy.purposes],
        "decisions": [_decision(each, material) for each in material.own.decisions],
        "services": [
            {"at": moment(each.at), "service": each.service, "purpose": each.purpose,
             "title": _title(each.purpose, material.policy, language), "answer": each.outcome.reason, "audit": each.index}
            for each in material.own.permissions
        ],
        "not_used": [_item(index, material) for index in material.disputed],
        "consents": [
            {**_consent(each), "title": _title(each.purpose, material.policy, language)} for each in material.history
        ],
        "requests": [describe(each, (), material.origin, material.now) for each in material.requests],
        "logic": [said(each) for each in LOGIC],
        "rights": {right: said(text) for right, text in RIGHTS.items()},
        "complaint": said(COMPLAINT),
    }  # fmt: skip


def _purpose(purpose: Purpose, material: ReportMaterial, language: Language) -> dict[str, Any]:
    text_language, text = language.text_of(dict(purpose.texts), material.policy)
    record = material.records.get(purpose.id)
    permitted = material.resolution.permits(purpose.bit)
    reason = material.resolution.reason(purpose.bit)
    signals = [each for each in material.own.signals if each.purpose == purpose.id]
    return {
        "id": purpose.id,
        "title": text.title,
        "text": text.text,
        "text_language": text_language,
        "legal_basis": purpose.legal_basis.value,
        "legal_basis_text": language.say(BASES[purpose.legal_basis.value]),
        "version": purpose.version,
        "permitted": permitted,
        "reason": "permitted" if reason is None else reason.value,
        "since": None if record is None else moment(record.given_at),
        "valid_until": None
        if record is None or record.valid_until is None or not permitted
        else moment(record.valid_until),
        "retention_days": purpose.retention_days,
        "recipients": list(purpose.destinations),
        "what_may_be_held": {
            event: sorted({rule.path for rule in rules}) for event, rules in purpose.fields.events.items()
        },
        "unreadable_signals": material.own.unreadable.get(purpose.id, 0),
        "signals": [
            {"event": each.event, "at": moment(each.at), "fields": each.fields, "audit": each.index}
            for each in signals
        ],
    }


def _decision(decision: OwnDecision, material: ReportMaterial) -> dict[str, Any]:
    payload = decision.payload
    shown = zip(payload.items, payload.scores, payload.because, payload.addends, strict=True)
    return {
        "at": moment(payload.at),
        "placement": payload.placement,
        "outcome": decision.outcome.value,
        "reason": decision.outcome.meaning,
        "model_version": payload.model_version,
        "items": [
            {
                "id": _item(item, material),
                "score": score,
                "because": None if because < 0 else _item(because, material),
                "addend": None if because < 0 else addend,
            }
            for item, score, because, addend in shown
        ],
        **_chance(payload.drawn),
        "audit": decision.index,
    }


def _title(entry_id: str, policy: Policy, language: Language) -> str:
    """What a purpose or condition is called in the policy; a standing, in our own words."""
    rule = policy.rule(entry_id)
    if rule is None:
        return language.say(STANDINGS[entry_id]) if entry_id in STANDINGS else entry_id
    return language.text_of(dict(policy.entries[rule.bit].texts), policy)[1].title


def _chance(drawn: DrawnSlate | None) -> dict[str, Any]:
    """How the first places were drawn, of a placement that explores; nothing otherwise."""
    if drawn is None:
        return {}
    return {
        "chance": {
            "places": len(drawn.chosen),
            "drawn_from": len(drawn.candidates),
            "propensities": drawn.propensities,
            "learnt_from": drawn.teaches,
        }
    }


def _consent(event: ConsentEvent) -> dict[str, Any]:
    return {
        "purpose": event.purpose,
        "status": event.status.value,
        "version": event.version,
        "notice_version": event.notice_version or None,
        "locale": event.locale,
        "method": event.method,
        "evidence": event.evidence.value,
        "by": event.actor.value,
        "source": event.source,
        "at": moment(event.occurred_at),
        "recorded_at": moment(event.recorded_at),
        "receipt_id": event.event_id.hex(),
        "audit": event.log_index,
    }


def _item(index: int, material: ReportMaterial) -> str:
    names = material.item_names
    name: str = json.loads(names[index]) if 0 <= index < len(names) else ""
    return name
