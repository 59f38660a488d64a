"""Segments that read segments: each is looked at after those that it reads, so that one signal moves people in all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scoring.features import Measure

if TYPE_CHECKING:
    from scoring.rules.model import Segment


def segments_read(segment: Segment) -> frozenset[str]:
    """The names of the segments that a segment's condition reads."""
    features = () if segment.when is None else segment.when.features.values()
    return frozenset(feature.event for feature in features if feature.measure is Measure.IN_SEGMENT)


def in_reading_order(segments: Mapping[str, Segment]) -> list[Segment]:
    """All of them, by name as far as possible, each after those that it reads; within a circle the order is of no meaning."""
    ordered: dict[str, Segment] = {}
    for name in sorted(segments):
        _place(name, segments, ordered)
    return list(ordered.values())


def closure(name: str, segments: Mapping[str, Segment]) -> tuple[Segment, ...]:
    """A segment after those that it reads, directly or not; empty if there is none of this name."""
    ordered: dict[str, Segment] = {}
    _place(name, segments, ordered)
    return tuple(ordered.values())


def _place(name: str, segments: Mapping[str, Segment], ordered: dict[str, Segment]) -> None:
    """Put a segment behind those that it reads: without recursion, since chains may be as long as there are segments."""
    begun: set[str] = set()
    waiting = [name]
    while waiting:
        at = waiting[-1]
        if at not in segments or at in ordered:
            waiting.pop()
        elif at in begun:
            ordered[at] = segments[waiting.pop()]
        else:
            begun.add(at)
            waiting += sorted(segments_read(segments[at]) - begun, reverse=True)
