"""The decisions of tenants, each with its entry in the log before it is given.

An entry names nobody: it has the digest of the rule set and the outcome. Its sealed half, under the gateway's own key,
holds the tenant, the action, the outcome and the time; who and what was asked about is kept nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import Kind, LogUnavailableError, Outcome, Sequencer
from gateway.authzen import Evaluation
from gateway.clock import Clock
from gateway.evidence.entries import EntryWriter, commit
from gateway.evidence.outcomes import OutcomeLedger
from gateway.evidence.sealed_records import Form
from gateway.tenants.judgement import RuleVerdict, judge
from gateway.tenants.model import RuleSet

_ENTROPY_BYTES = 60
"""Tag, commitment randomness and nonce of an entry."""

_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer to a question."""

    verdict: RuleVerdict
    """What it is."""
    index: int | None
    """Its entry in the log; None if the log could not take it."""


class Rulings:
    """Judges questions by tenants' rules, and records every answer before it is given."""

    def __init__(
        self,
        *,
        clock: Clock,
        writer: EntryWriter,
        sequencer: Sequencer,
        outcomes: OutcomeLedger,
        operations_key: bytes,
    ) -> None:
        """Seal entries under `operations_key`; count in `outcomes`."""
        self._clock = clock
        self._writer = writer
        self._sequencer = sequencer
        self._outcomes = outcomes
        self._operations = AESGCM(operations_key)

    async def ask(self, tenant: str, rules: RuleSet, questions: Sequence[Evaluation]) -> list[Ruling]:
        """The answers, in order, once their entries are durable. No error of the log escapes: it denies."""
        with self._outcomes.admit(len(questions)) as fate:
            verdicts = [judge(rules, question) for question in questions]
            rulings = await self._record(tenant, rules, questions, verdicts)
            for ruling in rulings:
                fate.settle(ruling.verdict.outcome)
        return rulings

    def adopted(self, tenant: str, rules: RuleSet) -> None:
        """Record that a rule set has come into force (durable with the first decision by it, at the latest)."""
        detail = {"act": "tenant_loaded", "tenant": tenant, "rules": rules.digest.hex()}
        entry = self._writer.plain(Kind.POLICY, Outcome.DONE, self._clock.now(), detail)
        try:
            self._sequencer.append(entry)
        except LogUnavailableError:
            return  # nothing is decided by it before the log is back, and every decision names it

    async def _record(
        self, tenant: str, rules: RuleSet, questions: Sequence[Evaluation], verdicts: Sequence[RuleVerdict]
    ) -> list[Ruling]:
        if not questions:
            return []
        now = self._clock.now()
        entropy = os.urandom(_ENTROPY_BYTES * len(questions))
        entries, sealed = [], []
        for place, (question, verdict) in enumerate(zip(questions, verdicts, strict=True)):
            fresh = entropy[_ENTROPY_BYTES * place : _ENTROPY_BYTES * (place + 1)]
            tag, r, nonce = fresh[:16], fresh[16:48], fresh[48:]
            payload = _pack((f"t/{tenant}", question.action, verdict.outcome.value, now))
            commitment = commit(r, payload)
            entries.append(
                self._writer.permission(verdict.outcome, None, tag, commitment, now, rules=rules.digest)
            )
            cipher = self._operations.encrypt(nonce, r + payload, tag)
            sealed.append(bytes((Form.OPERATIONS,)) + nonce + cipher)
        try:
            first = self._sequencer.append_many(entries, sealed)
            await self._sequencer.wait_durable()
        except LogUnavailableError:
            return [Ruling(RuleVerdict(Outcome.FAULT_LOG_UNAVAILABLE), None) for _ in questions]
        return [Ruling(verdict, first + offset) for offset, verdict in enumerate(verdicts)]
