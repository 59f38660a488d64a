"""Training in the background: when the schedule says so, in a thread, adopted by one swap.

The published bound is kept in both directions: a withdrawal makes a training due at once, and if none that started after it is
adopted in time, the model in use is retired and everybody gets the unpersonalised slate until there is a new one. That is
watched while a training is on its way, however long it takes, and after one that failed, whatever failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from gateway.clock import Clock
from gateway.promotion.model_desk import ModelDesk
from gateway.settings.groups import HistorySettings, ModelSettings
from gateway.telemetry.journal import Happening, Journal
from scoring import Model, Scorer, TrainingRecipe, TrainingSchedule, prepare_ranking, untrained

_TICK_SECONDS = 0.25

_MARGIN_SECONDS = 0.5
"""A model is retired so long before its time is up, because the clock is looked at in ticks."""


class TrainingLoop:
    """Keeps the shared model fresh."""

    def __init__(  # noqa: PLR0913  # everything a training touches
        self,
        *,
        schedule: TrainingSchedule,
        desk: ModelDesk,
        kept: Callable[[], Model | None] = lambda: None,
        adopt: Callable[[Model], None],
        scorer: Scorer,
        model: ModelSettings,
        history: HistorySettings,
        clock: Clock,
        journal: Journal,
    ) -> None:
        """Train on what `desk` gives, and hand the models that it lets be used to `adopt`; `kept` is what a restart found."""
        self._schedule = schedule
        self._desk = desk
        self._kept = kept
        self._adopt = adopt
        self._model = model
        self._history = history
        self._clock = clock
        self._journal = journal
        self._scorer = scorer
        self.in_use: Model = untrained(0)
        """The model that ranks."""
        self._newest = 0
        self._task: asyncio.Task[None] | None = None
        self._training: asyncio.Task[None] | None = None
        self._beside: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to train now and then."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; a training on its way is abandoned."""
        tasks = [task for task in (self._task, self._training, self._beside) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def roll_back(self) -> Model:
        """Use the model before the one in use, until somebody promotes.

        Raises:
            NoSuchModelError: there is none that may be used.
        """
        self._use(self._desk.roll_back())
        return self.in_use

    def promote(self) -> Model:
        """Use the model that waits beside the one in use.

        Raises:
            NoSuchModelError: there is none; those that are trained from now on are used again.
        """
        self._use(self._desk.promote())
        return self.in_use

    def age_seconds(self) -> int:
        """Since the model in use was trained; 0 while there is none."""
        return max(0, self._clock.now() - self.in_use.trained_at) if self.in_use.n_people else 0

    async def _run(self) -> None:
        await self._take_up()
        while True:
            if self._schedule.must_retire(monotonic() + _MARGIN_SECONDS) and self.in_use.n_people:
                self._use(self._desk.retire(self._clock.now()))
                self._journal.write(Happening.MODEL_RETIRED)
            if self._schedule.is_due(monotonic()):
                self._training = asyncio.create_task(self._train())
            if self._desk.versions.challenger is not None and (self._beside is None or self._beside.done()):
                self._beside = asyncio.create_task(self._look_beside())
            await asyncio.sleep(_TICK_SECONDS)

    async def _take_up(self) -> None:
        """Use the model that was kept over the restart, if nobody left it by the moment in which it can rank."""
        try:
            await asyncio.to_thread(prepare_ranking)
            model = self._kept()
        except Exception as failure:  # noqa: BLE001 - there will be another model, and the watch over the bound goes on
            self._journal.write(Happening.FAULT, error=type(failure).__name__)
            return
        if model is not None:
            self._desk.stand_in(model)
            self._use(model)
            self._journal.write(Happening.MODEL_KEPT, people=model.n_people)

    async def _look_beside(self) -> None:
        """Let a model in the shadow rank beside; a task of its own, so that no fault of it ends the watch over the bound."""
        found = await self._desk.look_beside()
        if found is not None:
            self._use(found)

    async def _train(self) -> None:
        began = monotonic()
        self._schedule.started(began)
        now = self._clock.now()
        try:
            # Nobody else holds the copy that `prepare` makes: it is gone before the training.
            task = await asyncio.to_thread(self._desk.prepare())
            await asyncio.to_thread(prepare_ranking)
            model = await asyncio.to_thread(
                self._scorer.learn,
                task.seen,
                task.n_items,
                TrainingRecipe(self._model.regularisation, self._history.half_life_items),
                k=self._model.neighbours,
                now=now,
                version=max(now, self._newest + 1, self.in_use.version + 1),
            )
            candidate = await asyncio.to_thread(self._desk.examine, task, model)
        except Exception as failure:  # noqa: BLE001 - whatever it was, the watch over the bound goes on
            self._schedule.failed(monotonic())
            self._journal.write(Happening.FAULT, error=type(failure).__name__)
            return
        self._schedule.finished(monotonic())
        self._newest = model.version
        if not self._schedule.must_retire(monotonic() + _MARGIN_SECONDS):
            used = self._desk.settle(candidate)
            if used is not None:
                self._use(used)
        self._journal.write(
            Happening.MODEL_TRAINED, people=model.n_people, seconds=round(monotonic() - began, 3)
        )

    def _use(self, model: Model) -> None:
        self.in_use = model
        self._adopt(model)
