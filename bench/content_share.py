"""What likeness adds to the model in use: NDCG@10 by the share of content of a placement (`content_share`).

    python -m bench.content_share [--only beauty,sports] [--every 10]

Of recordings in VOLENS_DATASETS whose items have tags and to which nobody comes back. The share is chosen on the tuning round of the
evaluation and measured once on its test, on every so many-th question. Model, index and composer are those of a gateway; the tags are
given to it as to a catalogue.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.quality import SUBJECTS
from gateway.evaluation import read_recording
from scoring import Catalogue, Item, Learner, Model, Popular, Recording, TrainingRecipe, untrained
from scoring.composition.composer import Composer, Wanted
from scoring.composition.content import ContentIndex
from scoring.composition.newcomers import Newcomers
from scoring.composition.recipe import Recipe
from scoring.contributions import Seen
from scoring.decay import HISTORY_LENGTH
from scoring.evaluation.protocol import Round, split
from scoring.evaluation.ranks import AT, gains, interval
from scoring.evaluation.recording import Questions
from scoring.recent_items import NO_ITEM

SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What likeness adds to the model in use.")
    parser.add_argument("--only", default="beauty,sports", help="some of: beauty, sports")
    parser.add_argument("--every", type=int, default=10, help="ask every so many-th question")
    arguments = parser.parse_args()
    folder = Path(os.environ.get("VOLENS_DATASETS", "."))
    for name in arguments.only.split(","):
        subject = SUBJECTS[name]
        assert subject.attributes is not None
        recording = read_recording(folder / subject.file, attributes=folder / subject.attributes)
        protocol = split(recording)
        composer = _shop(recording)
        asked = _every(protocol.tuning, arguments.every)
        model = _learn(recording, protocol.tuning)
        found = [_gains(composer, model, asked, share).mean() for share in SHARES]
        best = SHARES[int(np.argmax(found))]
        print(f"{name}: tuned on {len(asked):,} questions, the share is {best}", flush=True)
        asked, model = _every(protocol.test, arguments.every), _learn(recording, protocol.test)
        without, together = (_gains(composer, model, asked, share) for share in (0.0, best))
        low, high = interval(together - without)
        print(
            f"{name}: {len(asked):,} questions: without {without.mean():.4f}, with {together.mean():.4f}, "
            f"gain {low:+.4f} to {high:+.4f}",
            flush=True,
        )


def _shop(recording: Recording) -> Composer:
    """A composer over the items with their tags."""
    tags = recording.tags
    assert tags is not None
    of_item = np.split(tags.indices, tags.indptr[1:-1])
    items = [
        Item(id=str(item), tags=tuple(str(tag) for tag in some[:64])) for item, some in enumerate(of_item)
    ]
    catalogue = Catalogue()
    catalogue.upsert(items)
    composer = Composer(catalogue, Popular(catalogue, untrained(recording.n_items)), None, Newcomers(1))
    composer.content = ContentIndex([("", item.tags, None) for item in items])
    return composer


def _every(asked: Round, step: int) -> Questions:
    return asked.asked.choose(np.arange(0, len(asked.asked), step))


def _learn(recording: Recording, learning: Round) -> Model:
    """The model that a gateway would have."""
    rows = learning.learnt
    slots, people = np.unique(rows.people, return_inverse=True)
    seen = Seen(slots, people.astype(np.int64), rows.items.astype(np.int32))
    given = TrainingRecipe(ridge=100.0, half_life=5)
    return Learner().learn(seen, recording.n_items, given, k=50, now=0, version=1)


def _gains(composer: Composer, model: Model, asked: Questions, share: float) -> NDArray[np.float64]:
    """NDCG@10 of each question's slate."""
    recipe = Recipe(content=share)
    ends = np.searchsorted(asked.history.people, np.arange(1, len(asked)))
    places = np.full(len(asked), np.inf)
    for number, had in enumerate(np.split(asked.history.items, ends)):
        row = np.full(HISTORY_LENGTH, NO_ITEM, dtype=np.int32)
        kept = had[::-1][:HISTORY_LENGTH]
        row[: len(kept)] = kept
        wanted = Wanted(
            placement="home", recipe=recipe, limit=AT, row=row, exclude=had.astype(np.int32), model=model
        )
        items = composer.compose(wanted, 0).items
        target = int(asked.targets[number])
        if target in items:
            places[number] = items.index(target)
    return gains(places)


if __name__ == "__main__":
    main()
