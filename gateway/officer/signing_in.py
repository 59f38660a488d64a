"""Whether somebody is the officer they say they are: name, password and code together, and one answer to whatever is wrong.

Whoever is unknown, not enrolled, has the wrong password or a used code, or comes too often under one name, is refused in the same
way and after the same work. A code is kept as used, durably, before anybody is let in by it.
"""

from __future__ import annotations

import asyncio
from time import monotonic

import msgspec

from gateway.callers.rate_limits import RateLimits
from gateway.officer.accounts import Account, Accounts
from gateway.officer.one_time_codes import NEVER_USED, SECRET_BYTES, accepted_step
from gateway.officer.passwords import MAX_CHARACTERS, Passwords

_NOBODYS_SECRET = bytes(SECRET_BYTES)


class SigningIn:
    """Judges attempts. Lives on the event loop."""

    def __init__(self, accounts: Accounts, passwords: Passwords, per_name: RateLimits) -> None:
        """Know who there is by `accounts`; `per_name` bounds the attempts under one name, known or not."""
        self._accounts = accounts
        self._passwords = passwords
        self._per_name = per_name
        self._one_at_a_time = asyncio.Lock()

    async def judge(self, name: str, *, password: str, code: str, now: int) -> Account | None:
        """Who came in; None if nobody did.

        Args:
            name: as typed.
            password: as typed.
            code: as typed; spaces in it do not count.
            now: unix seconds.

        Raises:
            OSError: that the code was used could not be kept, so nobody is let in.
        """
        in_time = not self._per_name.wait_seconds(name[:64], monotonic())
        account = self._accounts.find(name)
        kept = None if account is None else account.password
        knows = await self._passwords.is_it(kept, password[: MAX_CHARACTERS + 1])
        async with self._one_at_a_time:
            account = self._accounts.find(name)
            secret = _NOBODYS_SECRET if account is None or account.secret is None else account.secret
            last = NEVER_USED if account is None else account.last_step
            step = accepted_step(secret, "".join(code.split()), now=now, after=last)
            if account is None or not account.is_enrolled or account.password != kept:
                return None
            if not (in_time and knows) or step is None:
                return None
            return await self._use(account, step)

    async def judge_code(self, name: str, code: str, *, now: int) -> Account | None:
        """Who came in by a code alone, after a provider has said who they are; None if nobody did.

        Args:
            name: of the account.
            code: as typed; spaces in it do not count.
            now: unix seconds.

        Raises:
            OSError: that the code was used could not be kept, so nobody is let in.
        """
        in_time = not self._per_name.wait_seconds(name[:64], monotonic())
        async with self._one_at_a_time:
            account = self._accounts.find(name)
            if account is None or account.secret is None or not in_time:
                return None
            step = accepted_step(account.secret, "".join(code.split()), now=now, after=account.last_step)
            return None if step is None else await self._use(account, step)

    async def _use(self, account: Account, step: int) -> Account:
        """A code is kept as used, durably, before anybody is let in by it."""
        used = msgspec.structs.replace(account, last_step=step)
        await asyncio.to_thread(self._accounts.keep, used)
        return used
