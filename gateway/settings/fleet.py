"""`[federated]` of `volens.toml`: learning on people's devices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict

from federated import MAX_DIMENSIONS
from gateway.settings.groups import SettingGroup
from gateway.settings.placements import Category


class FederatedSettings(SettingGroup):
    """Learning on people's devices."""

    budget_micro_rho: Annotated[int, Field(ge=0, le=1_000_000_000)] = 4_000_000
    """What all rounds together may spend: millionths of zCDP's rho. A million is an epsilon of 7.6 at a delta of 1e-5. More
    than 4000000 takes `rho_always` in `releases.toml`, to which two people agree. Once something is booked, a larger number
    changes nothing."""
    round_micro_rho: Annotated[int, Field(ge=1, le=1_000_000_000)] = 500_000
    """What one round spends, in the same unit; the noise follows from it."""
    model_lifetime_days: Annotated[int, Field(ge=1, le=400)] = 30
    """How long devices may use a version."""
    enrolments_per_hour: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000
    """Devices that one source may enrol in an hour; more are refused as `rate-limited`. One person may enrol eight."""
    categories: Annotated[tuple[Category, ...], Strict(False)] = ()
    """Categories that the model is about; all, if none is named. A model holds at most 2,048 items: with more, no round
    begins."""
    max_items: Annotated[int, Field(ge=1, le=512)] = 100
    """How many of the last items of a person's history count."""
    dimensions: Annotated[int, Field(ge=1, le=MAX_DIMENSIONS)] = 16
    """Dimensions of an item's vector."""
    minimum_cohort: Annotated[int, Field(ge=3, le=128)] = 20
    """With fewer devices no sum is opened."""
    cohort: Annotated[int, Field(ge=3, le=128)] = 50
    """Devices whose updates are summed together."""
    neighbours: Annotated[int, Field(ge=4, le=128, multiple_of=2)] = 16
    """How many other devices a device shares masks with."""
    step_seconds: Annotated[int, Field(ge=1, le=3600)] = 20
    """How long a step of a round waits for answers."""
    round_seconds: Annotated[int, Field(ge=10, le=86_400)] = 600
    """How long after its start devices may take part in a round."""
    only_tried: bool = False
    """Whether a round opens nothing that has fewer than the four cohorts of which one is held out to try the model. It books
    nothing either, unless it is the second look at consent that leaves too few. Four cohorts take five times `minimum_cohort`."""
    begins_again: bool = True
    """Whether a round publishes nothing if somebody who is in its sum withdraws before it does."""
