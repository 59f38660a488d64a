"""Exactly one outcome for everything admitted: the guard that makes forgetting impossible.

    with ledger.admit(100) as fate:
        ...
        fate.settle(Outcome.ACCEPTED)

Leaving the block with anything unsettled counts it as `fault.unaccounted` and raises; leaving by an exception counts the
rest as `fault.internal`; settling more than was admitted raises. So `admitted = sum of outcomes` holds at every moment
at which no request is in flight, and a test asserts it after every property-based run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import TracebackType

from audit import Outcome
from gateway.errors import UnaccountedError

OUTCOME_OF = {outcome.value: outcome for outcome in Outcome}
"""Every outcome by its word."""

WITHHELD = {outcome.reason: outcome for outcome in Outcome if outcome.value.startswith("withheld.")}
"""Why an event is withheld, by reason."""

UNPERSONALISED = {
    outcome.reason: outcome for outcome in Outcome if outcome.value.startswith("unpersonalised.")
}
"""Why a slate is not personal, by reason."""

DENIED = {outcome.reason: outcome for outcome in Outcome if outcome.value.startswith("denied.")}
"""Why a use is not permitted, by reason."""

_OF_A_PERSON = frozenset(
    WITHHELD[reason]
    for reason in (
        "no_record", "no_consent", "refused", "expired", "superseded", "unprovable", "minor", "restricted",
    )
)  # fmt: skip


def reasons_of(counts: Mapping[Outcome, int], *, is_public: bool) -> dict[str, int]:
    """Why events were not accepted, and how many.

    Args:
        counts: how many came to each outcome.
        is_public: whether anybody can ask, as with the key of a browser: then `no_consent` stands for whatever a person said,
            never said, or is, which nobody may learn who only knows the id of a browser.
    """
    reasons: Counter[str] = Counter()
    for outcome, n in counts.items():
        if outcome is not Outcome.ACCEPTED:
            hides = is_public and outcome in _OF_A_PERSON
            reasons[Outcome.WITHHELD_NO_CONSENT.reason if hides else outcome.reason] += n
    return {reason: n for reason, n in reasons.items() if n}


class Fate:
    """What becomes of the things admitted together."""

    __slots__ = ("_admitted", "_ledger", "counts")

    def __init__(self, ledger: OutcomeLedger, admitted: int) -> None:
        """Use `OutcomeLedger.admit` instead."""
        self._ledger = ledger
        self._admitted = admitted
        self.counts: Counter[Outcome] = Counter()
        """How many have met each outcome so far."""

    def settle(self, outcome: Outcome, n: int = 1) -> None:
        """Give `n` of them their outcome."""
        self.counts[outcome] += n

    def __enter__(self) -> Fate:
        """Admit the event or question."""
        self._ledger.admitted += self._admitted
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the account.

        Raises:
            UnaccountedError: something was left without an outcome, or given two.
        """
        settled = self.counts.total()
        missing = self._admitted - settled
        if missing > 0:
            self.counts[Outcome.FAULT_INTERNAL if kind else Outcome.FAULT_UNACCOUNTED] += missing
        self._ledger.counts.update(self.counts)
        if missing and not kind:
            raise UnaccountedError


class OutcomeLedger:
    """The running totals of one kind of thing (events, decisions)."""

    def __init__(self) -> None:
        """Nothing admitted yet."""
        self.admitted = 0
        """How many were admitted."""
        self.counts: Counter[Outcome] = Counter()
        """How many met each outcome."""

    def admit(self, n: int = 1) -> Fate:
        """Open an account for `n` things that came in together."""
        return Fate(self, n)

    def balanced(self) -> bool:
        """Whether everything admitted has met its outcome (true whenever nothing is in flight)."""
        return self.admitted == self.counts.total()
