"""The parts of the rules of a running gateway."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.rules.clockwork import Clockwork
from gateway.rules.cohorts import Intake
from gateway.rules.desk import RuleDesk
from gateway.rules.fair_treatment import FairTreatment
from gateway.rules.recorder import Recorder
from gateway.rules.rehearsal import Rehearsal
from gateway.rules.roll_call import RollCall
from gateway.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Rules:
    """The parts that run rules."""

    rulebook: Rulebook
    """What is in force."""
    desk: RuleDesk
    """Changes of it."""
    recorder: Recorder
    """What it leads to."""
    intake: Intake
    """What takes lists of people in."""
    roll_call: RollCall
    """What brings segments up to date."""
    fair_treatment: FairTreatment
    """What compares groups of people."""
    clockwork: Clockwork
    """What fires timers."""
    rehearsal: Rehearsal
    """What makes dry runs."""
