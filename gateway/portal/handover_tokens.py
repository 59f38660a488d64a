"""Hand-over tokens at the door: each lets in once, from the page it was made for.

Used ones are remembered until they would have ended anyway, which is a minute; after a restart no earlier one holds.
Lives on the event loop; no locks.
"""

from __future__ import annotations

from gateway.callers.tokens import OwnTokens
from gateway.errors import CredentialsInvalidError
from privacy import SubjectRef


class Handovers:
    """Takes hand-over tokens."""

    def __init__(self, tokens: OwnTokens) -> None:
        """Know them by `tokens`."""
        self._tokens = tokens
        self._used: dict[str, int] = {}
        self.refused = 0
        """How many let nobody in, since the start."""

    def take(self, token: str, origin: str | None, *, now: int) -> SubjectRef | None:
        """Use a token up; whom it lets in, or None if it does not hold, not any more, or not from here.

        Args:
            token: as it came in the form.
            origin: of the page that sent it, as the browser says.
            now: unix seconds.
        """
        ref = self._holder(token, origin, now)
        self.refused += ref is None
        return ref

    def _holder(self, token: str, origin: str | None, now: int) -> SubjectRef | None:
        try:
            found = self._tokens.verify_handover(token.encode("ascii", "replace"), now=now)
        except CredentialsInvalidError:
            return None
        self._used = {name: end for name, end in self._used.items() if now < end}
        if found.token_id in self._used:
            return None
        self._used[found.token_id] = found.expires_at
        return found.subject if origin == found.origin else None
