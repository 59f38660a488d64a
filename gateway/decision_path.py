"""The path of a decision: a question in, a slate with its reasons and its evidence out.

    authenticate (before) -> whom is it about -> what is permitted -> history from memory -> rank -> one entry, durable
    -> nothing was withdrawn meanwhile? -> the answer

Rules:

- The questions of one turn of the event loop are ranked as a group, and permission is read in the same synchronous step
  as the history: there is no moment between the check and the use.
- No personalised answer leaves before its entry is durable. Then the revocation count is compared once more: if the
  person withdrew in between, the question is answered again, unpersonalised, with an entry of its own.
- A refused person gets the popular slate, status 200, and the reason. If the log cannot take the entry, so does everybody,
  with `audit: null`.
- Whatever fails, everybody is answered: a defect is an empty slate with the reason `internal`, and a fault in the journal.
- The plain ASGI form calls `ask`; the protocol form (`decide_shortcut`) does the same in two steps.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import LogUnavailableError, Outcome, Sequencer
from gateway.answers import AnswerWriter
from gateway.asked import NOBODY, NOTHING, Asked, QuestionReader, Reply
from gateway.clock import Clock
from gateway.enforcement import Enforcement
from gateway.entries import EntryWriter, commit
from gateway.learning.explorer import Explorer
from gateway.outcomes import UNPERSONALISED, OutcomeLedger
from gateway.people import People
from gateway.principals import Principal
from gateway.questions import Question
from gateway.sealed_records import Form
from scoring import Catalogue, History, Model, Popular, rank_group


class DecisionPath:
    """Answers questions, a group at a time."""

    def __init__(
        self,
        *,
        reader: QuestionReader,
        enforcement: Enforcement,
        people: People,
        clock: Clock,
        catalogue: Catalogue,
        history: History,
        popular: Popular,
        writer: EntryWriter,
        answers: AnswerWriter,
        sequencer: Sequencer,
        outcomes: OutcomeLedger,
        operations_key: bytes,
        call_soon: Callable[[Callable[[], None]], object],
        on_recorded: Callable[[int, list[int]], None],
        explorer: Explorer | None = None,
    ) -> None:
        """Wire the path; `call_soon` runs a turn, `on_recorded` learns whose the entries are, `explorer` draws first places."""
        self.explorer = explorer
        """Draws first places, where a placement does."""
        self.read = reader.read
        """Reads a question; `ask` and the shortcut call it."""
        self._enforcement = enforcement
        self._people = people
        self._clock = clock
        self._catalogue = catalogue
        self._history = history
        self._popular = popular
        self._writer = writer
        self._answers = answers
        self._sequencer = sequencer
        self._outcomes = outcomes
        self._operations = AESGCM(operations_key)
        self._call_soon = call_soon
        self._on_recorded = on_recorded
        self._waiting: list[Asked] = []
        self.model = popular.model
        """The model in use."""

    def adopt(self, model: Model) -> None:
        """Use another model from the next turn on."""
        self.model = model
        self._popular.adopt(model)

    def ask(self, question: Question, principal: Principal, *, gpc: bool, reply: Reply) -> None:
        """Take a question; `reply` is called with the answer once its evidence is durable.

        Raises:
            QuestionInvalidError: not exactly one subject, or a limit out of range.
            PlacementUnknownError: no such placement.
            NotPermittedError: a person-bound token asks about somebody else.
        """
        self.take(self.read(question, principal, gpc=gpc, reply=reply))

    def take(self, asked: Asked) -> None:
        """Answer what was read."""
        self._outcomes.admitted += 1
        self._wait_for_turn(asked)

    def _wait_for_turn(self, asked: Asked) -> None:
        if not self._waiting:
            self._call_soon(self._turn)
        self._waiting.append(asked)

    def _turn(self) -> None:
        """Everything that arrived in this turn of the event loop: judge, record."""
        group, self._waiting = self._waiting, []
        numbers = self._people.number
        before = [(asked.slot, numbers[asked.slot]) for asked in group if asked.slot != NOBODY]
        try:
            entries, sealed = self._judge(group, self._clock.now())
        except Exception:
            for slot, number in reversed(before):
                numbers[slot] = number
            self._fail(group)
            raise
        self._record(group, entries, sealed)

    def _judge(self, group: list[Asked], now: int) -> tuple[list[bytes], list[bytes]]:
        """Permit and rank; the entries that say so, and their sealed halves."""
        personal = []
        for asked in group:
            if asked.slot != NOBODY and self._people.ref_of[asked.slot] is None:
                asked.slot = NOBODY  # erased since: their key must not seal anything any more
            if asked.outcome is Outcome.FAULT_UNACCOUNTED:
                asked.outcome = self._permit(asked, now)
            if asked.outcome is Outcome.PERSONALISED:
                personal.append(asked)
            else:
                asked.slate = self._popular.slate(
                    asked.limit, asked.category, asked.exclude, asked.candidates
                )
        if personal:
            self._rank(personal, now)
        return self._entries(group, now)

    def _permit(self, asked: Asked, now: int) -> Outcome:
        """The consent decision for one question: personalised, or why not."""
        if asked.slot == NOBODY:
            return Outcome.UNPERSONALISED_NO_RECORD
        permitted = self._enforcement.permitted_bits(asked.slot, now)
        for bit in asked.needs:
            if not permitted >> bit & 1:
                return UNPERSONALISED[self._people.reason(asked.slot, bit)]
        if not asked.claims >> asked.bit & 1:
            return Outcome.UNPERSONALISED_SIGNAL
        if not self._history.knows(asked.slot):
            return Outcome.UNPERSONALISED_NO_HISTORY
        if not self.model.usable:
            return Outcome.UNPERSONALISED_NO_MODEL
        return Outcome.PERSONALISED

    def _rank(self, personal: list[Asked], now: int) -> None:
        explorer = self.explorer
        limit = max(asked.limit for asked in personal)
        rows = self._history.rows([asked.slot for asked in personal])
        slates = rank_group(
            self.model,
            rows,
            exclude=[asked.exclude for asked in personal],
            candidates=[asked.candidates for asked in personal],
            available=self._catalogue.available,
            limit=limit if explorer is None else max(limit, explorer.width_of(personal)),
        )
        for asked, slate in zip(personal, slates, strict=True):
            asked.slate = slate
        if explorer is not None:
            explorer.explore(personal, self.model, now)

    def _entries(self, group: list[Asked], now: int) -> tuple[list[bytes], list[bytes]]:
        """One entry a decision."""
        entropy = os.urandom(60 * len(group))
        entries: list[bytes] = []
        sealed: list[bytes] = []
        for position, asked in enumerate(group):
            entry, half = self._entry(asked, now, entropy[60 * position : 60 * position + 60])
            entries.append(entry)
            sealed.append(half)
        return entries, sealed

    def _record(self, group: list[Asked], entries: list[bytes], sealed: list[bytes]) -> None:
        """Everything in the next frame."""
        try:
            first = self._sequencer.append_many(entries, sealed)
        except LogUnavailableError as failure:
            self._give_back(group)
            self._finish(group, failure)
            return
        for offset, asked in enumerate(group):
            asked.index = first + offset
        self._on_recorded(first, [asked.slot for asked in group])
        self._sequencer.when_durable(partial(self._settle, group, self._people.revocations))

    def _entry(self, asked: Asked, now: int, entropy: bytes) -> tuple[bytes, bytes]:
        """The entry and its sealed half: the payload says everything that a proof of this decision needs."""
        payload = self._answers.payload(
            asked.slate, asked.limit, asked.placement.id, asked.outcome, self.model, now
        )
        if asked.slot == NOBODY:
            tag, r = entropy[:16], entropy[16:48]
            cipher, form, plain = self._operations, Form.OPERATIONS, r + payload
        else:
            tag, r = self._people.evidence(asked.slot)
            cipher, form, plain = AESGCM(self._people.evidence_key(asked.slot)), Form.DECISION, payload
        nonce = entropy[48:60]
        half = bytes((form,)) + nonce + cipher.encrypt(nonce, plain, tag)
        entry = self._writer.decision(
            asked.outcome, asked.bit, tag, commit(r, payload), self.model.digest, now
        )
        return entry, half

    def _settle(self, group: list[Asked], revocations: int, failure: BaseException | None) -> None:
        """The entries are durable, or are not: answer."""
        try:
            self._answer(group, revocations, failure)
        except Exception:
            self._fail(group)
            raise

    def _answer(self, group: list[Asked], revocations: int, failure: BaseException | None) -> None:
        """Check once more that nothing was withdrawn, then answer."""
        if failure is not None:
            self._give_back(group)
            self._finish(group, failure)
            return
        if self._people.revocations == revocations:
            self._finish(group, None)
            return
        answered = []
        for asked in group:
            if asked.outcome is Outcome.PERSONALISED and self._withdrawn(asked, revocations):
                asked.outcome = Outcome.UNPERSONALISED_WITHDRAWN_MEANWHILE
                self._wait_for_turn(asked)
            else:
                answered.append(asked)
        self._finish(answered, None)

    def _withdrawn(self, asked: Asked, revocations: int) -> bool:
        people, slot = self._people, asked.slot
        return any(
            people.revocation(slot, bit) > revocations or not people.mask[slot] >> bit & 1
            for bit in asked.needs
        )

    def _finish(self, group: list[Asked], failure: BaseException | None) -> None:
        """Give every question its answer and its one outcome."""
        for asked in group:
            outcome, slate, index = asked.outcome, asked.slate, asked.index
            if failure is not None:
                outcome, index = Outcome.FAULT_LOG_UNAVAILABLE, None
                slate = self._popular.slate(asked.limit, asked.category, asked.exclude, asked.candidates)
            body = self._answers.write(slate, asked.limit, asked.placement, outcome, self.model, index)
            self._outcomes.counts[outcome] += 1
            if slate.drawn is not None and index is not None and self.explorer is not None:
                self.explorer.shown(asked, index, slate.drawn)
            asked.answered = True
            asked.reply(body)

    def _fail(self, group: list[Asked]) -> None:
        """A defect: whoever has no answer yet gets an empty slate and an outcome that says so, and nobody waits for ever."""
        failed = {id(asked) for asked in group}
        self._waiting = [asked for asked in self._waiting if id(asked) not in failed]
        for asked in group:
            if not asked.answered:
                asked.answered = True
                self._outcomes.counts[Outcome.FAULT_INTERNAL] += 1
                outcome, model = Outcome.FAULT_INTERNAL, self.model
                asked.reply(self._answers.write(NOTHING, asked.limit, asked.placement, outcome, model, None))

    def _give_back(self, group: list[Asked]) -> None:
        """The log did not take these entries: the running numbers are as they were before."""
        for asked in group:
            if asked.slot != NOBODY:
                self._people.number[asked.slot] -= 1
