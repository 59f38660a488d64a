"""Why an attempt to come in let nobody in: for counting; whoever tried is answered the same whichever it is."""

from __future__ import annotations

from enum import StrEnum


class NotLetIn(StrEnum):
    """Why nobody was let in."""

    LINK = "link"
    """A one-time link that never was, was used, or ran out."""
    HANDOVER = "handover"
    """A hand-over token that is none of ours, or ran out."""
    HANDOVER_AGAIN = "handover_again"
    """A hand-over token that was used before."""
    HANDOVER_FROM_ELSEWHERE = "handover_from_elsewhere"
    """A hand-over token from another page than the one it was made for."""
    PROVIDER = "provider"
    """An answer of the app's sign-in that does not hold."""
