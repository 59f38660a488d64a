"""Four eyes: what one officer wants to see and another must agree to. Pure but for the dictionary that holds them.

    asked -> approved (by somebody else) -> open to whoever asked, until it runs out
          -> declined (by somebody else, or taken back by whoever asked)

Cases live in memory only and end with the process: what stays is in the log. A case about a person holds their pseudonym; it goes
with the person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from privacy import SubjectRef

MAX_CASES = 1000
"""That wait or are open."""

_ID_BYTES = 8


class Reason(StrEnum):
    """Why an officer wants to see it: a closed list, so that no name gets into the log by it."""

    REQUEST = "request_of_the_person"
    COMPLAINT = "complaint"
    AUTHORITY = "supervisory_authority"
    INCIDENT = "incident"
    AUDIT = "audit"


class Status(StrEnum):
    """How a case stands."""

    WAITING = "waiting"
    OPEN = "open"
    DECLINED = "declined"
    RUN_OUT = "run_out"


@dataclass(frozen=True, slots=True)
class ExportAsked:
    """Which entries are to be handed out."""

    report: str
    """By the word of what is made of them."""
    first_at: int
    """From this time on (unix seconds)."""
    end_at: int
    """Before this time (unix seconds)."""


Matter = SubjectRef | ExportAsked
"""What it is about: a person's timeline, or an export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that two officers must agree to."""

    case_id: str
    """Random; no capability."""
    matter: Matter
    """What it is about."""
    reason: Reason
    """Why the officer asks."""
    asked_by: str
    """The pseudonym of whoever asks."""
    asked_at: int
    """When (unix seconds)."""
    decided_by: str | None = None
    """The officer who decided; None while it waits."""
    decided_at: int | None = None
    """When it was decided (unix seconds); None while it waits."""
    declined: bool = False
    """Whether the answer was no."""

    @property
    def is_export(self) -> bool:
        """Whether it is about an export rather than about a person."""
        return isinstance(self.matter, ExportAsked)

    def status(self, now: int, lasts: int) -> Status:
        """How it stands, if everything lasts so many seconds."""
        if self.declined:
            return Status.DECLINED
        since = self.asked_at if self.decided_at is None else self.decided_at
        if now - since >= lasts:
            return Status.RUN_OUT
        return Status.WAITING if self.decided_by is None else Status.OPEN


class Cases:
    """The cases of this process. Lives on the event loop."""

    def __init__(self, clock: Callable[[], int], entropy: Callable[[int], bytes], *, lasts: int) -> None:
        """Let each wait, and then be open, for `lasts` seconds."""
        self._now = clock
        self._entropy = entropy
        self._lasts = lasts
        self._cases: dict[str, Case] = {}

    def make(self, matter: Matter, reason: Reason, by: str) -> Case | None:
        """A new case, which `keep` takes in; None if there are too many."""
        self._tidy()
        if len(self._cases) >= MAX_CASES:
            return None
        name = self._entropy(_ID_BYTES).hex()
        return Case(case_id=name, matter=matter, reason=reason, asked_by=by, asked_at=self._now())

    def keep(self, case: Case) -> None:
        """Take in a new case, or how one stands now."""
        self._cases[case.case_id] = case

    def get(self, case_id: str) -> Case | None:
        """A case, however it stands."""
        return self._cases.get(case_id)

    def decided(self, case_id: str, by: str, *, approves: bool) -> Case | None:
        """A waiting case as `by` decides it; None if it does not wait, or not for them.

        Nobody approves what they asked for; they may take it back.
        """
        case = self._cases.get(case_id)
        if case is None or self.status(case) is not Status.WAITING or (approves and case.asked_by == by):
            return None
        return replace(case, decided_by=by, decided_at=self._now(), declined=not approves)

    def open_timeline(self, case_id: str, officer: str) -> SubjectRef | None:
        """Whose timeline is open to an officer by this case.

        One that is open to somebody else, one about something else, and one that never was look alike.
        """
        matter = self._open_to(case_id, officer)
        return matter if isinstance(matter, bytes) else None

    def open_export(self, case_id: str, officer: str) -> ExportAsked | None:
        """Which export is open to an officer by this case; as `open_timeline`."""
        matter = self._open_to(case_id, officer)
        return matter if isinstance(matter, ExportAsked) else None

    def status(self, case: Case) -> Status:
        """How a case stands now."""
        return case.status(self._now(), self._lasts)

    def until(self, case: Case) -> int:
        """When a case runs out (unix seconds)."""
        return (case.asked_at if case.decided_at is None else case.decided_at) + self._lasts

    def all(self) -> list[Case]:
        """Every case that did not run out, the newest first."""
        self._tidy()
        return sorted(self._cases.values(), key=lambda case: case.asked_at, reverse=True)

    def waiting_for(self, officer: str) -> int:
        """How many wait for a decision of this officer."""
        return sum(
            self.status(case) is Status.WAITING and case.asked_by != officer for case in self._cases.values()
        )

    def forget(self, ref: SubjectRef) -> None:
        """Drop everything about a person."""
        for name in [name for name, case in self._cases.items() if case.matter == ref]:
            del self._cases[name]

    def _open_to(self, case_id: str, officer: str) -> Matter | None:
        case = self._cases.get(case_id)
        if case is None or case.asked_by != officer or self.status(case) is not Status.OPEN:
            return None
        return case.matter

    def _tidy(self) -> None:
        for name in [name for name, case in self._cases.items() if self.status(case) is Status.RUN_OUT]:
            del self._cases[name]
