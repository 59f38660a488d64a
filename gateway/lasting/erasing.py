"""The erasure of a person in the records, with what must be kept first: `consent.Erasures` around the one of the store.

In this order, each step durable before the next: the fingerprint of the key goes on the list outside the data directory, the
marks of what the person refused are kept, the rows and keys go. After a crash in between, the next start goes on: whoever
`has_risen` is erased again.
"""

from __future__ import annotations

from collections.abc import Mapping

from consent import ConsentLedger, Erasure, Erasures, PersonRow, StoreUnavailableError
from gateway.lasting.erased_list import ErasedList
from gateway.lasting.kept_refusals import RefusalMarks
from privacy import SubjectRef, key_fingerprint


class LastingErasures:
    """Erasures that a restored backup does not undo."""

    def __init__(
        self, erasures: Erasures, ledger: ConsentLedger, erased: ErasedList, marks: RefusalMarks
    ) -> None:
        """Erase by `erasures`, after `erased` and `marks` have what they need of `ledger`."""
        self._erasures = erasures
        self._ledger = ledger
        self._erased = erased
        self._marks = marks

    def erase(self, subject: SubjectRef, *, now: int) -> Erasure:
        """See the port.

        Raises:
            StoreUnavailableError: the list or the marks could not be kept; nothing is erased.
        """
        person = self._ledger.person_of(subject)
        if person is not None:
            try:
                self._erased.add(key_fingerprint(person.evidence_key))
            except OSError:
                raise StoreUnavailableError("the list of erased keys cannot be written") from None
            self._marks.keep(subject, person.records, now)
        return self._erasures.erase(subject, now=now)

    def unsequenced_erasures(self) -> list[Erasure]:
        """See the port."""
        return self._erasures.unsequenced_erasures()

    def mark_erasures_sequenced(self, indexes: Mapping[int, int]) -> None:
        """See the port."""
        self._erasures.mark_erasures_sequenced(indexes)

    def destroyed_keys(self) -> list[bytes]:
        """See the port."""
        return self._erasures.destroyed_keys()

    def has_risen(self, row: PersonRow) -> bool:
        """Whether somebody is there with a key that was to be destroyed."""
        return len(self._erased) > 0 and key_fingerprint(row.evidence_key) in self._erased
