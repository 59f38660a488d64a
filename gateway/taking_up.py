"""Whether a snapshot may be taken up by the policy and the consent of now.

What is remembered does not say of itself on which fields it rests. So a snapshot is good for the purposes that it was made under,
each of which sees what it saw then; under others the log is read back, which is minimised again (`gateway.reading_back`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from consent import Policy, Purpose
from gateway.memory.people import People
from gateway.reading_back import ReadingBack

_ENDED_UNSEEN = frozenset({"expired", "superseded", "unprovable"})
"""Why a condition that was given may have ended while nobody looked."""


class TakingUp:
    """Judges what a snapshot holds."""

    def __init__(self, policy: Policy, people: People, reading: ReadingBack) -> None:
        """Go by `policy`, and by what `people` permit."""
        self.purposes = [_named(purpose) for purpose in policy.purposes]
        """The purposes by bit, and what each sees: short texts."""
        self._people = people
        self._reading = reading

    def may_be_read(self, purposes: Sequence[str]) -> bool:
        """Whether a snapshot that was made under these purposes may be taken up; there may be further ones by now.

        One that does not say under which it was made may not.
        """
        return bool(purposes) and self.purposes[: len(purposes)] == list(purposes)

    def of_rules(self, slot_now: Callable[[int, int], int]) -> Callable[[int, int], int]:
        """Where what rules remember goes: by `slot_now` (purpose, slot of then), or nowhere (-1) if a condition has ended."""

        def slot_of(bit: int, before: int) -> int:
            now = slot_now(bit, before)
            return -1 if now >= 0 and self._has_ended(bit, now) else now

        return slot_of

    def _has_ended(self, bit: int, slot: int) -> bool:
        return any(
            self._people.reason(slot, each) in _ENDED_UNSEEN for each in self._reading.conditions_of(bit)
        )


def _named(purpose: Purpose) -> str:
    sees = sorted((event, sorted(map(repr, rules))) for event, rules in purpose.fields.events.items())
    digest = hashlib.sha256(repr((sees, purpose.time_granularity_seconds)).encode())
    return f"{purpose.id} {digest.hexdigest()[:32]}"
