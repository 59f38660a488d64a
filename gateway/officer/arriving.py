"""Officers who come from the provider: who they are is shown, and what is still missing to let them in.

The way back is a request that another site began, so it brings no session and opens none. It leads to a page of ours, and only
the form on that page lets in: with a code of the officer's app, or, where the provider says that it has seen a second factor
that was configured, without. An arrival lives in this process, tied to the browser by a cookie and to the page by a token.

Source: OpenID Connect Core 1.0 section 2 (`acr`, `amr`); RFC 8176 (values of `amr`).
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

from gateway.officer.accounts import Account
from gateway.pages.oidc import SignedIn
from gateway.settings.officer import OfficerSettings

ARRIVED_SECONDS = 300
"""So long the page may wait for the code."""

_MAX_ARRIVALS = 100
_RANDOM_BYTES = 32


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
    at: int
    """When it came (unix seconds)."""


class Arrivals:
    """Those under way. Lives on the event loop."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        """Name them by random bytes of a length."""
        self._entropy = entropy
        self._arrivals: dict[bytes, Arrival] = {}

    def begin(self, account: Account, *, needs_code: bool, now: int) -> tuple[str, Arrival]:
        """A new one, and its name for the browser's cookie."""
        if len(self._arrivals) >= _MAX_ARRIVALS:
            del self._arrivals[next(iter(self._arrivals))]
        name, csrf = self._fresh(), self._fresh()
        arrival = Arrival(account.name, account.since, needs_code, csrf, now)
        self._arrivals[_digest(name)] = arrival
        return name, arrival

    def find(self, name: str | None, *, now: int) -> Arrival | None:
        """The one of that name, while it may be finished."""
        found = None if name is None else self._arrivals.get(_digest(name))
        return found if found is not None and 0 <= now - found.at < ARRIVED_SECONDS else None

    def end(self, name: str | None) -> None:
        """Forget the arrival of that name."""
        if name is not None:
            self._arrivals.pop(_digest(name), None)

    def _fresh(self) -> str:
        return urlsafe_b64encode(self._entropy(_RANDOM_BYTES)).rstrip(b"=").decode()


def has_second_factor(shown: SignedIn, settings: OfficerSettings) -> bool:
    """Whether the provider says that it has seen a second factor, in words that were configured; without any, never."""
    return shown.acr in settings.oidc_accepted_acr or not settings.oidc_accepted_amr.isdisjoint(shown.amr)


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
