"""A placement: the spot of an app where a slate is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scoring.composition import PLAIN, Recipe
from scoring.rules.circumstance import Circumstance, compile_circumstance


@dataclass(frozen=True, slots=True)
class Surroundings:
    """When a placement is different: every condition that is given must hold of the question's context."""

    zone: str | None = None
    """The part of a place, as the app names it."""
    device: str | None = None
    """The kind of device, as the app names it."""
    hours: tuple[int, int] | None = None
    """From which hour of the day (`local_hour` of the context, 0 to 23) to before which; over midnight if they fall."""
    when: str | None = None
    """A condition in CEL that must hold of the context (`scoring.rules.circumstance`)."""
    category: str | None = None
    """The category that is shown then."""
    limit: int | None = None
    """Items when the question does not say, then."""
    _circumstance: Circumstance | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the condition once.

        Raises:
            ExpressionError: it is no condition on a context.
        """
        read = None if self.when is None else compile_circumstance(self.when)
        object.__setattr__(self, "_circumstance", read)

    def hold(self, context: Mapping[str, object]) -> bool:
        """Whether a context is like that. What it does not say does not hold."""
        if self.zone is not None and context.get("zone") != self.zone:
            return False
        if self.device is not None and context.get("device") != self.device:
            return False
        if self.hours is not None and not _within(context.get("local_hour"), *self.hours):
            return False
        return self._circumstance is None or self._circumstance.holds(context)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a slate is shown, and under which purpose it may be personal."""

    id: str
    """Its name, as apps say it."""
    purpose: str
    """The purpose a person must have permitted for a personal slate here."""
    limit: int = 10
    """Items in a slate when the question does not say."""
    max_limit: int = 50
    """Items in a slate at most."""
    category: str | None = None
    """If given, only items of this category stand here."""
    recipe: Recipe = PLAIN
    """What its slates are made of."""
    surroundings: tuple[Surroundings, ...] = ()
    """Where it is different; the first that holds counts."""

    def amid(self, context: Mapping[str, object]) -> Placement:
        """The placement as it is in these surroundings."""
        for each in self.surroundings:
            if each.hold(context):
                return replace(self, limit=each.limit or self.limit, category=each.category or self.category)
        return self


def _within(hour: object, first: int, end: int) -> bool:
    if type(hour) is not int or not 0 <= hour <= 23:
        return False
    return first <= hour < end if first <= end else hour >= first or hour < end
