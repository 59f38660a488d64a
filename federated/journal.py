"""The journal of a round: one line per step, written before the step, so that a crash leaves no doubt about what was spent.

    announced -> asked -> checked -> opening -> released -> closed

Up to `checked` nothing is known of anybody, and a round that stopped there costs nothing. From `opening` on the loss is spent,
whatever comes of it. `released` names the noisy sum, which is kept: from there a round can be finished after a crash without
another release.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import msgspec

from federated.documents import Count, Digest
from federated.errors import DocumentError


class RoundStep(StrEnum):
    """What is about to be done, in order."""

    ANNOUNCED = "announced"
    """The manifest is signed and logged."""
    ASKED = "asked"
    """Devices were sampled at a position of the log."""
    CHECKED = "checked"
    """Uploads are closed; who consents was read again at a position of the log."""
    OPENING = "opening"
    """From here on an exact sum may be known: the loss is spent."""
    RELEASED = "released"
    """The noisy sum is kept; the exact one is gone."""
    CLOSED = "closed"
    """The record is signed and logged."""


_ORDER = tuple(RoundStep)


class JournalLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One step. Names nobody."""

    format: Literal["volens-round-journal/1"] = "volens-round-journal/1"
    manifest: Digest
    step: RoundStep
    at: Count
    """Unix time, seconds."""
    position: Count | None = None
    """Of the log, for `asked` and `checked`."""
    digest: Digest | None = None
    """Of the noisy sum for `released`, of the record for `closed`."""


@dataclass(frozen=True, slots=True)
class RoundState:
    """Where a round stands, by its journal."""

    step: RoundStep
    is_spent: bool
    """Whether the loss counts: something was, or may have been, opened."""
    asked_at: int | None
    checked_at: int | None
    release: str | None

    @property
    def can_be_finished(self) -> bool:
        """Whether a round that was interrupted here can still make a model; if not, it is abandoned."""
        return self.step is RoundStep.RELEASED


def read_journal(lines: Iterable[JournalLine]) -> RoundState:
    """Where a round stands.

    Raises:
        DocumentError: no lines, lines of several rounds, steps out of order, or one without what belongs to it.
    """
    state, manifest, reached = None, None, -1
    is_spent, asked_at, checked_at, release = False, None, None, None
    for line in lines:
        step = _ORDER.index(line.step)
        ends_early = line.step is RoundStep.CLOSED
        if (manifest or line.manifest) != line.manifest or step <= reached:
            raise DocumentError("the lines of the journal are not those of one round in order")
        if step != reached + 1 and not ends_early:
            raise DocumentError("the journal leaves out a step")
        if line.step in {RoundStep.ASKED, RoundStep.CHECKED} and line.position is None:
            raise DocumentError("the journal names no position of the log")
        if line.step is RoundStep.RELEASED and line.digest is None:
            raise DocumentError("the journal names no release")
        asked_at = line.position if line.step is RoundStep.ASKED else asked_at
        checked_at = line.position if line.step is RoundStep.CHECKED else checked_at
        release = line.digest if line.step is RoundStep.RELEASED else release
        manifest, reached = line.manifest, step
        is_spent = is_spent or line.step in {RoundStep.OPENING, RoundStep.RELEASED}
        state = RoundState(line.step, is_spent, asked_at, checked_at, release)
    if state is None:
        raise DocumentError("the journal is empty")
    return state
