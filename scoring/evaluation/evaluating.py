"""The evaluation as a whole: split, tune each part, tune their sum, test once.

The hybrid is a weighted sum of parts, each of which is a sum over the history: its score has literal addends, like that of the
model in use. It is tuned without a look at the test, and every number of the test comes from one pass over its questions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from scoring.evaluation.folding import event_setting
from scoring.evaluation.pairs import Pairs, fits
from scoring.evaluation.parts import Circumstance, Content, Following, Linear, Own, Part, Popular
from scoring.evaluation.protocol import Protocol, Round, split
from scoring.evaluation.ranks import gains, hits, interval, places
from scoring.evaluation.recording import Questions, Recording
from scoring.evaluation.report import Difference, Evaluation, Measured, published_for
from scoring.evaluation.tuning import Tuned, hide_history, settle, tune_part, tune_weights

Progress = Callable[[str], None]
"""Told in a few words what is done next."""

DEFAULT_COLUMNS = 4096
"""Items that the closed form is computed for; the rest of a larger catalogue is known to the other parts."""

_TUNING_COLUMNS = 2048
"""Items that the closed form is computed for while its settings are tried."""
_TUNING_CELLS = 36_000_000
_TUNING_QUESTIONS = 4000
_TEST_CELLS = 12_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _System:
    """A recommender: parts and what each weighs."""

    name: str
    parts: list[Tuned]
    weights: list[float]


def evaluate(
    recording: Recording, *, columns: int = DEFAULT_COLUMNS, progress: Progress = lambda _: None
) -> Evaluation:
    """Evaluate the hybrid and its parts on a recording. Seconds to minutes; the same recording gives the same numbers.

    Args:
        recording: who had to do with what.
        columns: items that the closed form of EASE^R is computed for; 8 * columns**2 bytes.
        progress: told what comes next.

    Raises:
        RecordingError: nothing can be hidden and asked about.
    """
    protocol = split(recording)
    asked = _some(protocol.tuning.asked, recording.n_items)
    plans = _plan(recording, protocol, asked, columns, progress)
    progress("testing")
    found = _test(recording, protocol, plans, columns, progress)
    rows = tuple(_measure(system.name, places_) for system, places_ in zip(plans, found, strict=True))
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
        questions=len(protocol.test.asked),
        tuning_questions=len(asked),
        rows=rows,
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


def _plan(
    recording: Recording, protocol: Protocol, asked: Questions, columns: int, progress: Progress
) -> list[_System]:
    """Everything tuned: the hybrid, each of its parts, and the hybrids that know less."""
    repeats = protocol.tuning.learnt.repeats
    tuned = _tune_parts(recording, protocol.tuning, asked, columns, progress)
    progress("tuning the hybrid")
    hybrid = _System("hybrid", tuned, tune_weights(tuned, asked, repeats=repeats))
    systems = [hybrid]
    systems += [_System(each.part.name, [each], [1.0]) for each in tuned]
    if recording.contexts:
        plain = [each for each in tuned if not each.part.name.startswith("context:")]
        plain = [_without_mismatch(each, asked, repeats=repeats) for each in plain]
        systems.append(_System("hybrid without context", plain, tune_weights(plain, asked, repeats=repeats)))
    if recording.ordered:
        timeless = _tune_parts(replace(recording, ordered=False), protocol.tuning, asked, columns, progress)
        weights = tune_weights(timeless, asked, repeats=repeats)
        systems.append(_System("hybrid without order", timeless, weights))
    return systems


def _tune_parts(
    recording: Recording, learning: Round, asked: Questions, columns: int, progress: Progress
) -> list[Tuned]:
    repeats = learning.learnt.repeats
    tuned = []
    for part in _parts(recording, learning, min(columns, _TUNING_COLUMNS), repeats=repeats):
        progress(f"tuning: {part.name}{'' if recording.ordered else ', without order'}")
        tuned.append(tune_part(part, asked, repeats=repeats))
    if min(columns, recording.n_items) > _TUNING_COLUMNS:
        whole = Linear(recording, learning.learnt, columns=columns)
        tuned = [
            settle(whole, each.chosen, asked, repeats=repeats) if each.part.name == whole.name else each
            for each in tuned
        ]
    return tuned


def _parts(recording: Recording, learning: Round, columns: int, *, repeats: bool) -> list[Part]:
    learnt = learning.learnt
    parts: list[Part] = [
        Popular(recording, learnt),
        Following(recording, learnt),
        Linear(recording, learnt, columns=columns),
    ]
    if fits(recording, learnt):
        parts.append(Pairs(recording, learnt))
    if recording.tags is not None:
        parts.append(Content(recording))
    if repeats:
        parts.append(Own(recording))
    parts += [Circumstance(recording, learnt, field) for field in recording.contexts]
    return parts


def _without_mismatch(tuned: Tuned, asked: Questions, *, repeats: bool) -> Tuned:
    """The same, with every row of a history counting alike under all circumstances."""
    return settle(tuned.part, {**tuned.chosen, "mismatch": 1.0}, asked, repeats=repeats)


def _test(
    recording: Recording, protocol: Protocol, plans: list[_System], columns: int, progress: Progress
) -> list[np.ndarray]:
    """The place of each question's item, by system; parts are learnt anew from all that is not hidden."""
    test, repeats = protocol.test, protocol.tuning.learnt.repeats
    size = max(16, _TEST_CELLS // recording.n_items)
    found: list[np.ndarray] = []
    relearnt: dict[bool, dict[str, Part]] = {}
    for system in plans:
        ordered = recording.ordered and system.name != "hybrid without order"
        if ordered not in relearnt:
            same = replace(recording, ordered=ordered)
            relearnt = {ordered: {part.name: part for part in _parts(same, test, columns, repeats=repeats)}}
        progress(f"testing: {system.name}")
        parts = [replace(each, part=relearnt[ordered][each.part.name]) for each in system.parts]
        used = [(each, weight) for each, weight in zip(parts, system.weights, strict=True) if weight]
        batches = []
        for first in range(0, len(test.asked), size):
            asked = test.asked.take(first, min(first + size, len(test.asked)))
            total = sum(np.float32(weight) * each.scores(asked) for each, weight in used)
            if not repeats:
                hide_history(np.asarray(total), asked)
            batches.append(places(np.asarray(total), asked.targets))
        found.append(np.concatenate(batches))
    return found


def _measure(name: str, found: np.ndarray) -> Measured:
    hit, gain = hits(found), gains(found)
    return Measured(name, float(hit.mean()), interval(hit), float(gain.mean()), interval(gain))


def _some(asked: Questions, n_items: int) -> Questions:
    """Not more questions than fit into memory: every so many-th."""
    most = min(_TUNING_QUESTIONS, max(50, _TUNING_CELLS // n_items))
    if len(asked) <= most:
        return asked
    kept = np.unique(np.linspace(0, len(asked) - 1, most).astype(np.int64))
    return asked.choose(kept)
