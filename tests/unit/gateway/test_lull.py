"""Work waits for a lull, and no longer than a moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest

from gateway import lull
from gateway.lull import MOMENT_SECONDS, Lull


class Loop:
    """Turns of an event loop, each of which may bring something, and a clock."""

    def __init__(self) -> None:
        self.calls: deque[Callable[[], None]] = deque()
        self.waiting: list[str] = []
        self.groups: list[list[str]] = []
        self.now = 100.0
        self.lull = Lull(self.work, lambda: len(self.waiting), self.calls.append)

    def work(self) -> None:
        group, self.waiting = self.waiting, []
        self.groups.append(group)

    def bring(self, what: str) -> None:
        self.waiting.append(what)
        if len(self.waiting) == 1:
            self.lull.begin()

    def turn(self) -> None:
        for _ in range(len(self.calls)):
            self.calls.popleft()()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    made = Loop()
    monkeypatch.setattr(lull, "monotonic", lambda: made.now)
    return made


def test_one_alone_waits_for_one_turn_that_brings_nothing(loop: Loop) -> None:
    loop.bring("a")
    loop.turn()
    assert loop.groups == []
    loop.turn()
    assert loop.groups == [["a"]]
    assert not loop.calls


def test_what_comes_in_turn_after_turn_is_one_group(loop: Loop) -> None:
    for each in "abcde":
        loop.bring(each)
        loop.turn()
    assert loop.groups == []
    loop.turn()
    assert loop.groups == [list("abcde")]


def test_nobody_waits_for_longer_than_a_moment_however_much_comes(loop: Loop) -> None:
    began = loop.now
    while not loop.groups:
        loop.bring("x")
        loop.now += MOMENT_SECONDS / 4
        loop.turn()
        assert loop.now - began < 1.5 * MOMENT_SECONDS
    assert loop.groups == [["x"] * 5]
    loop.bring("y")
    loop.turn()
    loop.turn()
    assert loop.groups[1:] == [["y"]]


def test_each_group_has_a_moment_of_its_own(loop: Loop) -> None:
    for each in "ab":
        loop.now += 10
        loop.bring(each)
        loop.turn()
        loop.turn()
    assert loop.groups == [["a"], ["b"]]


def test_the_work_may_bring_more_of_it(loop: Loop) -> None:
    rest = ["again"]
    work = loop.work

    def bring_again() -> None:
        work()
        if rest:
            loop.bring(rest.pop())

    loop.lull = Lull(bring_again, lambda: len(loop.waiting), loop.calls.append)
    loop.bring("a")
    for _ in range(4):
        loop.turn()
    assert loop.groups == [["a"], ["again"]]
