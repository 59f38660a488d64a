"""What was withheld, by purpose and reason: an event that no purpose may see is withheld for each that knows events of its name.

An event costs one look-up: those withheld for the same reasons of the same purposes are alike, and are told apart when asked.
Of an event that some purposes may see and others not, what the others are denied is not counted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from audit import Outcome
from consent import Policy
from gateway.evidence.outcomes import WITHHELD

Reasons = tuple[tuple[int, str], ...]
"""Of one event: the bit of each purpose that knows it, and why that purpose may not see it."""

MAX_SHAPES = 4096
"""Combinations told apart before they are added up and forgotten."""

SIGNAL = Outcome.WITHHELD_SIGNAL.reason


class WithheldPurposes:
    """Counts withheld signals by purpose."""

    def __init__(self, policy: Policy) -> None:
        """Count for the purposes of `policy`."""
        self._ids = {purpose.bit: purpose.id for purpose in policy.purposes}
        self._seen: Counter[Reasons] = Counter()
        self._totals: Counter[tuple[str, str]] = Counter(
            {(purpose, reason): 0 for purpose in self._ids.values() for reason in WITHHELD}
        )

    def note(self, reasons: Reasons) -> None:
        """An event was withheld, for these reasons."""
        self._seen[reasons] += 1
        if len(self._seen) > MAX_SHAPES:
            self._add_up()

    def note_signal(self, bits: int) -> None:
        """An event was withheld because a claim or a signal left none of these purposes."""
        self.note(tuple((bit, SIGNAL) for bit in self._ids if bits >> bit & 1))

    def totals(self) -> Mapping[tuple[str, str], int]:
        """By the id of a purpose and the reason, since the start; every pair there can be."""
        self._add_up()
        return self._totals

    def _add_up(self) -> None:
        for reasons, seen in self._seen.items():
            for bit, reason in reasons:
                self._totals[self._ids[bit], reason] += seen
        self._seen.clear()
