"""A recipe: what a placement's slates are made of."""

from __future__ import annotations

from dataclasses import dataclass

UNIT = 32_767
"""What a part of full strength weighs before recency: as much as the strongest relation of the model."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The shares and bounds of a placement. All shares are from 0, where the part is absent, to 1."""

    content: float = 0.0
    """Share of likeness in text, tags and category to what the person had to do with."""
    query: float = 0.0
    """Share of likeness to the words of a search, if the question has any."""
    trending: float = 0.0
    """Share of what many people turn to just now."""
    diversity: float = 0.0
    """How much likeness to the places before counts against relevance."""
    widening: float = 0.0
    """How much diversity is added for somebody who goes from topic to topic (`widening`)."""
    newcomers: float = 0.0
    """Share of all places that goes to items which were hardly shown yet."""
    fair_exposure: bool = False
    """Whether providers are shown in proportion to what they offer, within 0.8 and 1.25 of it."""
    basket: bool = False
    """Whether slates complement a basket: what could replace something in it is left out."""
    repeats: bool = False
    """Whether items of the person's own history may be shown, where the model says that people come back to things."""
    by_devices: bool = False
    """Whether the model that people's devices learnt together stands in the place of the shared one."""

    @property
    def is_plain(self) -> bool:
        """Whether an ordinary question needs no composition."""
        return not (
            self.content
            or self.trending
            or self.diversity
            or self.widening
            or self.newcomers
            or self.fair_exposure
            or self.basket
            or self.repeats
            or self.by_devices
        )

    @property
    def reads_text(self) -> bool:
        """Whether the items' texts matter."""
        return bool(self.content or self.query or self.diversity or self.widening or self.basket)


PLAIN = Recipe()
"""The history and nothing else."""
