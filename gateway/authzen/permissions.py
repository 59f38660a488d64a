"""May a service use a person's data for a purpose? The consent decision on its own, for services that act by themselves.

    whose data -> what is permitted -> one entry each, all in one frame, durable -> nothing was withdrawn meanwhile? -> the
    answer

Rules:

- What is asked before a lull (`gateway.lull`) is judged and recorded as a group.
- A permission that leaves here is in the log, and stood when its entry was durable. If the log cannot take it, it is denied.
- Whatever fails, everybody is answered: a defect is a denial with the reason `internal`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import msgspec

from audit import LogUnavailableError, Outcome
from gateway.clock import Clock
from gateway.enforcement import Enforcement
from gateway.evidence.answer_sealing import AnswerSealing
from gateway.evidence.entries import EntryWriter
from gateway.evidence.outcomes import DENIED, OutcomeLedger
from gateway.evidence.personal_entries import PersonalEntries
from gateway.identities import Identities
from gateway.lull import Lull
from gateway.memory.people import NOBODY, People
from privacy import SubjectRef

_pack = msgspec.msgpack.Encoder().encode


class Use(msgspec.Struct, frozen=True):
    """What somebody wants to do."""

    service: str
    """Who: the id that the caller gives the service."""
    purpose: str
    """What for: a purpose's id."""
    whose: SubjectRef | None
    """The person; None if it is about something that is no person we could know."""
    gpc: bool = False
    """Whether the request carried the Global Privacy Control signal."""


class Permission(msgspec.Struct, frozen=True):
    """The answer to one evaluation."""

    outcome: Outcome
    """`permitted`, or why not."""
    index: int | None = None
    """Its entry in the log; None if the log could not take it."""
    mask: int = 0
    """What the person permits, as bits of purposes, when it was compared for the last time; 0 unless it is granted."""

    @property
    def granted(self) -> bool:
        """Whether the use is permitted."""
        return self.outcome is Outcome.PERMITTED


Reply = Callable[[list[Permission]], None]
"""Takes the answers to what was asked together, in order."""


@dataclass(slots=True)
class _Turn:
    """What was asked before one lull. The lists are as long as there are uses in it."""

    asked: deque[tuple[Sequence[Use], Reply]]
    """What was asked together, and who waits for the answers; whoever has theirs is not in it any more."""
    uses: list[Use]
    """All of it in order."""
    slots: Sequence[int]
    """Whose permission counts."""
    judged: list[Outcome]
    """What each was answered."""
    indices: list[int | None]
    """Their entries in the log."""


class Permissions:
    """Judges uses, and records every answer before it is given. Lives on the event loop."""

    def __init__(  # noqa: PLR0913  # what an answer depends on, and where it is recorded
        self,
        *,
        people: People,
        identities: Identities,
        enforcement: Enforcement,
        clock: Clock,
        writer: EntryWriter,
        entries: PersonalEntries,
        sealing: AnswerSealing,
    ) -> None:
        """Judge for `people`; `sealing` makes the evidence."""
        self._people = people
        self._linked, self._linked_or_own = identities.linked, identities.linked_or_own
        self._enforcement = enforcement
        self._clock = clock
        self._writer = writer
        self._entries = entries
        self.outcomes = OutcomeLedger()
        """What became of the questions."""
        self._sealing = sealing
        self._waiting: deque[tuple[Sequence[Use], Reply]] = deque()
        self._lull = Lull(self._answer_turn, lambda: len(self._waiting), _call_soon)

    async def ask(self, uses: Sequence[Use]) -> list[Permission]:
        """The answers, in order, once their entries are durable. No error of the log escapes: it denies."""
        answers: asyncio.Future[list[Permission]] = asyncio.get_running_loop().create_future()

        def reply(found: list[Permission]) -> None:
            if not answers.done():
                answers.set_result(found)

        self.take(uses, reply)
        return await answers

    def take(self, uses: Sequence[Use], reply: Reply) -> None:
        """`ask` without waiting: `reply` is called with the answers."""
        self.outcomes.admitted += len(uses)
        self._waiting.append((uses, reply))
        if len(self._waiting) == 1:
            self._lull.begin()

    def permitted_purposes(self, whose: SubjectRef | None, *, gpc: bool) -> list[str]:
        """The purposes for which a person's data may be used now, in the order of the policy. A look, without an entry."""
        policy = self._enforcement.policy
        now = self._clock.now()
        uses = [Use("", purpose.id, whose, gpc) for purpose in policy.purposes]
        judged = zip(uses, self._slots(uses), strict=True)
        return [use.purpose for use, slot in judged if self._judge(use, slot, now) is Outcome.PERMITTED]

    def _answer_turn(self) -> None:
        """Everything that was asked before the lull: judge, record."""
        asked, self._waiting = self._waiting, deque()
        uses = list(chain.from_iterable(each for each, _ in asked))
        try:
            now, slots = self._clock.now(), self._slots(uses)
            judged = [self._judge(use, slot, now) for use, slot in zip(uses, slots, strict=True)]
            turn = _Turn(asked, uses, slots, judged, [None] * len(uses))
            self._record(turn, range(len(uses)), now)
        except Exception:
            self._fail(asked)
            raise

    def _record(self, turn: _Turn, places: Sequence[int], now: int) -> None:
        """The answers at these places in the next frame; what becomes of it is learnt by `_settle`."""
        settled = partial(self._settle, turn, places, self._people.revocations)
        try:
            first = self._append(turn, places, now, settled)
        except LogUnavailableError as failure:
            settled(failure)
            return
        for index, place in enumerate(places, first):
            turn.indices[place] = index

    def _settle(
        self, turn: _Turn, places: Sequence[int], revocations: int, failure: BaseException | None
    ) -> None:
        """The entries at these places are durable, or are not: answer, unless somebody has withdrawn meanwhile."""
        try:
            if failure is not None:
                self._deny_unrecorded(turn, places)
            if self._people.revocations == revocations or not self._deny_withdrawn(turn):
                self._finish(turn)
        except Exception:
            self._fail(turn.asked)
            raise

    def _deny_unrecorded(self, turn: _Turn, places: Sequence[int]) -> None:
        for place in places:
            turn.indices[place] = None
            if turn.judged[place] is not Outcome.DENIED_WITHDRAWN_MEANWHILE:
                turn.judged[place] = Outcome.FAULT_LOG_UNAVAILABLE

    def _deny_withdrawn(self, turn: _Turn) -> bool:
        """Deny what was withdrawn while the entries were on their way to the disk, with entries of their own; whether any was."""
        now, turn.slots = self._clock.now(), self._slots(turn.uses)
        gone = [
            place
            for place, (use, slot, outcome) in enumerate(zip(turn.uses, turn.slots, turn.judged, strict=True))
            if outcome is Outcome.PERMITTED and self._judge(use, slot, now) is not Outcome.PERMITTED
        ]
        if not gone:
            return False
        for place in gone:
            turn.judged[place] = Outcome.DENIED_WITHDRAWN_MEANWHILE
        self._record(turn, gone, now)
        return True

    def _finish(self, turn: _Turn) -> None:
        """Give every use its answer and its one outcome."""
        mask = self._people.mask
        answers = (
            Permission(outcome, index, mask[slot] if outcome is Outcome.PERMITTED else 0)
            for outcome, index, slot in zip(turn.judged, turn.indices, turn.slots, strict=True)
        )
        while turn.asked:
            uses, reply = turn.asked.popleft()
            theirs = list(islice(answers, len(uses)))
            self.outcomes.counts.update([answer.outcome for answer in theirs])
            reply(theirs)

    def _fail(self, asked: deque[tuple[Sequence[Use], Reply]]) -> None:
        """A defect: whoever has no answer yet is denied, with an outcome that says so."""
        while asked:
            uses, reply = asked.popleft()
            self.outcomes.counts[Outcome.FAULT_INTERNAL] += len(uses)
            reply([Permission(Outcome.FAULT_INTERNAL)] * len(uses))

    def _judge(self, use: Use, slot: int, now: int) -> Outcome:
        """One use of the data of whoever has this slot: read it aloud."""
        purpose = self._enforcement.policy.purpose(use.purpose)
        if purpose is None:
            return Outcome.DENIED_UNKNOWN_PURPOSE
        if use.whose is None:
            return Outcome.DENIED_UNKNOWN_RESOURCE
        if slot == NOBODY:
            return Outcome.DENIED_NO_RECORD
        if not self._enforcement.permitted_bits(slot, now) >> purpose.bit & 1:
            return DENIED[self._people.reason(slot, purpose.bit)]
        if use.gpc and self._enforcement.policy.gpc_mask >> purpose.bit & 1:
            return Outcome.DENIED_SIGNAL
        return Outcome.PERMITTED

    def _slots(self, uses: Sequence[Use]) -> list[int]:
        """Whose permission counts, of each; while a link holds, that of the known person."""
        slot_of, linked, person = self._people.slot_of, self._linked, self._linked_or_own
        return [
            NOBODY
            if use.whose is None
            else slot_of.get(person(use.whose) if use.whose in linked else use.whose, NOBODY)
            for use in uses
        ]

    def _append(
        self, turn: _Turn, places: Sequence[int], now: int, settled: Callable[[BaseException | None], None]
    ) -> int:
        """Append one entry for each of these places; the index of the first.

        Raises:
            LogUnavailableError: none was taken.
        """
        slots = [turn.slots[place] for place in places]
        asked = [
            (use.service, use.purpose, outcome)
            for use, outcome in ((turn.uses[place], turn.judged[place]) for place in places)
        ]
        payloads = {each: _pack((*each, now)) for each in set(asked)}
        purpose_of = self._enforcement.policy.purpose
        codes = {name: found.code for _, name, _ in payloads if (found := purpose_of(name))}
        write = self._writer.permission
        with self._people.numbers_kept(slots):
            evidence = self._sealing.seal_each(slots, [payloads[each] for each in asked])
            entries = [
                write(outcome, codes.get(purpose), tag, commitment, now)
                for (_, purpose, outcome), (tag, commitment, _) in zip(asked, evidence, strict=True)
            ]
            return self._entries.append(entries, [half for _, _, half in evidence], slots, settled)


def _call_soon(call: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(call)
