"""What can go wrong in `consent`. A refusal is a value; these are failures.

ConsentError
├── PolicyError             a policy file cannot be used: where, and what is wrong, never what it said
├── StoreError
│   ├── StoreUnavailableError   the store cannot be read or written now; nothing was changed
│   └── StoreCorruptError       the store contradicts itself; a person must look
└── OvertakenError          another change of the same purpose came first: judge the write again
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class ConsentError(Exception):
    """Base of every failure of this package."""


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One thing that is wrong with a policy file."""

    pointer: str
    """Where: JSON-pointer-like, in the file's own key names and list positions."""
    problem: str
    """What is wrong there. Quotes no value."""


class PolicyError(ConsentError):
    """A policy file cannot be used. Every problem found is listed."""

    def __init__(self, problems: Iterable[PolicyProblem]) -> None:
        """Hold the problems, in the file's order."""
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{each.pointer or '/'}: {each.problem}" for each in self.problems))


class StoreError(ConsentError):
    """Base of the failures of a store."""


class StoreUnavailableError(StoreError):
    """The store cannot be read or written now (disk full, locked, gone). Nothing of the change was kept."""


class StoreCorruptError(StoreError):
    """The store contradicts itself: damaged, or changed by another hand. Do not serve from it."""


class OvertakenError(ConsentError):
    """Another change came between the judgement of a grant and its recording. Nothing was recorded."""
