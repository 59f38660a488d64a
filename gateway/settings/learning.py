"""`[learning]` of `volens.toml`: which placements explore, and what is joined to their decisions. Off unless told."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.groups import SettingGroup
from gateway.settings.values import Name, Text
from scoring import MAX_SURROUNDINGS


class LearningPlacement(SettingGroup):
    """A placement whose decisions are joined to what came of them."""

    id: Name
    """One of `placements`."""
    explore: bool = True
    """Whether its first places are drawn at random; if not, outcomes are only counted."""
    candidates: Annotated[int, Field(ge=2, le=100)] = 20
    """How many of the best items are drawn from."""
    places: Annotated[int, Field(ge=1, le=10)] = 3
    """How many places are drawn."""
    temperature: Annotated[float, Field(ge=0.001, le=100)] = 0.02
    """Difference in expected reward that makes an item e times as likely."""
    floor: Annotated[float, Field(ge=0.01, le=1)] = 0.1
    """Share of each draw that is uniform: no candidate is less likely than this divided by the number of candidates."""
    context_key: Name | None = None
    """The member of the request's `context` to learn from."""
    context_values: Annotated[tuple[Text, ...], Field(max_length=MAX_SURROUNDINGS), Strict(False)] = ()
    """Its values that are told apart; any other counts as none."""


class PromotionSettings(SettingGroup):
    """What a newly trained model must show before it is used."""

    held_out_share: Annotated[float, Field(ge=0, le=0.3)] = 0.05
    """Share of contributors held out of training, so that models can be compared on them; 0 compares nothing."""
    least_people: Annotated[int, Field(ge=100, le=10_000_000)] = 2000
    """With fewer contributors nobody is held out, and every model is used."""
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.1
    """How much worse than the one in use a new model may be, as a share of NDCG@10."""
    shadow_decisions: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """How many decisions a new model first ranks in the shadow, without being shown; 0 uses it at once."""


class LearningSettings(SettingGroup):
    """Learning from what was shown."""

    placements: Annotated[tuple[LearningPlacement, ...], Strict(False)] = ()
    """Placements that learn."""
    promotion: PromotionSettings = PromotionSettings()
    """From trained to in use."""
    outcome_window_seconds: Annotated[int, Field(ge=1, le=7 * 86_400)] = 3600
    """How long after a decision an outcome still counts."""
    max_decisions: Annotated[int, Field(ge=100, le=10_000_000)] = 200_000
    """Decisions that wait for outcomes, about 400 bytes each; beyond this the oldest stop waiting."""
    drift_delta: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """How readily a change in the rate of outcomes raises an alarm (ADWIN's delta)."""

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        ids = [each.id for each in self.placements]
        if len(set(ids)) != len(ids):
            raise PydanticCustomError("id_not_unique", "every id once")
        return self
