"""Whether what a record says of its model is better than showing what is popular, by more than noise is by itself.

One judgement for everybody: whoever drives a round asks before publishing, the gateway before it keeps the record, and whoever
verifies long afterwards. All of them ask the numbers of the record, and not others that were rounded to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

GATE_MODEL = "gate_model"
"""Weight of the pairs that the model shows, per item; 0 if it is less."""
GATE_POPULARITY = "gate_popularity"
"""That of the most popular items."""
GATE_NOISE = "gate_noise"
"""Standard deviation of what noise adds to their difference, at most. Records of the first rounds do not have it."""
MARGIN = Decimal("1.64")
"""Standard deviations of its noise by which the difference has to be above nothing: noise alone is that one time in twenty."""


def is_better_than_popular(metrics: Mapping[str, str]) -> bool:
    """Whether it is; not, if one of the three numbers is missing.

    Args:
        metrics: of a record, numbers of 0 or more as texts.
    """
    if not {GATE_MODEL, GATE_POPULARITY, GATE_NOISE} <= metrics.keys():
        return False
    model, popularity, noise = (Decimal(metrics[name]) for name in (GATE_MODEL, GATE_POPULARITY, GATE_NOISE))
    return model - popularity > MARGIN * noise
