"""What a person refused outlives their erasure, as marks that name nobody.

Erasure destroys the record that an app must not lift, so without this an app could erase somebody who withdrew and grant in
their name on the same day. A mark is 16 bytes of HMAC-SHA-256 over pseudonym and purpose, under a key outside the data directory.
It is kept for a denial by the person themselves, which alone an app could not have lifted before; while it stands, an app's grant
is refused as it was, and only the person can give. A person's own later answer, erased in its turn, replaces the mark.

docs/adr/0019-refusals-outlive-erasure.md says what this costs.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from consent import (
    DENIALS,
    ConsentRecord,
    Evidence,
    KeptRefusals,
    Policy,
    Status,
)
from privacy import SubjectRef

_LABEL = b"volens/kept-refusal/v1\0"
_BYTES = 16


class RefusalMarks:
    """Marks, looked up in memory. Calls come from the thread of the records."""

    def __init__(self, key: bytes, store: KeptRefusals, policy: Policy) -> None:
        """Know the marks of `store`, made under `key` (32 secret bytes) for the purposes of `policy`."""
        self._keyed = hmac.new(key, _LABEL, hashlib.sha256)
        self._store = store
        self._policy = policy
        self._marks = store.load_marks()

    def beside(
        self, subject: SubjectRef, records: Mapping[str, ConsentRecord] | None
    ) -> Mapping[str, ConsentRecord] | None:
        """The records of a person, and a refusal wherever they have none and a mark stands."""
        if not self._marks:
            return records
        known = records or {}
        kept = {}
        for entry in self._policy.entries:
            kept_at = None if entry.id in known else self._marks.get(self._mark(subject, entry.id))
            if kept_at is not None:
                kept[entry.id] = _refusal(entry.id, entry.version, kept_at)
        return {**known, **kept} if kept else records

    def keep(self, subject: SubjectRef, records: Mapping[str, ConsentRecord], now: int) -> None:
        """Keep what somebody refuses who is about to be erased, and nothing of what they have answered otherwise since.

        Raises:
            StoreUnavailableError: it could not be kept.
        """
        kept: set[bytes] = set()
        lifted: set[bytes] = set()
        for record in records.values():
            mark = self._mark(subject, record.purpose)
            denied = record.status in DENIALS and record.evidence is Evidence.USER_ACTION
            (kept if denied else lifted).add(mark)
        if records:
            self._store.keep_marks(kept, lifted, now)
            left = {mark: at for mark, at in self._marks.items() if mark not in lifted}
            self._marks = left | dict.fromkeys(kept, now)

    def _mark(self, subject: SubjectRef, purpose: str) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(subject + purpose.encode())
        return keyed.digest()[:_BYTES]


def _refusal(purpose: str, version: int, at: int) -> ConsentRecord:
    """What a mark says: the person denied it by an act of their own, before `at`."""
    return ConsentRecord(purpose, Status.WITHDRAWN, version, 0, 0, Evidence.USER_ACTION, at, at, None, True)
