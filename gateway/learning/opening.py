"""Learning, as it is configured: made, told of signals and withdrawals, and shown in the metrics."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import Outcome
from consent import Policy
from gateway.deciding.answers import read_payload
from gateway.deciding.decision_ids import load_decision_ids
from gateway.enforcement import Enforcement
from gateway.lasting.disputing import Disputed
from gateway.learning.explorer import Explorer
from gateway.learning.joining import Joined
from gateway.learning.learner import OutcomeLearner
from gateway.learning.placements import LearningPlace, LearningPlan
from gateway.memory.consumers import Consumers
from gateway.memory.owners import tag_of
from gateway.memory.people import People
from gateway.settings.learning import LearningSettings
from gateway.settings.reading import Settings
from gateway.telemetry.journal import Happening, Journal
from gateway.telemetry.metrics import Gauge, Metrics, Tally
from scoring import SlatePolicy

_NONCE = 12
_OF_DECISIONS = b'"k":"decision"'


def open_learner(
    settings: Settings, policy: Policy, training_purpose: str, disputed: Disputed
) -> OutcomeLearner | None:
    """What learns, or None if no placement does."""
    plan = plan_of(settings.learning)
    if not plan.places:
        return None
    purposes = {each.id: each.purpose for each in settings.placements}
    ids = load_decision_ids(settings.keys_dir)
    learner = OutcomeLearner(
        plan,
        bits={place.id: policy.bits[purposes[place.id]] for place in plan.places},
        training_bit=policy.bits.get(training_purpose),
        index_of=ids.index,
        is_disputed=disputed.holds,
        reset_at=disputed.reset_at,
    )
    disputed.watch(learner)
    return learner


def plan_of(settings: LearningSettings) -> LearningPlan:
    """What is configured, as plain values."""
    return LearningPlan(
        places=tuple(
            LearningPlace(
                id=each.id,
                explore=each.explore,
                candidates=each.candidates,
                policy=SlatePolicy(each.temperature, each.floor, each.places),
                context_key=each.context_key,
                context_values=each.context_values,
            )
            for each in settings.placements
        ),
        window_seconds=settings.outcome_window_seconds,
        max_decisions=settings.max_decisions,
        drift_delta=settings.drift_delta,
    )


def subscribe_learner(learner: OutcomeLearner, consumers: Consumers, enforcement: Enforcement) -> None:
    """Let it learn from the outcomes of people who permit that, and forget whoever no longer permits something it stands on."""
    if learner.training_bit is None:
        return
    enforcement.show_whole("learning", 1 << learner.training_bit)
    consumers.subscribe(learner.training_bit, learner.take, learner.forget)
    consumers.keep_no_longer(learner.training_bit, learner.age)
    for bit in learner.bits - {learner.training_bit}:
        consumers.subscribe(bit, lambda _: None, learner.forget)


def relive_decisions(learner: OutcomeLearner, people: People) -> Callable[[int, int, bytes, bytes], None]:
    """Takes decisions that are read back from the log: those that were learnt from are learnt from again."""

    def relive(index: int, slot: int, entry: bytes, sealed: bytes) -> None:
        if _OF_DECISIONS not in entry:
            return
        cipher = AESGCM(people.evidence_key(slot))
        try:
            plain = cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], tag_of(entry))
        except InvalidTag:
            return
        said = read_payload(plain)
        if said.drawn is None or not said.drawn.teaches or said.outcome != Outcome.PERSONALISED.value:
            return
        if learner.permitted(said.placement, people.mask[slot]):
            learner.shown(slot, index, said.at, said.placement, said.items, said.drawn)

    return relive


def watch_learner(metrics: Metrics, journal: Journal, learner: OutcomeLearner, explorer: Explorer) -> None:
    """Let `/metrics` show what becomes of outcomes, and the journal say when a rate has changed."""
    learner.on_drift = lambda placement: journal.write(Happening.DRIFT, placement=placement)
    joining = learner.decisions
    for tally, joined in _TALLIES.items():
        metrics.watch(tally, partial(joining.counts.__getitem__, joined))
    metrics.watch(Gauge.OUTCOME_JOIN_RATE, lambda: joining.join_rate)
    metrics.watch(Gauge.DECISIONS_WAITING, lambda: len(joining))
    metrics.watch(Tally.SLATES_DRAWN, lambda: explorer.drawn)
    metrics.watch(Tally.DRIFT_ALARMS, lambda: learner.drift_alarms)


def watch_nothing_learnt(metrics: Metrics) -> None:
    """Where no placement learns, `/metrics` says so: nothing was drawn and nothing joined."""
    for name in (*_TALLIES, Tally.SLATES_DRAWN, Tally.DRIFT_ALARMS):
        metrics.watch(name, lambda: 0)
    metrics.watch(Gauge.DECISIONS_WAITING, lambda: 0)
    metrics.watch(Gauge.OUTCOME_JOIN_RATE, lambda: 1)


_TALLIES = {
    Tally.OUTCOMES_JOINED: Joined.JOINED,
    Tally.OUTCOMES_LATE: Joined.LATE,
    Tally.OUTCOMES_DUPLICATE: Joined.DUPLICATE,
    Tally.OUTCOMES_FOREIGN: Joined.FOREIGN,
    Tally.OUTCOMES_NOT_SHOWN: Joined.NOT_SHOWN,
    Tally.OUTCOMES_UNKNOWN: Joined.UNKNOWN,
}
