"""P1, P2 and P3: a seeded directory, a copy of it, the gateway on the copy, and the baseline beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import batches, bodies, decisions, paced, permissions, seeding, servers
from bench.journals import await_machine_code, await_model, read_journal, trained_people
from bench.pairs import Contest
from bench.report import Row

TRAINED_SHARE = 0.9
"""At least so many of the people are in a training; the others are held out of it (`learning.promotion.held_out_share`)."""

WHILE_TRAINING = ", while somebody is taken out of the model on the same core"
GATHER_SECONDS = 5
"""How long the gateway gathers withdrawals before it trains without those people."""


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
        """Measure `p1`, `p2`, `p3` and `paced`, or some of them."""
        self.write_bodies()
        rows: list[Row] = []
        with self._contest() as contest:
            if "p1" in parts:
                rows += self._decisions(contest)
            if "p2" in parts:
                rows += self._batches(contest)
            if "paced" in parts:
                rows += paced.measure(contest, self.scratch / "questions", 1 if self.quick else 30)
            if "p3" in parts:
                rows += permissions.measure(contest, *self.evaluations)
        return rows

    def _decisions(self, contest: Contest) -> list[Row]:
        questions, few = self.scratch / "questions", decisions.CONNECTIONS[:1]
        if self.quick:
            return decisions.measure(contest, questions, few)
        rows = decisions.measure(contest, questions)
        with training(contest, servers.journal_of(self.measured), person=0) as note:
            return rows + decisions.measure(contest, questions, few, note)

    def _batches(self, contest: Contest) -> list[Row]:
        groups = list(bodies.GROUPS)[1:] if self.quick else list(bodies.GROUPS)
        rows = [batches.measure(contest, group, self.batches_of(group)) for group in groups]
        rows.append(batches.measure_singles(contest, self.scratch / "singles"))
        if self.quick:
            return rows
        with training(contest, servers.journal_of(self.measured), person=1) as note:
            return [*rows, batches.measure(contest, bodies.ASKED, self.batches_of(bodies.ASKED), note)]

    @property
    def measured(self) -> Path:
        """The copy that is measured."""
        return self.scratch / "measured"

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
        bodies.write_evaluations(*self.evaluations, self.people)
        bodies.write_singles(self.scratch / "singles", bodies.ASKED, self.people)
        for group in bodies.GROUPS:
            self.write_batches(group)

    @property
    def evaluations(self) -> tuple[Path, Path]:
        """Where evaluations are: one in a call, and many."""
        return self.scratch / "evaluation", self.scratch / "evaluations"

    def write_batches(self, group: str) -> Path:
        """Write batches about a group of people."""
        people = seeding.people_of(group, self.people)
        bodies.write_batches(self.batches_of(group), group, people, min(bodies.BATCHES, people // 5))
        return self.batches_of(group)

    def batches_of(self, group: str) -> Path:
        """Where batches about a group of people are."""
        return self.scratch / f"batches-{group}"

    @contextmanager
    def _contest(self) -> Iterator[Contest]:
        directory = seeding.copy(self.prepare(), self.measured)
        with servers.gateway(directory) as ours, servers.baseline(self.scratch / "baseline.stderr") as plain:
            journal = servers.journal_of(directory)
            await_machine_code(ours, journal)
            await_model(ours, journal, round(self.people * TRAINED_SHARE))
            ours.pin()
            yield Contest(plain, ours, servers.bearer(ours, directory), self.pairs, self.seconds)


@contextmanager
def training(contest: Contest, journal: Path, person: int) -> Iterator[str]:
    """Have somebody taken out of the model meanwhile, because they withdrew; what to write behind a row's name."""
    before = len(trained_people(read_journal(journal)))
    seeding.withdraw_from_model(contest.ours.url, contest.token, person)
    time.sleep(GATHER_SECONDS + 1)
    yield WHILE_TRAINING
    await_model(contest.ours, journal, 1, after=before)
