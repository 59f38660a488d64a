"""The parts of the fleet, together."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.fleet.enrolment_pace import EnrolmentPace
from gateway.fleet.enrolments import Enrolments
from gateway.fleet.participation import Participation
from gateway.fleet.registry import ModelRegistry
from gateway.fleet.rounds import Rounds


@dataclass(frozen=True, slots=True)
class Fleet:
    """What routes ask."""

    enrolments: Enrolments
    """Devices that take part."""
    pace: EnrolmentPace
    """How fast they are enrolled."""
    rounds: Rounds
    """What was done with them."""
    registry: ModelRegistry
    """The models that came of it."""
    participation: Participation
    """What a person is told of it."""
