"""Which signals about consent are honoured here, where they are looked for, and what each can take away. Pure.

For people: the answer to "does it matter what my browser, or the banner, says?". A signal never gives anything.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from consent.policy import Mappings, Policy


class HonouredSignal(msgspec.Struct, frozen=True):
    """One kind of signal."""

    signal: str
    """Its short name here."""
    standard: str
    """What it is called elsewhere."""
    found_in: tuple[str, ...]
    """Where a request carries it."""
    can_deny: tuple[str, ...]
    """The purposes that it can turn off."""


_KINDS: tuple[tuple[str, str, tuple[str, ...], Callable[[Mappings], object]], ...] = (
    (
        "segment",
        "Segment consent categories",
        ("context.consent.categoryPreferences",),
        lambda each: each.segment,
    ),
    (
        "rudderstack",
        "RudderStack consent management",
        ("context.consentManagement",),
        lambda each: each.rudder,
    ),
    (
        "google",
        "Google Consent Mode v2",
        ("context.consent.google", "signals.google"),
        lambda each: each.gcm,
    ),
    ("tcf", "IAB TCF 2.3", ("signals.tcf", "the TCF section of signals.gpp"), lambda each: each.tcf),
    ("gpp", "IAB Global Privacy Platform", ("signals.gpp",), lambda each: each.gpp),
)


def honoured_signals(policy: Policy) -> tuple[HonouredSignal, ...]:
    """Every kind of signal that this policy honours; one that is mapped to no purpose is not listed."""
    sensitive = _names(policy, policy.gpc_mask)
    found_in = ("the header Sec-GPC: 1", "signals.gpc", "the GPC subsection of signals.gpp")
    control = HonouredSignal("gpc", "Global Privacy Control", found_in, sensitive)
    others = (
        HonouredSignal(
            name,
            standard,
            places,
            _names(policy, sum(1 << each.bit for each in policy.purposes if mapped(each.mappings))),
        )
        for name, standard, places, mapped in _KINDS
    )
    return tuple(each for each in (control, *others) if each.can_deny)


def _names(policy: Policy, denied: int) -> tuple[str, ...]:
    return tuple(each.id for each in policy.purposes if policy.with_parts(denied) >> each.bit & 1)
