"""Machine code is made behind the start, and a gateway that cannot make it goes on without."""

from __future__ import annotations

import pytest

from audit import prepare_hashing
from gateway.background import preparing
from gateway.background.preparing import Preparing
from gateway.evidence import sealing_events
from gateway.telemetry.journal import Happening
from gateway.wire import structure
from gateway.wire.structure import look_over


class Noted:
    """A journal that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[Happening, object]] = []

    def write(self, happening: Happening, **fields: object) -> None:
        self.lines.append((happening, fields.get("error")))


async def prepare(journal: Noted) -> None:
    background = Preparing(journal)
    background.start()
    await background.stop()


async def test_when_it_is_made_bodies_are_looked_over():
    journal = Noted()
    await prepare(journal)
    assert journal.lines == [(Happening.PREPARED, None)]
    assert structure._made
    assert look_over(b"{}") is not None
    assert sealing_events.prepare_sealing.cache_info().currsize == 1
    assert prepare_hashing.cache_info().currsize == 1


async def test_what_cannot_be_made_is_told_by_its_class_and_done_without(monkeypatch: pytest.MonkeyPatch):
    def broken() -> None:
        raise AttributeError("of somebody")

    journal = Noted()
    monkeypatch.setattr(preparing, "prepare_sealing", broken)
    await prepare(journal)
    assert journal.lines == [(Happening.FAULT, "AttributeError"), (Happening.PREPARED, None)]


async def test_where_one_part_cannot_be_made_the_other_is(monkeypatch: pytest.MonkeyPatch):
    made = []

    def broken() -> None:
        raise MemoryError

    monkeypatch.setattr(preparing, "prepare_structure", broken)
    monkeypatch.setattr(preparing, "prepare_sealing", lambda: made.append("sealing"))
    journal = Noted()
    await prepare(journal)
    assert made == ["sealing"]
    assert journal.lines == [(Happening.FAULT, "MemoryError"), (Happening.PREPARED, None)]
