"""What rules remember of a person, in a snapshot: whether it may be taken up by the policy and the consent of now."""

from __future__ import annotations

from collections.abc import Sequence

from consent import Policy
from gateway.memory.people import People
from gateway.reading_back import ReadingBack

_ENDED_UNSEEN = frozenset({"expired", "superseded", "unprovable"})
"""Why a condition that was given may have ended while nobody looked."""


class TakingUp:
    """Judges what rules remember, which does not say of itself on which fields it rests."""

    def __init__(self, policy: Policy, people: People, reading: ReadingBack) -> None:
        """Go by `policy`, and by what `people` permit."""
        self.purposes = [purpose.id for purpose in policy.purposes]
        """The purposes by bit."""
        self._people = people
        self._reading = reading

    def stands(self, purposes: Sequence[str], bit: int, slot: int) -> bool:
        """Whether it may be taken up.

        Args:
            purposes: those of then by bit; none if it is not known: then they are those of now.
            bit: the purpose that it was remembered for.
            slot: whose it is now.
        """
        if purposes and self.purposes[bit : bit + 1] != purposes[bit : bit + 1]:
            return False  # another purpose has its bit
        conditions = self._reading.conditions_of(bit)
        return not any(self._people.reason(slot, each) in _ENDED_UNSEEN for each in conditions)
