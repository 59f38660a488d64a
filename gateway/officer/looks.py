"""Every look is itself an entry of the log, durable before anything is shown: who looked, at which page, by which filter.

An entry names the officer by their pseudonym, the page by a word of a closed list, and of a filter only words of closed lists and
times. It never names whom a look was about, nor an entry's place in the clear: somebody who looks at one person's entries one
after the other must not tie them together for whoever reads the log. Those with the keys can read which (`seen_entries`).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from audit import Kind, Outcome, Sequencer
from gateway.clock import Clock
from gateway.evidence.entries import EntryWriter


class Page(StrEnum):
    """What can be looked at."""

    OVERVIEW = "overview"
    ENTRIES = "entries"
    ENTRY = "entry"
    PROOF = "proof"
    PEOPLE = "people"
    TIMELINE = "timeline"
    DECISION = "decision"
    RIGHTS = "rights"
    REPORTS = "reports"
    EXPORT = "export"
    APPROVALS = "approvals"


class OfficerAct(StrEnum):
    """What an officer can do beside looking."""

    ENROLLED = "officer_enrolled"
    SIGNED_IN = "officer_signed_in"
    SIGNED_OUT = "officer_signed_out"
    REFUSED = "officer_refused"
    ASKED = "officer_asked"
    APPROVED = "officer_approved"
    DECLINED = "officer_declined"
    STEPPED = "officer_step"


_LOOK = "officer_look"
_REFUSED_PER_SECOND = 0.1
_REFUSED_AT_ONCE = 6.0


class Looks:
    """Writes what officers do into the log."""

    def __init__(
        self, writer: EntryWriter, sequencer: Sequencer, clock: Clock, monotonic: Callable[[], float]
    ) -> None:
        """Write entries made by `writer`."""
        self._writer = writer
        self._sequencer = sequencer
        self._clock = clock
        self._monotonic = monotonic
        self._refusals_left = _REFUSED_AT_ONCE
        self._refused_at = monotonic()

    async def note(self, officer: str, page: Page, **seen: str | int) -> None:
        """Note a look, before what it shows is shown.

        Args:
            officer: the pseudonym of whoever looks.
            page: at what.
            **seen: by which filter; words of closed lists, times and numbers of ours.

        Raises:
            LogUnavailableError: it cannot be noted, so nothing may be shown.
        """
        await self._write(_LOOK, {"officer": officer, "page": page.value, **seen})

    async def note_act(self, officer: str, act: OfficerAct, **of: str | int) -> None:
        """Note what an officer did. Raises as `note`; then it must not be done."""
        await self._write(act.value, {"officer": officer, **of})

    def note_refused(self) -> None:
        """Note a sign-in that was refused, naming nobody. At most one in ten seconds is noted, so nobody can fill the log."""
        now = self._monotonic()
        room = self._refusals_left + (now - self._refused_at) * _REFUSED_PER_SECOND
        self._refusals_left, self._refused_at = min(room, _REFUSED_AT_ONCE), now
        if self._refusals_left >= 1 and self._sequencer.available:
            self._refusals_left -= 1
            self._append(OfficerAct.REFUSED.value, {})

    async def _write(self, act: str, detail: dict[str, str | int]) -> None:
        self._append(act, detail)
        await self._sequencer.wait_durable()

    def _append(self, act: str, detail: dict[str, str | int]) -> None:
        entry = self._writer.plain(Kind.ADMIN, Outcome.DONE, self._clock.now(), {"act": act, **detail})
        self._sequencer.append(entry)
