"""Officers who come from the provider: who they are is shown, and what is still missing to let them in.

The way back is a request that another site began, so it brings no session and opens none. It leads to a page of ours, and only
the form on that page lets in: with a code of the officer's app, or, where the provider says that it has seen a second factor
that was configured, without. An arrival lives in this process, tied to the browser by a cookie and to the page by a token.

Source: OpenID Connect Core 1.0 section 2 (`acr`, `amr`); RFC 8176 (values of `amr`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.officer.accounts import Account
from gateway.pages.oidc import SignedIn
from gateway.pages.tickets import Tickets, fresh_name
from gateway.settings.officer import OfficerSettings

ARRIVED_SECONDS = 300
"""So long the page may wait for the code."""

_MAX_ARRIVALS = 100


@dataclass(frozen=True, slots=True, repr=False)
class Arrival:
    """One that is under way."""

    officer: str
    """The account's name."""
    since: str
    """The mark of its enrolment: a new one ends this."""
    needs_code: bool
    """Whether the second factor is still to be shown."""
    csrf: str
    """What its form carries."""


class Arrivals:
    """Those under way. Lives on the event loop."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        """Name them by random bytes of a length."""
        self._entropy = entropy
        self._under_way = Tickets[Arrival](room=_MAX_ARRIVALS, seconds=ARRIVED_SECONDS, entropy=entropy)

    def begin(self, account: Account, *, needs_code: bool, now: int) -> tuple[str, Arrival]:
        """A new one, and its name for the browser's cookie."""
        arrival = Arrival(account.name, account.since, needs_code, fresh_name(self._entropy))
        return self._under_way.keep(arrival, now=now), arrival

    def find(self, name: str | None, *, now: int) -> Arrival | None:
        """The one of that name, while it may be finished."""
        return self._under_way.find(name, now=now)

    def end(self, name: str | None) -> None:
        """Forget the arrival of that name."""
        self._under_way.end(name)


def has_second_factor(shown: SignedIn, settings: OfficerSettings) -> bool:
    """Whether the provider says that it has seen a second factor, in words that were configured; without any, never."""
    return shown.acr in settings.oidc_accepted_acr or not settings.oidc_accepted_amr.isdisjoint(shown.amr)
