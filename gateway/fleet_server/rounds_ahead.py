"""What rounds are to be like, from the settings and the catalogue."""

from __future__ import annotations

import math
from collections.abc import Sequence

from federated import Clip, ItemList, ModelRecipe, scale_for
from federated.driving import Floors, RoundSettings, program_digest
from gateway.settings.fleet import FederatedSettings

_MICRO = 1_000_000


def round_settings(said: FederatedSettings, items: Sequence[str]) -> RoundSettings:
    """The settings of a driver.

    Args:
        said: of `volens.toml`.
        items: that the model is about.

    Raises:
        DocumentError: none, or more than a model holds.
    """
    clip = Clip(max_items=said.max_items)
    return RoundSettings(
        items=ItemList(items),
        program=program_digest(),
        scale=math.ceil(scale_for(clip.norm, said.round_micro_rho / _MICRO)),
        clip=clip,
        recipe=ModelRecipe(dimensions=said.dimensions),
        minimum=said.minimum_cohort,
        cohort=said.cohort,
        neighbours=said.neighbours,
        step_seconds=float(said.step_seconds),
        round_seconds=said.round_seconds,
        begins_again=said.begins_again,
    )


def floors_of(said: FederatedSettings) -> Floors:
    """What devices are promised that enrol under these settings."""
    return Floors(
        most_rho=said.round_micro_rho / _MICRO, minimum=said.minimum_cohort, neighbours=said.neighbours
    )
