"""A real cube, with its files, over a log in memory: for tests of what is built, and of what stands around it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from consent import Resolution
from gateway.aggregates.cube import Cube
from gateway.aggregates.cube_files import CubeFiles
from gateway.aggregates.cube_keys import CubeKeys
from gateway.aggregates.participation import Participation
from gateway.identities import Identities
from gateway.memory.people import People
from gateway.routing import FeedPage, RoutedSignal
from privacy import DAY_SECONDS, Pseudonymiser, SubjectRef

ANALYTICS = 1


class WatchedCube(Cube):
    """Knows until when it was built last."""

    until = 0

    async def build_until(self, until: int) -> bool:
        """Build, and say so afterwards."""
        passed = await super().build_until(until)
        self.until = until
        self.was_built()
        return passed

    def was_built(self) -> None:
        """It was."""


class SmallCube:
    """A log in memory, people who allow what is in it, and the cube of it on disk."""

    def __init__(
        self,
        directory: Path,
        thread: Executor,
        *,
        ordered: Mapping[str, Any] | None = None,
        late_seconds: int = 0,
        kind: type[WatchedCube] = WatchedCube,
    ) -> None:
        """Keep the cube's files and keys in `directory`."""
        self.people = People()
        self.log: list[RoutedSignal] = []
        self.built: list[float] = []
        nobody: Any = None
        self.keys = CubeKeys(directory / "keys", os.urandom)
        self.cube = kind(
            files=CubeFiles(directory / "cube"),
            participation=Participation(directory / "counted", 8),
            consents=nobody,
            keys=self.keys,
            feed=self,  # type: ignore[arg-type]  # it reads
            durable_size=lambda: len(self.log),
            people=self.people,
            identities=Identities(Pseudonymiser(b"k" * 32), self.people, 0, lambda _: 0),
            thread=thread,
            fields={"analytics": ("product_id",)},
            ordered=ordered or {},
            bits={"analytics": 0},
            late_seconds=late_seconds,
            keep_seconds=9 * DAY_SECONDS,
        )

    async def read(self, _purpose: str, first: int, limit: int) -> FeedPage:
        """A page of the log."""
        self.built.append(self.cube.built)
        signals = tuple(self.log[first : first + limit])
        return FeedPage(signals, first + len(signals), end=first + len(signals) == len(self.log))

    def add(self, name: bytes) -> SubjectRef:
        """Somebody who allows it."""
        ref = SubjectRef(name * 16)
        self.people.take_up(self.people.add(ref, 1, bytes(32)), Resolution(ANALYTICS, 0, None, {}))
        return ref

    def look(
        self, ref: SubjectRef, count: int, at: int, event: str = "Product Viewed", *, recorded_at: int
    ) -> None:
        """Somebody looks at so many items, each another one."""
        for _ in range(count):
            index = len(self.log)
            told = {"product_id": f"i{index}"}
            slot = self.people.slot_of[ref]
            self.log.append(RoutedSignal(index, 0, ref, event, at, told, "analytics", 0, slot, recorded_at))
