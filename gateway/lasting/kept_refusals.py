"""What a person refused outlives their erasure, as marks that name nobody.

Erasure destroys the record that an app must not lift, so without this an app could erase somebody who withdrew and grant in
their name on the same day. A mark is 16 bytes of HMAC-SHA-256 over pseudonym and purpose, under a key outside the data directory.
It is kept for a denial by the person themselves, which alone an app could not have lifted before; while it stands, an app's grant
is refused as it was, and only the person can give; that ends it. Whoever is known again has a record of what they objected to
from their first record on, as it needs no grant. That they stopped all use, or are a minor, is kept likewise.

From the denial on the mark also stands on the list outside the data directory (`denied_list`), so that a restored backup which
knows nothing of the person lifts nothing.

docs/adr/0019-refusals-outlive-erasure.md says what this costs.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from consent import (
    DENIALS,
    OBJECTABLE,
    RESTRICTION,
    STANDINGS,
    ConsentChange,
    ConsentRecord,
    Evidence,
    KeptDenial,
    KeptRefusals,
    LegalBasis,
    Policy,
    Status,
    denied_again,
)
from gateway.lasting.denied_list import DeniedList
from privacy import SubjectRef

METHOD = "kept refusal"
"""How a denial came about that was recorded with the first record of somebody who had denied it before."""

_LABEL = b"volens/kept-refusal/v1\0"
_BYTES = 16


class RefusalMarks:
    """Marks, looked up in memory. Calls come from the thread of the records."""

    def __init__(self, key: bytes, store: KeptRefusals, policy: Policy, denied: DeniedList) -> None:
        """Know the marks of `store` and `denied`, made under `key` (32 secret bytes) for the purposes of `policy`."""
        self._keyed = hmac.new(key, _LABEL, hashlib.sha256)
        self._store = store
        self._policy = policy
        self._denied = denied
        self._marks = _standing(store.load_marks(), denied)

    def beside(
        self, subject: SubjectRef, records: Mapping[str, ConsentRecord] | None
    ) -> Mapping[str, ConsentRecord] | None:
        """The records of a person as an admission must see them: where a mark stands, nothing weaker than the person's own no."""
        if not self._marks:
            return records
        seen = dict(records or {})
        for entry in self._policy.entries:
            kept_at = self._kept_at(subject, entry.id)
            record = seen.get(entry.id)
            if kept_at is not None and record is None:
                seen[entry.id] = _refusal(entry.id, entry.version, kept_at)
            elif kept_at is not None and record is not None and record.status in DENIALS:
                seen[entry.id] = replace(record, evidence=Evidence.USER_ACTION)
        return seen or records

    def restricts(self, subject: SubjectRef) -> bool:
        """Whether the person had restricted the use of their data themselves, and has not lifted it since."""
        return self._mark(subject, RESTRICTION) in self._marks

    def with_denials(
        self,
        subject: SubjectRef,
        records: Mapping[str, ConsentRecord] | None,
        changes: Sequence[ConsentChange],
        now: int,
    ) -> tuple[ConsentChange, ...]:
        """What has to be recorded for these changes: for somebody unknown, also what they had denied themselves before.

        Of purposes that rest on consent nothing is recorded: without a yes they are denied, and the person may be asked anew.
        """
        if records is not None or not self._marks:
            return tuple(changes)
        decided = {change.purpose for change in changes}
        again = []
        by_right = {rule.id for rule in self._policy.rules if rule.legal_basis is not LegalBasis.CONSENT}
        for entry_id in (by_right | STANDINGS) - decided:
            at = self._kept_at(subject, entry_id)
            if at is not None:
                again.append(denied_again(self._kept(entry_id, at), self._policy, now, METHOD))
        return (*changes, *sorted(filter(None, again), key=lambda change: change.purpose))

    def _kept_at(self, subject: SubjectRef, entry_id: str) -> int | None:
        """When the person denied this, or what it is a part of, as a policy may make of it later; None if no mark says so."""
        rule = self._policy.rule(entry_id)
        asked = (entry_id, *(() if rule is None else rule.broader))
        found = [at for each in asked if (at := self._marks.get(self._mark(subject, each))) is not None]
        return max(found, default=None)

    def _kept(self, entry_id: str, at: int) -> KeptDenial:
        rule = self._policy.rule(entry_id)
        objectable = rule is not None and rule.legal_basis in OBJECTABLE
        status = Status.RESTRICTED if rule is None else Status.OBJECTED if objectable else Status.WITHDRAWN
        return KeptDenial(entry_id, status, 0, at, Evidence.USER_ACTION)

    def missing(self, subject: SubjectRef, denials: Iterable[KeptDenial]) -> set[bytes]:
        """The marks of what somebody denied themselves that do not stand yet."""
        return {
            self._mark(subject, each.purpose) for each in denials if _is_their_own(each)
        } - self._marks.keys()

    def note(self, marks: Collection[bytes], now: int) -> None:
        """Keep marks outside the data directory, while the records still know of the people."""
        self._denied.stand(marks, True, now)
        self._marks |= dict.fromkeys(marks, now)

    def lift(self, subject: SubjectRef, purpose: str, now: int) -> None:
        """The person has allowed a purpose themselves: their earlier no is over.

        Raises:
            StoreUnavailableError: the mark is still there.
        """
        mark = self._mark(subject, purpose)
        if mark in self._marks:
            self._store.keep_marks((), {mark}, now)
            self._denied.stand([mark], False, now)
            self._marks = {kept: at for kept, at in self._marks.items() if kept != mark}

    def keep(self, subject: SubjectRef, records: Mapping[str, ConsentRecord], now: int) -> None:
        """Keep what somebody refuses who is about to be erased, and nothing of what was answered otherwise since.

        Raises:
            StoreUnavailableError: it could not be kept.
        """
        kept: set[bytes] = set()
        lifted: set[bytes] = set()
        for record in (self.beside(subject, records) or {}).values():
            (kept if _is_their_own(record) else lifted).add(self._mark(subject, record.purpose))
        if records:
            self._store.keep_marks(kept, lifted, now)
            self._denied.stand(kept, True, now)
            self._denied.stand(lifted & self._marks.keys(), False, now)
            left = {mark: at for mark, at in self._marks.items() if mark not in lifted}
            self._marks = left | dict.fromkeys(kept, now)

    def _mark(self, subject: SubjectRef, purpose: str) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(subject + purpose.encode())
        return keyed.digest()[:_BYTES]


def _is_their_own(denial: ConsentRecord | KeptDenial) -> bool:
    """Whether it is a no, a restriction, or that they are a minor, by an act of the person themselves."""
    stands = denial.purpose in STANDINGS and denial.status is Status.RESTRICTED
    return (stands or denial.status in DENIALS) and denial.evidence is Evidence.USER_ACTION


def _standing(stored: Mapping[bytes, int], denied: DeniedList) -> dict[bytes, int]:
    """The later of what the records and the list say of a mark."""
    marks = dict(stored)
    for mark, (stands, at) in denied.standing.items():
        if stands:
            marks[mark] = max(at, marks.get(mark, 0))
        elif marks.get(mark, at + 1) <= at:
            del marks[mark]
    return marks


def _refusal(purpose: str, version: int, at: int) -> ConsentRecord:
    """What a mark says: the person denied it by an act of their own, before `at`."""
    return ConsentRecord(purpose, Status.WITHDRAWN, version, 0, 0, Evidence.USER_ACTION, at, at, None, True)
