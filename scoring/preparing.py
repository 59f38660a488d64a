"""What is compiled before the first event is taken in, the first slate made and the first recipe chosen: nobody waits for it."""

from __future__ import annotations

from scoring import compiled_judging, compiled_ranking
from scoring.compiled_merging import prepare_merging
from scoring.composition.compiled_adding import prepare_adding
from scoring.composition.compiled_placing import prepare_placing


def prepare_ranking() -> None:
    """Compile, or read from the disk what was compiled before; to be called in a thread."""
    prepare_merging()
    compiled_ranking.prepare_ranking()
    compiled_judging.prepare_judging()
    prepare_adding()
    prepare_placing()
