"""What can go wrong in learning on devices.

    FederatedError
    |- ClipError       the bounds of a contribution contradict one another
    |- PlanError       the parameters of a secure sum contradict one another
    |- StepError       the driver of a round called a step out of order: a fault of the program
    |- SignatureError  not signed by this key, or not for this use
    |- DocumentError   bytes are not a manifest, a record or an artefact
    `- NoiseError      noise cannot be drawn or accounted with these numbers

What a device or a server says wrongly is no exception: it is refused, with a `Refusal`. No message repeats input.
"""

from __future__ import annotations


class FederatedError(Exception):
    """Learning on devices could not do what it was asked."""


class ClipError(FederatedError):
    """The bounds of a contribution contradict one another; the message names the bound."""


class PlanError(FederatedError):
    """The parameters of a secure sum contradict one another; the message names the parameter."""


class StepError(FederatedError):
    """A step of a round was called out of order. Nothing was changed."""


class SignatureError(FederatedError):
    """The signature does not hold: another key, another use, or other bytes."""


class DocumentError(FederatedError):
    """Bytes are not what they were to be: a manifest, a record of a round, an artefact. Says which part, never what it holds."""


class NoiseError(FederatedError):
    """Noise cannot be drawn or accounted with these numbers."""
