"""The path of a decision: a question in, a slate with its reasons and its evidence out.

    authenticate (before) -> whom is it about -> what is permitted -> history from memory -> rank -> one entry, durable
    -> nothing was withdrawn meanwhile? -> the answer

Rules:

- The questions that come in before a lull are ranked as a group (`gateway.lull`), and permission is read in the same
  synchronous step as the history: there is no moment between the check and the use.
- No personalised answer leaves before its entry is durable. Then the revocation count is compared once more: if the
  person withdrew in between, the question is answered again, unpersonalised, with an entry of its own.
- A refused person gets the popular slate, status 200, and the reason. While the log cannot take entries, everybody gets that
  slate, with `audit: null`.
- Whatever fails, everybody is answered: a defect is an empty slate with the reason `internal`, and a fault in the journal.
- The plain ASGI form calls `ask`; the protocol form (`gateway.edge.short_protocol`) does the same in two steps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from audit import LogUnavailableError, Outcome
from gateway.callers.principals import Principal
from gateway.clock import Clock
from gateway.composing.composing import Composing
from gateway.composing.sensitive_gate import SensitiveGate
from gateway.deciding.answers import AnswerWriter
from gateway.deciding.asked import NOTHING, Asked, QuestionReader, Reply
from gateway.enforcement import Enforcement
from gateway.evidence.answer_sealing import AnswerSealing
from gateway.evidence.entries import EntryWriter
from gateway.evidence.outcomes import UNPERSONALISED, OutcomeLedger
from gateway.evidence.personal_entries import PersonalEntries
from gateway.learning.explorer import Explorer
from gateway.lull import Lull
from gateway.memory.people import NOBODY, People
from gateway.wire.questions import Question
from scoring import NO_ITEM, Catalogue, History, Model, Popular, Ranked, rank_group


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
        composing: Composing,
        writer: EntryWriter,
        answers: AnswerWriter,
        entries: PersonalEntries,
        outcomes: OutcomeLedger,
        sealing: AnswerSealing,
        call_soon: Callable[[Callable[[], None]], object],
        explorer: Explorer | None = None,
    ) -> None:
        """Wire the path; `call_soon` calls in the next turn of the loop, `explorer` draws first places."""
        self.explorer = explorer
        """Draws first places, where a placement does."""
        self.read = reader.read
        """Reads a question; `ask` and the shortcut call it."""
        self._enforcement = enforcement
        self._people = people
        self._clock = clock
        self._catalogue = catalogue
        self._history = history
        self._no_row = np.full(history.width, NO_ITEM, dtype=np.int32)
        self._popular = popular
        self._composing = composing
        self._writer = writer
        self._answers = answers
        self._log = entries
        self._outcomes = outcomes
        self._sealing = sealing
        self._lull = Lull(self._turn, lambda: len(self._waiting), call_soon)
        self.shadow_sample: Callable[[list[Asked], NDArray[np.int32]], None] | None = None
        """Sees ranked questions and their histories, while another model ranks beside."""
        self.attach_offers: Callable[[Asked, int], None] = lambda _asked, _now: None
        """Gives a question that asks for offers those that its person holds."""
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
        self._waiting.append(asked)
        if len(self._waiting) == 1:
            self._lull.begin()

    def _turn(self) -> None:
        """Everything that arrived before the lull: judge, record."""
        group, self._waiting = self._waiting, []
        try:
            with self._people.numbers_kept([asked.slot for asked in group]):
                self._record(group, *self._judge(group, self._clock.now()))
        except LogUnavailableError as failure:
            self._finish(group, failure)
        except Exception:
            self._fail(group)
            raise

    def _judge(self, group: list[Asked], now: int) -> tuple[list[bytes], list[bytes]]:
        """Permit and rank; the entries that say so, and their sealed halves."""
        personal = []
        self._composing.turn(now)
        for asked in group:
            if asked.slot != NOBODY and self._people.ref_of[asked.slot] is None:
                asked.slot = NOBODY  # erased since: their key must not seal anything any more
            if asked.outcome is Outcome.FAULT_UNACCOUNTED:
                asked.outcome = self._permit(asked, now)
            if self._composing.gate is not None:
                self._shut(self._composing.gate, asked, now)
            if asked.outcome is not Outcome.PERSONALISED:
                asked.slate = self._unpersonalised(asked, now)
            elif self._composing.concerns(asked):
                asked.slate = self._composing.slate(asked, self._row(asked), now)
            else:
                personal.append(asked)
            if asked.offers is not None:
                self.attach_offers(asked, now)
        if personal:
            self._rank(personal, now)
        return self._entries(group, now)

    def _row(self, asked: Asked) -> NDArray[np.int32]:
        """(20,) what the placement's purpose knows that the person had to do with."""
        return self._history.rows([asked.slot])[0] if asked.has_history else self._no_row

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
        if not ((asked.has_history and self._history.has_used(asked.slot)) or asked.brings_signals):
            return Outcome.UNPERSONALISED_NO_HISTORY
        if self._composing.is_frozen(asked.placement.id):
            return Outcome.UNPERSONALISED_FROZEN
        if asked.placement.recipe.by_devices:
            learnt = self._composing.by_devices(now)
            asked.model = learnt if learnt is not None and learnt.usable else None
            is_rankable = asked.model is not None
        else:
            is_rankable = self.model.usable or asked.reads_text
        return Outcome.PERSONALISED if is_rankable else Outcome.UNPERSONALISED_NO_MODEL

    def _shut(self, gate: SensitiveGate, asked: Asked, now: int) -> None:
        """Hide what the gate stands in front of, unless the slate is personal and everything that it asks for holds."""
        if asked.outcome is Outcome.PERSONALISED and gate.is_open(
            asked.claims & self._enforcement.permitted_bits(asked.slot, now)
        ):
            asked.needs = (*asked.needs, *gate.bits)
        else:
            asked.exclude = gate.behind(asked.exclude)

    def _unpersonalised(self, asked: Asked, now: int) -> Ranked:
        """A slate in which nothing of the person enters."""
        if self._composing.concerns(asked):
            return self._composing.slate(asked, None, now)
        return self._popular.slate(asked.limit, asked.category, asked.exclude, asked.candidates)

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
        if self.shadow_sample is not None:
            self.shadow_sample(personal, rows)
        if explorer is not None:
            explorer.explore(personal, self.model, now)

    def _entries(self, group: list[Asked], now: int) -> tuple[list[bytes], list[bytes]]:
        """One entry a decision, and its sealed half: the payload says everything that a proof of this decision needs."""
        payload, decision, shared = self._answers.payload, self._writer.decision, self.model
        evidence = self._sealing.seal_each(
            [asked.slot for asked in group], [payload(asked, asked.model or shared, now) for asked in group]
        )
        entries = [
            decision(asked.outcome, asked.bit, tag, commitment, (asked.model or shared).digest, now)
            for asked, (tag, commitment, _) in zip(group, evidence, strict=True)
        ]
        return entries, [half for _, _, half in evidence]

    def _record(self, group: list[Asked], entries: list[bytes], sealed: list[bytes]) -> None:
        """Everything in the next frame."""
        slots = [asked.slot for asked in group]
        settled = partial(self._settle, group, self._people.revocations)
        first = self._log.append(entries, sealed, slots, settled)
        for offset, asked in enumerate(group):
            asked.index = first + offset

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
            self._finish(group, failure)
            return
        if self._people.revocations == revocations:
            self._finish(group, None)
            return
        answered, lost = [], self._people.has_lost
        for asked in group:
            if asked.outcome is Outcome.PERSONALISED and lost(asked.slot, asked.needs, revocations):
                asked.outcome, asked.model = Outcome.UNPERSONALISED_WITHDRAWN_MEANWHILE, None
                self._wait_for_turn(asked)
            elif asked.offers and lost(asked.slot, asked.offers.needs, revocations):
                asked.outcome, asked.model = Outcome.FAULT_UNACCOUNTED, None  # it is permitted anew
                self._wait_for_turn(asked)
            else:
                answered.append(asked)
        self._finish(answered, None)

    def _finish(self, group: list[Asked], failure: BaseException | None) -> None:
        """Give every question its answer and its one outcome."""
        for asked in group:
            if failure is not None:
                self._do_without_evidence(asked)
            slate, index = asked.slate, asked.index
            body = self._answers.write(asked, slate, asked.outcome, asked.model or self.model, index)
            if slate.drawn is not None and index is not None and self.explorer is not None:
                self.explorer.shown(asked, index, slate.drawn)
            self._outcomes.counts[asked.outcome] += 1
            asked.answered = True
            asked.reply(body)

    def _do_without_evidence(self, asked: Asked) -> None:
        """What is shown while the log takes nothing: the slate of everybody, and nothing that stands behind the gate."""
        now = self._clock.now()
        asked.outcome, asked.index = Outcome.FAULT_LOG_UNAVAILABLE, None
        if self._composing.gate is not None:
            self._shut(self._composing.gate, asked, now)
        asked.slate = self._unpersonalised(asked, now)

    def _fail(self, group: list[Asked]) -> None:
        """A defect: whoever has no answer yet gets an empty slate and an outcome that says so, and nobody waits for ever."""
        failed = {id(asked) for asked in group}
        self._waiting = [asked for asked in self._waiting if id(asked) not in failed]
        for asked in group:
            if not asked.answered:
                asked.answered = True
                self._outcomes.counts[Outcome.FAULT_INTERNAL] += 1
                outcome, model = Outcome.FAULT_INTERNAL, self.model
                asked.reply(self._answers.write(asked, NOTHING, outcome, model, None))
