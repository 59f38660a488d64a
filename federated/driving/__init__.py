"""Driving a round: who carries messages to devices, who knows of consent, what a device answers, and the order of it all.

- `Carrier` takes messages to devices and brings answers back; Flower is one (`federated.flower`), a list in memory another.
- `Controller` is the gateway: it signs, looks at consent at a place of the log, keeps rounds, publishes.
- `Participant` is the device: it takes part in what was signed, answers each step once, and may refuse.
- `RoundDriver` keeps nothing: whatever must survive, the controller has.

This is the second face of `federated`: for the processes that drive rounds, and for devices. The gateway's own does not need it.
"""

from federated.driving.course import Outcome, RoundSettings
from federated.driving.driver import RoundDriver
from federated.driving.local_carrier import LocalCarrier
from federated.driving.participant import Participant
from federated.driving.ports import (
    Carrier,
    Controller,
    ControllerError,
    EnrolledDevice,
)
from federated.driving.program import program_digest
from federated.driving.trusting import Floors, HeldModel, No, Remembered, Trust
from federated.driving.wire import STEPS, Answer, Evidence, Invitation, read_answer

__all__ = [
    "STEPS",
    "Answer",
    "Carrier",
    "Controller",
    "ControllerError",
    "EnrolledDevice",
    "Evidence",
    "Floors",
    "HeldModel",
    "Invitation",
    "LocalCarrier",
    "No",
    "Outcome",
    "Participant",
    "Remembered",
    "RoundDriver",
    "RoundSettings",
    "Trust",
    "program_digest",
    "read_answer",
]
