"""Prompts and answers: the records are read, `consent` judges, and the consent desk writes.

- Answers are judged together, and nothing is written if one of them cannot be.
- Every no is written before any yes: if the log takes no grant now, what was refused is refused all the same.
- Each write is judged once more when its turn comes, on the records as they are then.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from consent import (
    ActorKind,
    Answers,
    ConsentEvent,
    ConsentLedger,
    Policy,
    Prompt,
    WriteRefusal,
    judge_answers,
    prompts_for,
)
from gateway.banner.notice import notice_of
from gateway.banner.script import script
from gateway.clock import Clock
from gateway.consents.desk import ConsentDesk
from gateway.consents.sequencing import Written
from gateway.gathering import Gathering
from gateway.wording.languages import Languages
from privacy import SubjectRef


@dataclass(frozen=True, slots=True)
class Answered:
    """What answers came to."""

    changes: tuple[tuple[ConsentEvent, int | None], ...]
    """Each change that an answer asked for, and its log entry; None where the log could not take a denial yet."""
    prompts: tuple[Prompt, ...]
    """What may be asked from now on."""


class PromptDesk:
    """Says what people may be asked, and takes their answers."""

    def __init__(
        self,
        *,
        policy: Policy,
        notices: Container[bytes],
        ledger: ConsentLedger,
        desk: ConsentDesk,
        clock: Clock,
        gathering: Gathering,
    ) -> None:
        """Read `ledger` through `gathering`; write through `desk`; these `notices` are kept."""
        self._languages = Languages()
        self._notices = notices
        self._policy = policy
        self._ledger = ledger
        self._desk = desk
        self._clock = clock
        self._run = gathering.run

    def notice(self, locale: str) -> dict[str, Any]:
        """What a banner has to say in the language nearest to `locale` (`notice_of`)."""
        return notice_of(self._policy, locale, self._languages, script())

    async def prompts(self, ref: SubjectRef, *, opt_out_signal: bool) -> tuple[Prompt, ...]:
        """What a person may be asked now.

        Args:
            ref: who; somebody unknown looks like somebody who never answered.
            opt_out_signal: whether the request carries Global Privacy Control.

        Raises:
            ConsentError: the ledger could not say.
        """
        records = await self._run(self._ledger.records_of, ref)
        now = self._clock.now()
        return prompts_for(records, self._policy, now, self._notices, opt_out_signal=opt_out_signal)

    async def answer(
        self, ref: SubjectRef, answers: Answers, actor: ActorKind, source: str
    ) -> Answered | WriteRefusal:
        """Write what a person said.

        Args:
            ref: who.
            answers: what they said.
            actor: who brings it, as authenticated.
            source: the caller's own id.

        Raises:
            LogUnavailableError: a grant was recorded and is not in the log yet, so it is not in force.
            ConsentError: the ledger could not take it.
        """
        records = await self._run(self._ledger.records_of, ref)
        now = self._clock.now()
        requests = judge_answers(answers, actor, records, self._policy, now, self._notices)
        if isinstance(requests, WriteRefusal):
            self._desk.refused[requests] += 1
            return requests
        changes = []
        for request in requests:
            written = await self._desk.write(ref, request, actor, source)
            if not isinstance(written, Written):
                return written
            changes.append((written.events[0], written.indices[0]))
        prompts = await self.prompts(ref, opt_out_signal=answers.opt_out_signal)
        return Answered(tuple(changes), prompts)
