"""P1 and P2: a seeded directory, a copy of it, the gateway on the copy, and the baseline beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import batches, bodies, decisions, seeding, servers
from bench.journals import await_model
from bench.pairs import Contest
from bench.report import Row

WHILE_TRAINING = ", while a model is trained on the same core"
_ALWAYS_SECONDS = 1


@dataclass(frozen=True)
class Requests:
    """What requests are measured with."""

    scratch: Path
    """Where the seeded directory, its copy and the bodies are."""
    people: int
    """How many people decisions are about."""
    pairs: int
    """Pairs of measurements for each ratio."""
    seconds: int
    """Length of one measurement."""
    quick: bool
    """Whether it is only to be seen that everything runs: less of everything, and nothing during a training."""

    @property
    def seeded(self) -> Path:
        """The directory that is kept."""
        return self.scratch / f"seeded-{self.people}"

    def rows(self, parts: frozenset[str]) -> list[Row]:
        """Measure `p1`, `p2` or both."""
        self.write_bodies()
        questions = self.scratch / "questions"
        connections = decisions.CONNECTIONS[:1] if self.quick else decisions.CONNECTIONS
        rows: list[Row] = []
        with self._contest(seeding.HELD_OFF_SECONDS) as contest:
            if "p1" in parts:
                rows += decisions.measure(contest, questions, connections)
            if "p2" in parts:
                groups = list(bodies.GROUPS)[1:] if self.quick else bodies.GROUPS
                rows += [batches.measure(contest, group, self._batches(group)) for group in groups]
        if not self.quick:
            with self._contest(_ALWAYS_SECONDS) as contest:
                seeding.send_event(contest.ours.url, contest.token)
                if "p1" in parts:
                    rows += decisions.measure(contest, questions, connections[:1], WHILE_TRAINING)
                if "p2" in parts:
                    rows.append(
                        batches.measure(contest, bodies.ASKED, self._batches(bodies.ASKED), WHILE_TRAINING)
                    )
        return rows

    def prepare(self) -> Path:
        """The seeded directory; made now if it is not there yet."""
        mark = self.seeded.with_suffix(".done")
        if not mark.exists():
            began = time.monotonic()
            seeding.remove(self.seeded)
            seeding.seed(self.seeded, self.people)
            mark.touch()
            print(f"seeded in {time.monotonic() - began:.0f} s")
        return self.seeded

    def write_bodies(self) -> None:
        """Write what is sent; events are of this moment, so this is done for every run."""
        bodies.write_questions(self.scratch / "questions", self.people)
        for group in bodies.GROUPS:
            self.write_batches(group)

    def write_batches(self, group: str) -> Path:
        """Write batches about a group of people."""
        people = seeding.people_of(group, self.people)
        bodies.write_batches(self._batches(group), group, people, min(bodies.BATCHES, people // 5))
        return self._batches(group)

    def _batches(self, group: str) -> Path:
        return self.scratch / f"batches-{group}"

    @contextmanager
    def _contest(self, retrain_seconds: int) -> Iterator[Contest]:
        directory = seeding.copy(self.prepare(), self.scratch / "measured")
        seeding.hold_off_training(directory, retrain_seconds)
        with servers.gateway(directory) as ours, servers.baseline(self.scratch / "baseline.stderr") as plain:
            await_model(ours, servers.journal_of(directory), self.people)
            ours.pin()
            yield Contest(plain, ours, servers.bearer(ours, directory), self.pairs, self.seconds)
