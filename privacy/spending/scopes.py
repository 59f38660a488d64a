"""What a loss is booked on: the person-epoch, which is the guarantee, and the quotas inside it.

    global/2026-11-20                   everything that is ever published of what people did on that day
    purpose/analytics/2026-11-20        the part of it that a purpose may use
    audience/product/2026-11-20         the part of it that one group of readers may use
    global/always                       what is computed of everything that a person ever did, whatever the day
    federated/always                    the part of it that devices learning together may use

A release that looks at several days books its whole loss on each of them. Budgets of a purpose or of readers alone would
guarantee nothing: whoever reads two of them could add what they learn (arXiv 2506.05290), so the global one bounds them all. A
person's day costs at most its own part and `always` together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from privacy.errors import LossError
from privacy.spending.loss import Loss

GLOBAL: Final = "global"
ALWAYS: Final = "always"
"""In the place of a day: of every day at once."""
_DAY = re.compile(r"/\d{4}-\d\d-\d\d\Z")
ALWAYS_UNSAID: Final = Loss(4_000_000)
"""What may be spent of every day at once where the budget's terms do not say: nobody raises it alone."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")


def of_last_days(scopes: Iterable[str], most: int) -> list[str]:
    """The scopes of the last so many days that are among them, and those of every day at once; by name."""
    listed = sorted(scopes)
    days = sorted({found.group() for scope in listed if (found := _DAY.search(scope))})[-most:]
    return [scope for scope in listed if not (found := _DAY.search(scope)) or found.group() in days]


@dataclass(frozen=True, slots=True)
class Quota:
    """How much may be booked on a scope."""

    scope: str
    """The name of the scope."""
    most: Loss
    """The most that may ever be booked on it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What each person's day may cost."""

    daily: Loss
    """All told: the guarantee."""
    purposes: tuple[tuple[str, Loss], ...] = ()
    """Purpose and its part of it; one that is not named may have all."""
    audiences: tuple[tuple[str, Loss], ...] = ()
    """Readers and their part of it; one that is not named may have all."""
    always: Loss | None = None
    """What may be spent of every day at once, beside `daily`; None: as much as its parts may, up to `ALWAYS_UNSAID`."""

    def quotas(self, days: Iterable[date], purpose: str, audience: str) -> tuple[Quota, ...]:
        """Every scope that a release of these days is booked on, in the order of the names.

        Raises:
            LossError: there is no day, or a name is not allowed.
        """
        listed = sorted(set(days))
        if not listed or not _NAME.match(purpose) or not _NAME.match(audience):
            raise LossError("a release has days, a purpose and an audience")
        found = []
        for day in listed:
            found.append(Quota(f"{GLOBAL}/{day.isoformat()}", self.daily))
            for kind, name, parts in (
                ("purpose", purpose, self.purposes),
                ("audience", audience, self.audiences),
            ):
                most = dict(parts).get(name, self.daily)
                found.append(Quota(f"{kind}/{name}/{day.isoformat()}", most.cut_to(self.daily)))
        return tuple(sorted(found, key=lambda each: each.scope))

    def quotas_of_always(self, part: str, most: Loss) -> tuple[Quota, ...]:
        """Every scope that something is booked on which looks at all that people ever did.

        Args:
            part: who spends.
            most: what they may spend in all.

        Raises:
            LossError: a name that is none.
        """
        if not _NAME.match(part):
            raise LossError("what is spent of every day is spent by somebody with a name")
        most = most.cut_to(self.always or ALWAYS_UNSAID)
        found = (Quota(f"{part}/{ALWAYS}", most), Quota(f"{GLOBAL}/{ALWAYS}", self.always or most))
        return tuple(sorted(found, key=lambda each: each.scope))
