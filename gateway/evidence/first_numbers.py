"""With which running number each person's entries go on, where the oldest segments of the log went.

People are followed through the log by their tags, the n-th under the one that follows from their evidence key and n. When
segments go, what stays of them (`audit.wal_base`) says of everybody who is known how many entries they had until then: beside a
label that follows from the key as well, so that without the key it is nobody's. For each, sorted by label:

    label 16 | number u32, big-endian
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from audit import Base, CorruptionError
from gateway.memory.people import People
from privacy import LABEL_BYTES, SubjectRef, derive_label

_NUMBER_BYTES = 4
_ROW = LABEL_BYTES + _NUMBER_BYTES


class FirstNumbers:
    """Looks numbers up."""

    def __init__(self, base: Base | None) -> None:
        """Those that a base says; all of them 0 without one.

        Raises:
            CorruptionError: what the base says is not of this form.
        """
        self.first = 0 if base is None else base.head.first
        """The index from which they hold."""
        self._rows = b"" if base is None else base.state
        if len(self._rows) % _ROW:
            raise CorruptionError(
                "the numbers beside what stays of the oldest segments cannot be read", place="wal"
            )

    def of(self, evidence_key: bytes | bytearray) -> int:
        """How many entries whoever has this evidence key (32 bytes) had below `first`."""
        label, count = derive_label(evidence_key), len(self._rows) // _ROW
        at = bisect_left(range(count), label, key=lambda n: self._rows[n * _ROW : n * _ROW + LABEL_BYTES])
        row = self._rows[at * _ROW : (at + 1) * _ROW]
        return int.from_bytes(row[LABEL_BYTES:], "big") if row[:LABEL_BYTES] == label else 0

    def people(self, rows: Iterable[tuple[SubjectRef, int, bytes]]) -> People:
        """Everybody of these (pseudonym, row number, evidence key), as they stood at `first`."""
        known = People()
        for subject, subject_id, evidence_key in rows:
            known.number[known.add(subject, subject_id, evidence_key)] = self.of(evidence_key)
        return known


def pack_numbers(people: People) -> bytes:
    """What is to be said of everybody who is known, as bytes."""
    numbers = people.number
    rows = (
        derive_label(people.evidence_key(slot)) + numbers[slot].to_bytes(_NUMBER_BYTES, "big")
        for slot in people.slots()
        if numbers[slot]
    )
    return b"".join(sorted(rows))
