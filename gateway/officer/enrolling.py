"""Enrolling: whoever has the one-time code chooses a password and shows that their app makes codes, both or nothing.

An enrolment under way lives in this process only, tied to the browser that began it. The one-time code is used up by the first
that is finished; before, nothing of the account has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from gateway.officer.accounts import Account, Accounts
from gateway.officer.one_time_codes import NEVER_USED, SECRET_BYTES, accepted_step
from gateway.officer.passwords import is_long_enough
from gateway.pages.tickets import Tickets, fresh_name

UNDER_WAY_SECONDS = 900
"""So long somebody may take for the second page."""

_MAX_UNDER_WAY = 100


class Missing(StrEnum):
    """What is not right yet."""

    TOO_SHORT = "too_short"
    NOT_THE_SAME = "not_the_same"
    WRONG_CODE = "wrong_code"


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """One that is under way."""

    name: str
    """The officer who is being enrolled."""
    one_time_code: str
    """What it was begun with."""
    secret: bytes
    """Of the codes, if it is finished."""
    csrf: str
    """What its form carries."""
    begun_at: int
    """When it was begun (unix seconds)."""


class OfficerEnrolments:
    """Those under way. Lives on the event loop."""

    def __init__(self, accounts: Accounts, entropy: Callable[[int], bytes]) -> None:
        """Enrol into `accounts`; `entropy` gives random bytes by length."""
        self._accounts = accounts
        self._entropy = entropy
        self._under_way = Tickets[Enrolment](room=_MAX_UNDER_WAY, seconds=UNDER_WAY_SECONDS, entropy=entropy)

    def begin(self, code: str, *, now: int) -> str | None:
        """The name of a new one, for its browser's cookie; None if the one-time code lets nobody enrol."""
        account = self._accounts.invited(code, now=now)
        if account is None:
            return None
        secret, csrf = self._entropy(SECRET_BYTES), fresh_name(self._entropy)
        return self._under_way.keep(Enrolment(account.name, code, secret, csrf, now), now=now)

    def find(self, name: str | None, *, now: int) -> Enrolment | None:
        """The one of that name, while it may be finished."""
        found = self._under_way.find(name, now=now)
        if found is None or self._accounts.invited(found.one_time_code, now=now) is None:
            return None
        return found

    def end(self, name: str | None) -> None:
        """Forget the enrolment of that name."""
        self._under_way.end(name)

    def finished(self, enrolment: Enrolment, password: str, *, step: int) -> Account | None:
        """The account as it is from now on, with `password` for the hash; None if the one-time code was used up meanwhile."""
        known = self._accounts.invited(enrolment.one_time_code, now=enrolment.begun_at)
        if known is None or known.name != enrolment.name:
            return None
        return msgspec.structs.replace(
            known,
            since=self._accounts.fresh_since(),
            password=password,
            secret=enrolment.secret,
            last_step=step,
            invitation=None,
        )


def check(enrolment: Enrolment, *, password: str, again: str, code: str, now: int) -> int | Missing:
    """The step of the code that shows the app works, or what is not right yet."""
    if not is_long_enough(password):
        return Missing.TOO_SHORT
    if password != again:
        return Missing.NOT_THE_SAME
    step = accepted_step(enrolment.secret, "".join(code.split()), now=now, after=NEVER_USED)
    return Missing.WRONG_CODE if step is None else step
