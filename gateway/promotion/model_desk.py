"""Between trained and in use: models are examined on people held out, follow one another, and can be gone back to.

Every step is an entry of the log that names the model by its digest, the same as the decisions made with it do. Models are in
this process's memory; a restart finds the one in use again (`kept_model`), and nothing to go back to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit import LogUnavailableError, Sequencer
from gateway.clock import Clock
from gateway.errors import NoSuchModelError
from gateway.evidence.entries import EntryWriter
from gateway.promotion.shadowing import Compared, ShadowNotes, compare
from gateway.telemetry.journal import Happening, Journal
from scoring import (
    Candidate,
    Catalogue,
    Contributions,
    HeldOut,
    Model,
    ModelVersions,
    Seen,
    Stage,
    hold_out,
    quality_of,
    quality_of_popularity,
    untrained,
)

_MILLIONTHS = 1_000_000


@dataclass(frozen=True, slots=True)
class PromotionPlan:
    """What a model must show."""

    held_out_share: float
    """Of the contributors."""
    least_people: int
    """Below so many, nobody is held out."""
    tolerance: float
    """How much worse it may be."""
    shadow_decisions: int
    """How long it ranks beside the one in use; 0 for not at all."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingTask:
    """What a training starts from."""

    seen: Seen
    """What people saw, without those held out."""
    n_items: int
    """Size of the catalogue."""
    held: HeldOut
    """The people held out to compare on."""
    available: NDArray[np.bool_]
    """What may be shown."""
    removals: int
    """How often somebody had left."""
    champion: Model | None
    """In use at the time."""


class ModelDesk:
    """Decides which model is in use, and writes that down."""

    def __init__(
        self,
        plan: PromotionPlan,
        *,
        contributions: Contributions,
        catalogue: Catalogue,
        notes: ShadowNotes,
        record: Callable[[str, Candidate], None],
        watch: Callable[[bool], None],
    ) -> None:
        """Start with no model.

        Args:
            plan: what a model must show.
            contributions: what models are trained on.
            catalogue: what may be shown.
            notes: questions for a model in the shadow.
            record: writes down what became of a model.
            watch: lets questions be noted, or no longer.
        """
        self._plan = plan
        self._contributions = contributions
        self._catalogue = catalogue
        self._notes = notes
        self._record = record
        self._watch = watch
        self.versions = ModelVersions(tolerance=plan.tolerance, shadows=plan.shadow_decisions > 0)
        """The models there are."""
        self.compared = Compared()
        """How the model that is, or was last, in the shadow differs."""

    def prepare(self) -> Callable[[], TrainingTask]:
        """Take what to train on as it is now; what comes back lays it out, and is to be called in a thread."""
        n_items, removals = len(self._catalogue), self.versions.removals
        frozen, available = self._contributions.freeze(), self._catalogue.available.copy()
        enough = len(self._contributions) >= self._plan.least_people
        share = self._plan.held_out_share if enough else 0.0
        champion = self.versions.champion

        def lay_out() -> TrainingTask:
            seen, held = hold_out(frozen.seen(n_items), share)
            return TrainingTask(
                seen=seen,
                n_items=n_items,
                held=held,
                available=available,
                removals=removals,
                champion=None if champion is None or champion.stands_in else champion.model,
            )

        return lay_out

    def examine(self, task: TrainingTask, model: Model) -> Candidate:
        """Compare a model with the one in use. Runs in a thread."""
        held, champion = task.held, task.champion
        return Candidate(
            model=model,
            removals=task.removals,
            people_held=len(held),
            quality=quality_of(model, held, task.available),
            of_champion=0.0 if champion is None else quality_of(champion, held, task.available),
            of_popularity=quality_of_popularity(model, held),
        )

    def in_use_of_all(self) -> Model | None:
        """The model in use, if nobody left since its data was taken."""
        champion = self.versions.champion
        return champion.model if champion is not None and self.versions.is_sound(champion) else None

    def stand_in(self, model: Model) -> None:
        """Use a model that was kept over a restart; nobody has left it."""
        candidate = Candidate(model=model, removals=self.versions.removals, stands_in=True)
        self.versions.stand_in(candidate)
        self._record("kept", candidate)

    def settle(self, candidate: Candidate) -> Model | None:
        """What to use from now on; None for what is in use already."""
        stage = self.versions.offer(candidate)
        self._record(stage.value, candidate)
        if stage is Stage.IN_USE:
            self._watch(False)
            return candidate.model
        if stage is Stage.SHADOW:
            self.compared = Compared()
            self._watch(True)
        champion = self.versions.champion
        if (
            champion is not None
            and not self.versions.is_sound(champion)
            and self.versions.is_sound(candidate)
        ):
            return self.retire(candidate.model.version + 1)
        return None

    def retire(self, version: int) -> Model:
        """Nothing is in use from now on: what stands in."""
        if self.versions.champion is not None:
            self._record("retired", self.versions.champion)
        self.versions.retire()
        return untrained(len(self._catalogue), version=version)

    def removed(self) -> None:
        """Note that somebody left, so no model with them comes back."""
        self.versions.removed()
        self._watch(False)
        self._notes.take()

    async def look_beside(self) -> Model | None:
        """Let a model in the shadow rank what was noted; the model to use from now on, if it has done so often enough."""
        waiting = self.versions.challenger
        if waiting is None or self.versions.held:
            return None
        noted = self._notes.take()
        if noted is not None:
            found = await asyncio.to_thread(compare, waiting.model, noted, self._catalogue.available.copy())
            if self.versions.challenger is not waiting:
                return None
            for name in Compared.__dataclass_fields__:
                setattr(self.compared, name, getattr(self.compared, name) + getattr(found, name))
        if self.compared.decisions < self._plan.shadow_decisions:
            return None
        return self._promote(Stage.IN_USE.value)

    def promote(self) -> Model:
        """Use the model that waits, or is in the shadow, from now on; those after it follow again.

        Raises:
            NoSuchModelError: there is none. Those after it follow again all the same.
        """
        model = self._promote("promoted")
        if model is None:
            raise NoSuchModelError
        return model

    def roll_back(self) -> Model:
        """Use the model before the one in use from now on, and none that is trained, until somebody promotes.

        Raises:
            NoSuchModelError: there is none, or somebody left since.
        """
        candidate = self.versions.roll_back()
        if candidate is None:
            raise NoSuchModelError
        self._watch(False)
        self._record("rolled_back", candidate)
        return candidate.model

    def _promote(self, act: str) -> Model | None:
        candidate = self.versions.promote()
        self._watch(False)
        if candidate is None:
            return None
        self._record(act, candidate)
        return candidate.model


class ModelEntries:
    """Writes down what became of models."""

    def __init__(self, writer: EntryWriter, sequencer: Sequencer, clock: Clock, journal: Journal) -> None:
        """Write to the log, or, where it takes nothing, to the journal."""
        self._writer = writer
        self._sequencer = sequencer
        self._clock = clock
        self._journal = journal

    def record(self, act: str, candidate: Candidate) -> None:
        """Write one entry about a model."""
        detail: dict[str, str | int] = {"act": act, "number": candidate.model.version}
        if candidate.people_held:
            detail["quality"] = round(candidate.quality * _MILLIONTHS)
            detail["than"] = round(candidate.of_champion * _MILLIONTHS)
        entry = self._writer.model(candidate.model.digest, self._clock.now(), detail)
        try:
            self._sequencer.append(entry)
        except LogUnavailableError:
            self._journal.write(Happening.LOG_UNAVAILABLE)
