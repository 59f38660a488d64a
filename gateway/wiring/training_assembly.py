"""Training, and what follows it, as they are configured."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from gateway.background.training_loop import TrainingLoop
from gateway.decision_path import DecisionPath
from gateway.evidence.entries import EntryWriter
from gateway.memory.consumers import Ager
from gateway.parts import TRAINING_PURPOSE, Memory, Opened
from gateway.promotion.model_desk import ModelDesk, ModelEntries, PromotionPlan
from gateway.promotion.shadowing import ShadowNotes
from gateway.scorers import find_scorer
from gateway.settings.reading import Settings
from scoring import Contributions, ScheduleBounds, TrainingSchedule


def open_model_desk(
    opened: Opened, memory: Memory, writer: EntryWriter, decisions: DecisionPath
) -> ModelDesk:
    """What decides which model is in use."""
    promotion = opened.settings.learning.promotion
    notes = ShadowNotes(lambda: memory.people.revocations)

    def watch(wanted: bool) -> None:
        decisions.shadow_sample = notes.note if wanted else None

    desk = ModelDesk(
        PromotionPlan(
            held_out_share=promotion.held_out_share,
            least_people=promotion.least_people,
            tolerance=promotion.tolerance,
            shadow_decisions=promotion.shadow_decisions,
        ),
        contributions=memory.contributions,
        catalogue=memory.catalogue,
        notes=notes,
        record=ModelEntries(writer, opened.sequencer, memory.clock, opened.journal).record,
        watch=watch,
    )
    memory.kept_model.in_use = desk.in_use_of_all
    return desk


def open_training(opened: Opened, memory: Memory, desk: ModelDesk, decisions: DecisionPath) -> TrainingLoop:
    """The loop that trains."""
    return TrainingLoop(
        schedule=_schedule(opened.settings, memory, desk),
        desk=desk,
        kept=lambda: memory.kept_model.take(len(memory.catalogue)),
        adopt=decisions.adopt,
        scorer=find_scorer(opened.settings.model.scorer, choose_recipe=opened.settings.model.choose_recipe),
        model=opened.settings.model,
        history=opened.settings.history,
        clock=memory.clock,
        journal=opened.journal,
    )


def _schedule(settings: Settings, memory: Memory, desk: ModelDesk) -> TrainingSchedule:
    """When to train: told by the consumers of the training purpose."""
    schedule = TrainingSchedule(
        ScheduleBounds(
            removal_seconds=float(settings.model.removal_bound_seconds),
            gather_seconds=min(5.0, settings.model.removal_bound_seconds / 4),
            interval_seconds=float(settings.model.retrain_interval_seconds),
        )
    )

    def removed(_: object = None) -> None:
        schedule.removed(monotonic())
        desk.removed()

    bit = memory.policy.bits.get(TRAINING_PURPOSE)
    if bit is not None:
        memory.consumers.subscribe(bit, lambda _: schedule.contributed(), removed)
        memory.consumers.keep_no_longer(bit, _telling(schedule, memory.contributions))
    memory.disputed.on_dropped.append(removed)
    if len(memory.contributions):
        schedule.contributed()
    return schedule


def _telling(schedule: TrainingSchedule, contributions: Contributions) -> Ager:
    """Tells the schedule of what became too old: by now it has left the contributions, and the model is to follow."""
    known = contributions.removals

    def age(_before: int) -> Iterator[bool]:
        nonlocal known
        if contributions.removals != known:
            known = contributions.removals
            schedule.contributed()
        yield False

    return age
