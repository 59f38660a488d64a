"""Evaluations: what a flag is for somebody, with the evidence that it may be.

    is anything of a person needed? -> permitted, and recorded (`Permissions`) -> evaluate -> the first use of an arm is
    written -> nothing was withdrawn meanwhile? -> the answer

Whoever does not permit `experiments` gets the default, and so does everybody while the log is out: status 200, with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from audit import LogUnavailableError, Outcome
from gateway.authzen.permissions import Permissions, Use
from gateway.clock import Clock
from gateway.flags.checking import PURPOSE
from gateway.flags.evaluation import Resolved, Unit, default_of, evaluate
from gateway.flags.exposures import Exposures
from gateway.flags.model import ReadyFlag
from gateway.flags.shelf import FlagShelf
from gateway.flags.trial_feed import TrialFeed
from gateway.identities import Identities
from gateway.memory.people import People
from privacy import SubjectRef


class Unanswerable(StrEnum):
    """Why a flag has no value: OFREP's words."""

    FLAG_NOT_FOUND = "FLAG_NOT_FOUND"
    """There is no such flag."""
    TARGETING_KEY_MISSING = "TARGETING_KEY_MISSING"
    """It is about a person, and nobody was named."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """For whom flags are asked."""

    whose: SubjectRef | None
    """The person; None if none was named."""
    context: Mapping[str, Any]
    """What the app says of the circumstances."""
    gpc: bool = False
    """Whether the request carried the Global Privacy Control signal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a flag is."""

    resolved: Resolved
    """Its variant and why."""
    withheld: str | None = None
    """Why it is the default although rules might say otherwise: a reason of the closed list."""
    index: int | None = None
    """The entry of the evaluation, if it was personal and the log took it."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What all flags are."""

    each: list[tuple[str, Answer | Unanswerable]]
    """The answer for each flag, by key."""
    withheld: str | None
    """Why nothing personal was used, if that is so."""
    index: int | None
    """The one entry of all these evaluations."""


class FlagDesk:
    """Answers for flags."""

    def __init__(  # noqa: PLR0913  # what an answer depends on
        self,
        *,
        shelf: FlagShelf,
        permissions: Permissions,
        identities: Identities,
        people: People,
        feed: TrialFeed,
        exposures: Exposures | None,
        clock: Clock,
    ) -> None:
        """Answer from `shelf`. Without `exposures` (the policy has no such purpose) nothing is permitted anyway."""
        self._shelf = shelf
        self._permissions = permissions
        self._identities = identities
        self._people = people
        self._feed = feed
        self._exposures = exposures
        self._clock = clock
        self._writing: dict[tuple[str, int], asyncio.Future[str | None]] = {}

    async def one(self, key: str, inquiry: Inquiry) -> Answer | Unanswerable:
        """What one flag is, at the moment of its use: the use of an experiment's arm is written down."""
        ready = self._shelf.get(key)
        if ready is None:
            return Unanswerable.FLAG_NOT_FOUND
        if not ready.flag.is_personal:
            return Answer(default_of(ready.flag))
        if inquiry.whose is None:
            return Unanswerable.TARGETING_KEY_MISSING
        withheld, index = await self._permitted(inquiry.whose, gpc=inquiry.gpc)
        if withheld is not None:
            return Answer(default_of(ready.flag), withheld, index)
        (resolved,) = self._evaluate([ready], inquiry)
        withheld = await self._use(resolved, inquiry.whose)
        if withheld is not None:
            return Answer(default_of(ready.flag), withheld, index)
        return Answer(resolved, None, index)

    async def all(self, inquiry: Inquiry) -> Answers:
        """What every flag is. A page that fetches all of them has used none of them yet: nothing is an exposure."""
        flags = self._shelf.all()
        personal = any(ready.flag.is_personal for ready in flags)
        if not personal:
            return Answers([(each.flag.key, Answer(default_of(each.flag))) for each in flags], None, None)
        if inquiry.whose is None:
            return Answers([(each.flag.key, _without_anybody(each)) for each in flags], None, None)
        withheld, index = await self._permitted(inquiry.whose, gpc=inquiry.gpc)
        flags = self._shelf.all()
        if withheld is None:
            resolved = self._evaluate(flags, inquiry)
        else:
            resolved = [default_of(each.flag) for each in flags]
        return Answers(
            [
                (
                    ready.flag.key,
                    Answer(each, withheld if ready.flag.is_personal else None),
                )
                for ready, each in zip(flags, resolved, strict=True)
            ],
            withheld,
            index,
        )

    async def _permitted(self, whose: SubjectRef, *, gpc: bool) -> tuple[str | None, int | None]:
        """Why nothing of a person may be used (None if it may), and the entry that says so."""
        use = Use(f"flags/{self._shelf.digest}", PURPOSE, whose, gpc)
        permission = (await self._permissions.ask([use]))[0]
        return None if permission.granted else permission.outcome.reason, permission.index

    def _evaluate(self, flags: Sequence[ReadyFlag], inquiry: Inquiry) -> list[Resolved]:
        assert inquiry.whose is not None, "somebody is asked about"
        unit, now = self._unit(inquiry.whose), self._clock.now()
        return [evaluate(ready, inquiry.context, unit, now) for ready in flags]

    def _unit(self, asked: SubjectRef) -> Unit:
        """Who is shared out: the person, with what their devices used before they signed in, while linking is permitted."""
        person = self._identities.linked_or_own(asked)
        devices = self._identities.devices_of(person)
        slots = [slot for ref in (person, *devices) if (slot := self._people.slot_of.get(ref)) is not None]
        name = min(devices, default=person)
        return Unit(name.hex(), lambda experiment: self._feed.trials.first_used(experiment, slots))

    async def _use(self, resolved: Resolved, asked: SubjectRef) -> str | None:
        """Write the first use of an arm, once for all who ask at the same time; why the arm may not be given, if so."""
        person = self._identities.linked_or_own(asked)
        slot = self._people.slot_of.get(person)
        if resolved.experiment is None or slot is None or self._exposures is None:
            return None
        if self._feed.has_used(resolved.experiment, slot):
            return None
        use = (resolved.experiment, slot)
        writing = self._writing.get(use)
        if writing is None:
            writing = asyncio.ensure_future(self._write_use(self._exposures, resolved, person, slot))
            self._writing[use] = writing
            writing.add_done_callback(lambda _: self._writing.pop(use, None))
        wrong = await asyncio.shield(writing)
        if wrong is None and not self._feed.still_permits(person, slot):
            return Outcome.DENIED_WITHDRAWN_MEANWHILE.reason
        return wrong

    async def _write_use(
        self, exposures: Exposures, resolved: Resolved, person: SubjectRef, slot: int
    ) -> str | None:
        assert resolved.experiment is not None, "an arm is used"
        try:
            await exposures.record(slot, resolved.experiment, resolved.variant, self._clock.now())
        except LogUnavailableError:
            return Outcome.FAULT_LOG_UNAVAILABLE.reason
        if self._feed.still_permits(person, slot):
            self._feed.note_use(resolved.experiment, slot)
        return None


def _without_anybody(ready: ReadyFlag) -> Answer | Unanswerable:
    if ready.flag.is_personal:
        return Unanswerable.TARGETING_KEY_MISSING
    return Answer(default_of(ready.flag))
