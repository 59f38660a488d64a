"""In how many releases of a day somebody counts, as the process that measures is told of it."""

from __future__ import annotations

import msgspec


class ParticipationLimit(msgspec.Struct, frozen=True):
    """Whoever stands in `most` of these files counts no more."""

    files: tuple[str, ...]
    """Parquet with one column, `person`: who counted in a release; every name once in each."""
    most: int
    """In how many of them somebody may stand, from 1 on."""
