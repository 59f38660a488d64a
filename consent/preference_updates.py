"""What a `Segment Consent Preference Updated` says no to. Pure.

The event tells that somebody used the banner of another program. Its yes is worth nothing here: anybody can write one, and
the banner's text is not ours. Its no is kept.

Source: Segment, consent in events (`context.consent.categoryPreferences`, a map of category to true or false).
"""

from __future__ import annotations

import json
from typing import Final

from consent.policy import Policy

UPDATED: Final = "Segment Consent Preference Updated"
"""The reserved name of the event."""

_MAX_CATEGORIES = 256
_MAX_BYTES = 65_536


def denied_by_update(consent: bytes, policy: Policy) -> tuple[str, ...]:
    """The purposes that an update says no to, in the policy's order.

    Args:
        consent: the event's `context.consent`, undecoded.
        policy: in force.

    Returns:
        Every purpose one of whose categories is said to be `false`. None if it cannot be understood: a no that is kept must have
        been said (for the event itself, what is not understood leaves nothing all the same: `consent.signals`).
    """
    if len(consent) > _MAX_BYTES:
        return ()
    try:
        preferences = json.loads(consent)["categoryPreferences"]
        said = (
            dict(preferences) if isinstance(preferences, dict) and len(preferences) <= _MAX_CATEGORIES else {}
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()
    if not all(type(allowed) is bool for allowed in said.values()):
        return ()
    return tuple(
        purpose.id
        for purpose in policy.purposes
        if any(said.get(category) is False for category in purpose.mappings.segment)
    )
