"""Why a message of a secure sum was not taken. A refusal is a value: the round goes on without its sender, or ends."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """The closed list of reasons, on either side."""

    MALFORMED = "malformed"
    """Not a message of this step: other fields, another type, another size."""
    OTHER_ROUND = "other-round"
    """A message of another round, or for another list of participants."""
    NOT_SIGNED = "not-signed"
    """A key that its device did not sign."""
    UNKNOWN_SENDER = "unknown-sender"
    """Nobody who takes part in this step."""
    TWICE = "twice"
    """This step was done already: a second answer could open what the first one left closed."""
    TOO_LATE = "too-late"
    """The step is over."""
    NOT_LISTED = "not-listed"
    """The list leaves out the one who is asked, or holds other keys for it."""
    CONTRADICTORY = "contradictory"
    """One device in both lists, or named twice: together the two secrets would open its vector."""
    TOO_FEW = "too-few"
    """Fewer than the least cohort, or than the threshold, are left."""
    BROKEN_SEAL = "broken-seal"
    """A sealed share that was not made for this place."""
    WRONG_SHARES = "wrong-shares"
    """The shares do not give the secret that was committed to."""
