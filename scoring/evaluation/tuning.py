"""Tuning: one setting at a time, uphill, on questions that are never tested on.

Of each setting the values stand in order; the search walks from where it stands in the better direction until it gets no better,
and goes through all settings again until nothing changes. Half-lives are then tried for short and long histories separately, and
one is taken where it helps by more than a standard error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.evaluation.folding import REGIMES
from scoring.evaluation.parts import Grid, Scores, ScoringPart, Start
from scoring.evaluation.ranks import AT, gains, places
from scoring.evaluation.recording import Questions

_SWEEPS = 3
_STARTS = 2
_TUNING_SHARE, _MOST_AT, _MANY_QUESTIONS = 20, 50, 1500
_LEAST_QUESTIONS = 100
_CHUNK_CELLS = 4_000_000
WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 1.6, 2.5)
"""What a part may weigh beside the one that is best alone, which weighs 1."""

Gains = NDArray[np.float64]
Look = Callable[[dict[str, float]], Gains]


@dataclass(frozen=True, slots=True)
class Blend:
    """What parts weigh in their sum."""

    weights: list[float]
    """Of each part."""
    gain: float
    """What `judge` says of the sum, its mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """A part with its settings."""

    part: ScoringPart
    """The part that was tuned."""
    chosen: dict[str, float]
    """The settings chosen for it."""
    gain: float
    """What `judge` says on the tuning questions, their mean."""
    unit: float
    """Spread of its scores there: they are divided by it before parts are added."""

    mute: bool = False
    """Whether it says nothing of items that a person had before."""

    def scores(self, asked: Questions) -> Scores:
        """(Q, n_items), in units of the part's spread."""
        found = self.part.scores(self.chosen, asked)
        found /= np.float32(self.unit)
        if self.mute:
            found[asked.history.people, asked.history.items] = 0
        return found


def hide_history(scores: Scores, asked: Questions) -> Scores:
    """Put what is in a history at the end of its ranking, in place."""
    scores[asked.history.people, asked.history.items] = -np.inf
    return scores


def judge(scores: Scores, asked: Questions, *, repeats: bool) -> Gains:
    """NDCG@10 of each question; of few, at a twentieth of the catalogue, 10 to 50. Overwrites the scores of what is hidden.

    In large catalogues most hidden items stand beyond the tenth place, and what few of them choose is chance.
    """
    return _judge(scores, asked, places_judged(len(asked), scores.shape[1]), repeats=repeats)


def _judge(scores: Scores, asked: Questions, at: int, *, repeats: bool) -> Gains:
    return gains(places(scores if repeats else hide_history(scores, asked), asked.targets), at=at)


def places_judged(n_questions: int, n_items: int) -> int:
    """How many places count while tuning on so many questions."""
    return AT if n_questions >= _MANY_QUESTIONS else min(max(AT, n_items // _TUNING_SHARE), _MOST_AT)


def tune_part(part: ScoringPart, asked: Questions, *, repeats: bool) -> Tuned:
    """The best settings of one part alone."""

    def look(settings: dict[str, float]) -> Gains:
        return judge(part.scores(settings, asked), asked, repeats=repeats)

    return settle(part, tune_settings(part.start, part.grid, asked.lengths, look), asked, repeats=repeats)


def tune_settings(start: Start, grid: Grid, lengths: NDArray[np.int64], ask: Look) -> dict[str, float]:
    """The best settings.

    Args:
        start: where to start.
        grid: what may be tuned, and the values to try, rising.
        lengths: (Q,) items of each question's history.
        ask: how good some settings are, question by question; asked once for each.
    """
    chosen = {name: float(value) for name, value in start.items()}
    known: dict[tuple[float, ...], Gains] = {}

    def look(settings: dict[str, float]) -> Gains:
        key = tuple(settings.get(name, -1.0) for name in (*start, *grid, *REGIMES))
        if key not in known:
            known[key] = ask(settings)
        return known[key]

    best = float(look(chosen).mean())
    for _ in range(_SWEEPS):
        before = best
        for name, values in grid.items():
            chosen, best = _climb(name, values, chosen, best, look)
        if best <= before:
            break
    return _by_length(grid["half_life"], chosen, lengths, look) if "half_life" in grid else chosen


def settle(part: ScoringPart, chosen: dict[str, float], asked: Questions, *, repeats: bool) -> Tuned:
    """A part with given settings: how good it is, and the unit of its scores."""
    scores = part.scores(chosen, asked)
    unit = float(np.std(scores)) or 1.0
    return Tuned(part, chosen, float(judge(scores, asked, repeats=repeats).mean()), unit)


def tune_weights(parts: list[Tuned], asked: Questions, *, repeats: bool) -> Blend:
    """What each part weighs in their sum: one of the two that are best alone weighs 1, what does not help 0."""
    found = [tuned.scores(asked) for tuned in parts]
    order = sorted(range(len(parts)), key=lambda n: -parts[n].gain)
    blends = [_blend_around(first, order, found, asked, repeats=repeats) for first in order[:_STARTS]]
    return max(blends, key=lambda blend: blend.gain)


def _blend_around(
    first: int, order: list[int], found: list[Scores], asked: Questions, *, repeats: bool
) -> Blend:
    """The best sum that can be walked to from one part alone."""
    weights = [0.0] * len(found)
    weights[first] = 1.0
    total = found[first].copy()
    best = judge(total.copy(), asked, repeats=repeats)
    for _ in range(_SWEEPS):
        before = best
        for n in order:
            if n == first:
                continue
            _add(total, -weights[n], found[n])
            known: dict[float, Gains] = {weights[n]: best}

            def look(weight: float, n: int = n, known: dict[float, Gains] = known) -> float:
                if weight not in known:
                    known[weight] = _judge_sum(total, weight, found[n], asked, repeats=repeats)
                return float(known[weight].mean())

            weight, _ = _walk(WEIGHTS, weights[n], float(best.mean()), look)
            if weights[n] or is_clear(known[weight] - best):
                weights[n], best = weight, known[weight]
            _add(total, weights[n], found[n])
        if best.mean() <= before.mean():
            break
    return Blend(weights, float(best.mean()))


def _add(total: Scores, weight: float, part: Scores) -> None:
    """Add a part to a sum, some rows at a time."""
    for rows in _chunks(total) if weight else ():
        total[rows] += np.float32(weight) * part[rows]


def _judge_sum(rest: Scores, weight: float, part: Scores, asked: Questions, *, repeats: bool) -> Gains:
    """What `judge` says of a sum and one part more; in large catalogues whole sums are never made twice."""
    at = places_judged(len(asked), rest.shape[1])
    found = []
    for rows in _chunks(rest):
        scores = rest[rows] + np.float32(weight) * part[rows]
        found.append(_judge(scores, asked.take(rows.start, rows.stop), at, repeats=repeats))
    return np.concatenate(found)


def _chunks(scores: Scores) -> list[slice]:
    size = max(1, _CHUNK_CELLS // scores.shape[1])
    return [slice(first, min(first + size, len(scores))) for first in range(0, len(scores), size)]


def is_clear(better: Gains, errors: float = 1.0) -> bool:
    """Whether something helps by more than so many standard errors: less is left to simplicity."""
    return bool(better.mean() > errors * better.std() / len(better) ** 0.5)


def _climb(
    name: str,
    values: tuple[float, ...],
    chosen: dict[str, float],
    best: float,
    look: Look,
) -> tuple[dict[str, float], float]:
    start = chosen.get(name, 1.0 if 1.0 in values else values[0])
    value, best = _walk(values, start, best, lambda value: float(look({**chosen, name: value}).mean()))
    return {**chosen, name: value}, best


def _walk(
    values: tuple[float, ...], start: float, best: float, look: Callable[[float], float]
) -> tuple[float, float]:
    """From `start` in either direction as long as it gets better; two steps are tried before giving up."""
    here = min(range(len(values)), key=lambda n: abs(values[n] - start))
    found = values[here] if values[here] == start else start
    for step in (1, -1):
        n, missed = here + step, 0
        moved = False
        while 0 <= n < len(values) and missed < 2:
            gain = look(values[n])
            if gain > best:
                best, found, missed, moved = gain, values[n], 0, True
            else:
                missed += 1
            n += step
        if moved:
            break
    return found, best


def _by_length(
    half_lives: tuple[float, ...], chosen: dict[str, float], lengths: NDArray[np.int64], look: Look
) -> dict[str, float]:
    """A half-life of its own for short or long histories, where that clearly helps."""
    common = look(chosen)
    apart: dict[str, float] = {}
    for name, (above, up_to) in REGIMES.items():
        inside = (lengths > above) & (lengths <= up_to)
        if np.count_nonzero(inside) < _LEAST_QUESTIONS or inside.all():
            continue
        best = 0.0
        for value in half_lives:
            better = (look({**chosen, "half_life": value}) - common)[inside]
            error = float(better.std()) / len(better) ** 0.5
            if better.mean() > max(error, best):
                best, apart[name] = float(better.mean()), value
    return {**chosen, **apart}
