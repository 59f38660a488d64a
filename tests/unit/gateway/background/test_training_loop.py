"""The training loop keeps the published bound, however long a training takes and whatever fails in it."""

from __future__ import annotations

import asyncio
import threading
import weakref
from time import monotonic, sleep
from types import SimpleNamespace

import pytest

import gateway.background.training_loop as module
from gateway.background.training_loop import TrainingLoop
from gateway.clock import Clock
from gateway.promotion.model_desk import ModelDesk, PromotionPlan
from gateway.promotion.shadowing import ShadowNotes
from gateway.telemetry.journal import Happening
from scoring import Catalogue, Contributions, Item, Learner, ScheduleBounds, TrainingSchedule

BOUND = 0.3


class Surroundings:
    """A loop with its schedule, and what it adopted; `trains` stands in for the training itself."""

    def __init__(self, monkeypatch, trains) -> None:
        monkeypatch.setattr(module, "_TICK_SECONDS", 0.005)
        monkeypatch.setattr(module, "_MARGIN_SECONDS", 0.01)
        self.schedule = TrainingSchedule(
            ScheduleBounds(removal_seconds=BOUND, gather_seconds=0.01, interval_seconds=0.01)
        )
        self.contributions = Contributions()
        for person in range(4):
            for item in range(3):
                self.contributions.add(person, item, 1)
        self.adopted: asyncio.Queue = asyncio.Queue()
        self.written: list[tuple[Happening, dict]] = []
        catalogue = Catalogue()
        catalogue.upsert([Item(id=str(n)) for n in range(3)])
        desk = ModelDesk(
            PromotionPlan(held_out_share=0.0, least_people=1, tolerance=0.0, shadow_decisions=0),
            contributions=self.contributions,
            catalogue=catalogue,
            notes=ShadowNotes(lambda: 0),
            record=lambda act, candidate: None,
            watch=lambda wanted: None,
        )
        self.loop = TrainingLoop(
            schedule=self.schedule,
            desk=desk,
            adopt=self.adopted.put_nowait,
            scorer=SimpleNamespace(learn=trains),
            model=SimpleNamespace(regularisation=1.0, neighbours=5),
            history=SimpleNamespace(half_life_items=5),
            clock=Clock(),
            journal=SimpleNamespace(write=lambda what, **fields: self.written.append((what, fields))),
        )

    async def next_model(self):
        return await asyncio.wait_for(self.adopted.get(), 120)

    def happened(self):
        return [what for what, _ in self.written]


def play(surroundings, story):
    async def all_of_it():
        surroundings.schedule.contributed()
        surroundings.loop.start()
        try:
            await story()
        finally:
            await surroundings.loop.stop()

    asyncio.run(all_of_it())


def test_a_model_is_retired_in_time_while_a_training_is_on_its_way(monkeypatch):
    go, trainings = threading.Event(), []

    def slow_after_the_first(*arguments, **named):
        trainings.append(named["version"])
        if len(trainings) == 2:
            assert go.wait(120)
        return Learner(choose=False).learn(*arguments, **named)

    surroundings = Surroundings(monkeypatch, slow_after_the_first)

    async def story():
        first = await surroundings.next_model()
        assert first.n_people == 4
        surroundings.contributions.clear(0)
        surroundings.schedule.removed(monotonic())
        retired = await surroundings.next_model()
        assert not go.is_set()
        assert retired.n_people == 0
        go.set()
        assert (await surroundings.next_model()).n_people == 3

    play(surroundings, story)
    assert surroundings.happened().count(Happening.MODEL_RETIRED) == 1
    assert trainings == sorted(set(trainings))


def test_the_copy_of_what_is_trained_on_is_let_go_of_before_the_training(monkeypatch):
    copies, held = [], []

    def look(*arguments, **named):
        deadline = monotonic() + 60  # the thread that laid it out may hold it for a moment after it has told
        while copies[-1]() is not None and monotonic() < deadline:
            sleep(0.005)
        held.append(copies[-1]() is not None)
        return Learner(choose=False).learn(*arguments, **named)

    surroundings = Surroundings(monkeypatch, look)
    prepare = ModelDesk.prepare

    def prepare_and_watch(desk):
        lay_out = prepare(desk)
        copies.append(weakref.ref(lay_out))
        return lay_out

    monkeypatch.setattr(ModelDesk, "prepare", prepare_and_watch)

    async def story():
        await surroundings.next_model()

    play(surroundings, story)
    assert held
    assert not any(held)


@pytest.mark.parametrize("failure", [MemoryError, ValueError])
def test_a_training_that_fails_is_told_and_tried_again_and_the_bound_is_watched(monkeypatch, failure):
    fails = threading.Event()

    def failing(*arguments, **named):
        if fails.is_set():
            raise failure
        return Learner(choose=False).learn(*arguments, **named)

    surroundings = Surroundings(monkeypatch, failing)

    async def story():
        await surroundings.next_model()
        fails.set()
        surroundings.contributions.clear(0)
        surroundings.schedule.removed(monotonic())
        assert (await surroundings.next_model()).n_people == 0
        fails.clear()
        assert (await surroundings.next_model()).n_people == 3

    play(surroundings, story)
    assert (Happening.FAULT, {"error": failure.__name__}) in surroundings.written
