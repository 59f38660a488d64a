"""Hand-over tokens at the door: each lets in once, from the page it was made for.

Used ones are remembered until they would have ended anyway, which is a minute; after a restart no earlier one holds.
Lives on the event loop; no locks.
"""

from __future__ import annotations

from gateway.callers.tokens import OwnTokens
from gateway.errors import CredentialsInvalidError
from gateway.portal.not_let_in import NotLetIn
from privacy import SubjectRef


class Handovers:
    """Takes hand-over tokens."""

    def __init__(self, tokens: OwnTokens) -> None:
        """Know them by `tokens`."""
        self._tokens = tokens
        self._used: dict[str, int] = {}

    def take(self, token: str, origin: str | None, *, now: int) -> SubjectRef | NotLetIn:
        """Use a token up; whom it lets in, or why nobody.

        Args:
            token: as it came in the form.
            origin: of the page that sent it, as the browser says.
            now: unix seconds.
        """
        try:
            found = self._tokens.verify_handover(token.encode("ascii", "replace"), now=now)
        except CredentialsInvalidError:
            return NotLetIn.HANDOVER
        self._used = {name: end for name, end in self._used.items() if now < end}
        if found.token_id in self._used:
            return NotLetIn.HANDOVER_AGAIN
        self._used[found.token_id] = found.expires_at
        return found.subject if origin == found.origin else NotLetIn.HANDOVER_FROM_ELSEWHERE
