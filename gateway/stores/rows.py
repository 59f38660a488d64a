"""Between rows and the values of `consent`: the only bridge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, select

from consent import ActorKind, Assurance, ConsentEvent, ConsentRecord, Erasure, Evidence, Link, Status
from gateway.stores.tables import ERASURE, EVENT, PERSON, STATE
from privacy import SubjectRef

_STATUS: Final[Mapping[str, Status]] = {status.value: status for status in Status}
_EVIDENCE: Final[Mapping[str, Evidence]] = {evidence.value: evidence for evidence in Evidence}

STATE_COLUMNS: Final = (
    STATE.c.subject_id,
    STATE.c.purpose,
    STATE.c.status,
    STATE.c.version,
    STATE.c.epoch,
    STATE.c.seq,
    STATE.c.evidence,
    STATE.c.given_at,
    STATE.c.recorded_at,
    STATE.c.valid_until,
    STATE.c.sequenced,
    STATE.c.notice,
)


def select_events() -> Select[Any]:
    """Every event with its person's pseudonym; `event_from` reads the rows."""
    return (
        select(EVENT, PERSON.c.subject)
        .join(PERSON, PERSON.c.subject_id == EVENT.c.subject_id)
        .order_by(EVENT.c.seq)
    )


def event_from(row: Row[Any]) -> ConsentEvent:
    """An event from a row of `select_events`."""
    return ConsentEvent(
        seq=row.seq,
        event_id=row.event_id,
        subject=SubjectRef(row.subject),
        subject_id=row.subject_id,
        purpose=row.purpose,
        status=_STATUS[row.status],
        version=row.version,
        epoch=row.epoch,
        evidence=_EVIDENCE[row.evidence],
        actor=ActorKind(row.actor),
        method=row.method,
        locale=row.locale,
        notice_version=row.notice_version,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        valid_until=row.valid_until,
        source=row.source,
        log_index=row.log_index,
        notice=row.notice,
        ui_variant=row.ui_variant,
        jurisdiction=row.jurisdiction,
        assurance=Assurance(row.assurance),
        age_band=row.age_band,
    )


def event_values(event: ConsentEvent) -> dict[str, Any]:
    """An event as a new row, which has no number yet."""
    return {
        "event_id": event.event_id,
        "subject_id": event.subject_id,
        "purpose": event.purpose,
        "status": event.status.value,
        "version": event.version,
        "epoch": event.epoch,
        "evidence": event.evidence.value,
        "actor": event.actor.value,
        "method": event.method,
        "locale": event.locale,
        "notice_version": event.notice_version,
        "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "valid_until": event.valid_until,
        "source": event.source,
        "log_index": event.log_index,
        "notice": event.notice,
        "ui_variant": event.ui_variant,
        "jurisdiction": event.jurisdiction,
        "assurance": event.assurance.value,
        "age_band": event.age_band,
    }


def record_from(row: Sequence[Any]) -> ConsentRecord:
    """A record from `STATE_COLUMNS`."""
    return ConsentRecord(
        row[1],
        _STATUS[row[2]],
        row[3],
        row[4],
        row[5],
        _EVIDENCE[row[6]],
        row[7],
        row[8],
        row[9],
        bool(row[10]),
        row[11],
    )


def record_values(record: ConsentRecord) -> dict[str, Any]:
    """A record as a row's values, without its key."""
    return {
        "status": record.status.value,
        "version": record.version,
        "epoch": record.epoch,
        "seq": record.seq,
        "evidence": record.evidence.value,
        "given_at": record.given_at,
        "recorded_at": record.recorded_at,
        "valid_until": record.valid_until,
        "sequenced": record.sequenced,
        "notice": record.notice,
    }


def select_erasures() -> Select[Any]:
    """Every erasure, in order; `erasure_from` reads the rows."""
    return select(ERASURE).order_by(ERASURE.c.erasure_id)


def erasure_from(row: Row[Any]) -> Erasure:
    """An erasure from a row."""
    return Erasure(row.erasure_id, row.subject_id, row.fingerprint, row.erased_at, row.log_index)


def link_from(row: Row[Any]) -> Link:
    """A link from a row."""
    return Link(SubjectRef(row.anonymous), SubjectRef(row.known), row.confirmed_by, row.linked_at)
