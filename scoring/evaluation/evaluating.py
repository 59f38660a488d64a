"""The evaluation as a whole: split, tune each part, tune their sum, test once.

The hybrid is a weighted sum of parts, each of which is a sum over the history: its score has literal addends, like that of the
model in use. It is tuned without a look at the test, and every number of the test comes from one pass over its questions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from scoring.evaluation.counts import Counts
from scoring.evaluation.folding import event_setting
from scoring.evaluation.lately import Lately, has_times
from scoring.evaluation.pairs import Pairs, fits
from scoring.evaluation.parts import (
    Circumstance,
    Content,
    Following,
    Linear,
    Own,
    Popular,
    Scores,
    ScoringPart,
)
from scoring.evaluation.protocol import Round, split
from scoring.evaluation.ranks import gains, hits, interval, places
from scoring.evaluation.recording import Questions, Recording
from scoring.evaluation.report import Difference, Evaluation, Measured, published_for
from scoring.evaluation.tuning import Tuned, hide_history, settle, tune_part, tune_weights

Progress = Callable[[str], None]
"""Told in a few words what is done next."""

Beside = Callable[[int, Round], np.ndarray]
"""Of a catalogue's size and a round: before each hidden item, how many stand, from 0."""
_NOTHING_BESIDE: Mapping[str, Beside] = {}

DEFAULT_COLUMNS = 4096
"""Items that the closed form is computed for; the rest of a larger catalogue is known to the other parts."""

_TIMELESS = "hybrid without order"
_TUNING_COLUMNS = 2048
"""Items that the closed form is computed for while its settings are tried."""
_TUNING_CELLS = 36_000_000
_TUNING_QUESTIONS, _LEAST_TUNING_QUESTIONS = 4000, 400
_TEST_CELLS = 12_000_000
_TEST_CELLS_IN_ALL = 2_000_000_000
_LEAST_TEST_QUESTIONS = 5000


@dataclass(frozen=True, slots=True, eq=False)
class _System:
    """A recommender: parts and what each weighs."""

    name: str
    parts: list[Tuned]
    weights: list[float]
    again: bool
    """Whether items that a person had before stay in the ranking."""
    gain: float
    """How good it is on the tuning questions."""


@dataclass(frozen=True, slots=True, eq=False)
class _Learning:
    """A round, with what is made of it once for all parts."""

    round: Round
    """What is learnt from, and asked."""
    counts: Counts
    """What follows what among it."""
    inverses: dict[int, dict[float, np.ndarray]]
    """By columns and ridge."""

    def linear(self, recording: Recording, columns: int) -> Linear:
        """The closed form of so many items."""
        inverses = self.inverses.setdefault(columns, {})
        return Linear(recording, self.round.learnt, columns=columns, inverses=inverses)


def evaluate(
    recording: Recording,
    *,
    columns: int = DEFAULT_COLUMNS,
    progress: Progress = lambda _: None,
    beside: Mapping[str, Beside] = _NOTHING_BESIDE,
) -> Evaluation:
    """Evaluate the hybrid and its parts on a recording. Seconds to minutes; the same recording gives the same numbers.

    Args:
        recording: who had to do with what.
        columns: items that the closed form of EASE^R is computed for; 8 * columns**2 bytes.
        progress: told what comes next.
        beside: other recommenders by name, asked the same questions.

    Raises:
        RecordingError: nothing can be hidden and asked about.
    """
    progress("splitting")
    most = max(_LEAST_TUNING_QUESTIONS, _TUNING_CELLS // recording.n_items)
    protocol = split(
        recording,
        tuning=min(_TUNING_QUESTIONS, most),
        test=max(_LEAST_TEST_QUESTIONS, _TEST_CELLS_IN_ALL // recording.n_items),
    )
    asked, tested = protocol.tuning.asked, protocol.test.asked
    plans = _plan(recording, _learning(recording, protocol.tuning), columns, progress)
    found = _test(recording, _learning(recording, protocol.test), plans, columns, progress)
    named = [(system.name, places_) for system, places_ in zip(plans, found, strict=True)]
    for name, ask in beside.items():
        progress(f"testing: {name}")
        named.append((name, ask(recording.n_items, protocol.test)))
    gain = None
    without = next((n for n, system in enumerate(plans) if system.name == "hybrid without context"), None)
    if without is not None:
        better = gains(found[0]) - gains(found[without])
        gain = Difference(float(better.mean()), interval(better))
    n_people = len(np.unique(recording.people))
    return Evaluation(
        protocol=protocol.name,
        people=n_people,
        items=recording.n_items,
        interactions=len(recording.people),
        questions=len(tested),
        tuning_questions=len(asked),
        rows=tuple(_measure(name, places_) for name, places_ in named),
        tuned={
            tuned.part.name: {**_named(tuned.chosen, recording), "weight": weight}
            for tuned, weight in zip(plans[0].parts, plans[0].weights, strict=True)
        },
        context_gain=gain,
        published=published_for(
            n_people, recording.n_items, len(recording.people), ordered=recording.ordered
        ),
    )


def _named(chosen: dict[str, float], recording: Recording) -> dict[str, float]:
    """The settings, with events called by their names."""
    names = {event_setting(code): f"event:{name}" for code, name in enumerate(recording.event_names)}
    return {names.get(setting, setting): value for setting, value in chosen.items()}


def _learning(recording: Recording, round_: Round) -> _Learning:
    return _Learning(round_, Counts(round_.learnt, recording.n_items), {})


def _plan(recording: Recording, learning: _Learning, columns: int, progress: Progress) -> list[_System]:
    """Everything tuned: the hybrid, each of its parts, and the hybrids that know less."""
    asked = learning.round.asked
    hybrid = _tune_system("hybrid", recording, learning, columns, progress)
    systems = [hybrid]
    systems += [_System(each.part.name, [each], [1.0], hybrid.again, each.gain) for each in hybrid.parts]
    if recording.contexts:
        plain = [each for each in hybrid.parts if not each.part.name.startswith("context:")]
        plain = [_without_mismatch(each, asked, repeats=hybrid.again) for each in plain]
        blend = tune_weights(plain, asked, repeats=hybrid.again)
        systems.append(_System("hybrid without context", plain, blend.weights, hybrid.again, blend.gain))
    if recording.ordered:
        timeless = replace(recording, ordered=False, times=None)
        systems.append(_tune_system(_TIMELESS, timeless, learning, columns, progress))
    return systems


def _tune_system(
    name: str, recording: Recording, learning: _Learning, columns: int, progress: Progress
) -> _System:
    """All parts and their sum. Where people come back to things, what is said of these is tuned like the rest.

    Three ways: they are not shown again; only their own part speaks for them; every part does.
    """
    asked = learning.round.asked
    never = _tune_parts(recording, learning, columns, progress, again=False)
    progress(f"tuning: {name}")
    blend = tune_weights(never, asked, repeats=False)
    ways = [_System(name, never, blend.weights, again=False, gain=blend.gain)]
    if learning.round.learnt.repeats:
        among = _tune_parts(recording, learning, columns, progress, again=True)
        own = [each for each in among if each.part.name == Own.name]
        apart = [*(replace(each, mute=True) for each in never), *own]
        progress(f"tuning: {name}, with what comes again")
        for tuned in (apart, among):
            blend = tune_weights(tuned, asked, repeats=True)
            ways.append(_System(name, tuned, blend.weights, again=True, gain=blend.gain))
    return max(ways, key=lambda system: system.gain)


def _tune_parts(
    recording: Recording, learning: _Learning, columns: int, progress: Progress, *, again: bool
) -> list[Tuned]:
    tuned, asked = [], learning.round.asked
    for part in _parts(recording, learning, min(columns, _TUNING_COLUMNS), again=again):
        progress(f"tuning: {part.name}{'' if recording.ordered else ', without order'}")
        tuned.append(tune_part(part, asked, repeats=again))
    if min(columns, recording.n_items) > _TUNING_COLUMNS:
        whole = learning.linear(recording, columns)
        tuned = [
            settle(whole, each.chosen, asked, repeats=again) if each.part.name == whole.name else each
            for each in tuned
        ]
    return tuned


def _parts(recording: Recording, learning: _Learning, columns: int, *, again: bool) -> list[ScoringPart]:
    learnt = learning.round.learnt
    parts: list[ScoringPart] = [
        Popular(recording, learnt),
        Following(recording, learnt, itself=again, counts=learning.counts),
        learning.linear(recording, columns),
    ]
    if recording.times is not None and has_times(learnt):
        parts.append(Lately(recording, learnt))
    if fits(recording, learnt):
        parts.append(Pairs(recording, learnt))
    if recording.tags is not None:
        parts.append(Content(recording))
    if again:
        parts.append(Own(recording))
    parts += [Circumstance(recording, learnt, field) for field in recording.contexts]
    return parts


def _without_mismatch(tuned: Tuned, asked: Questions, *, repeats: bool) -> Tuned:
    """The same, with every row of a history counting alike under all circumstances."""
    alike = settle(tuned.part, {**tuned.chosen, "mismatch": 1.0}, asked, repeats=repeats)
    return replace(alike, mute=tuned.mute)


def _test(
    recording: Recording, test: _Learning, plans: list[_System], columns: int, progress: Progress
) -> list[np.ndarray]:
    """The place of each question's item, by system; parts are learnt anew from all that is not hidden."""
    found: dict[str, np.ndarray] = {}
    for ordered in (True, False):
        systems = [each for each in plans if (recording.ordered and each.name != _TIMELESS) == ordered]
        for again in (False, True):
            alike = [each for each in systems if each.again == again]
            if alike:
                progress("testing: " + ", ".join(each.name for each in alike))
                same = recording if ordered else replace(recording, ordered=False, times=None)
                parts = {part.name: part for part in _parts(same, test, columns, again=again)}
                found |= _rank(recording.n_items, test.round.asked, alike, parts, progress)
    return [found[system.name] for system in plans]


def _rank(
    n_items: int,
    questions: Questions,
    systems: list[_System],
    parts: dict[str, ScoringPart],
    progress: Progress,
) -> dict[str, np.ndarray]:
    """The place of each question's item, by the name of the system; some questions at a time."""
    size = max(16, _TEST_CELLS // n_items)
    found: dict[str, list[np.ndarray]] = {system.name: [] for system in systems}
    told = 0
    for first in range(0, len(questions), size):
        if first - told > len(questions) // 5:
            told = first
            progress(f"testing: {first:,} of {len(questions):,} questions asked")
        asked = questions.take(first, min(first + size, len(questions)))
        known: dict[int, Scores] = {}
        for system in systems:
            total = _weighed_sum(system, asked, parts, known)
            if not system.again:
                hide_history(total, asked)
            found[system.name].append(places(total, asked.targets))
    return {name: np.concatenate(batches) for name, batches in found.items()}


def _weighed_sum(
    system: _System, asked: Questions, parts: dict[str, ScoringPart], known: dict[int, Scores]
) -> Scores:
    """(Q, n_items), a new array; what a part says is found once for all systems."""
    total: Scores | None = None
    for each, weight in zip(system.parts, system.weights, strict=True):
        if not weight:
            continue
        if id(each) not in known:
            known[id(each)] = replace(each, part=parts[each.part.name]).scores(asked)
        weighed = np.float32(weight) * known[id(each)]
        if total is None:
            total = weighed
        else:
            total += weighed
    assert total is not None, "one of the parts weighs 1"
    return total


def _measure(name: str, found: np.ndarray) -> Measured:
    hit, gain = hits(found), gains(found)
    return Measured(name, float(hit.mean()), interval(hit), float(gain.mean()), interval(gain))
