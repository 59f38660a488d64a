"""What the requests themselves say about consent: claims that can only narrow what the ledger permits.

Judging a claim is pure (`consent.claim_mask`); this file only remembers the answers for claims that recur byte for byte, as
those of a consent banner do.
"""

from __future__ import annotations

import msgspec

from consent import ABSENT, Policy, claim_mask
from consent import Claims as Claimed
from gateway.wire.questions import AskedSignals
from gateway.wire.tracked_event import NO_CLAIM, EventContext

_MAX_REMEMBERED = 4096


class Claims:
    """Claims to bits."""

    def __init__(self, policy: Policy) -> None:
        """Read claims by the mappings of `policy`."""
        self._policy = policy
        self._remembered: dict[tuple[bytes, bytes], int] = {}
        self._nothing_said = claim_mask(Claimed(), policy)
        self._under_gpc = claim_mask(Claimed(gpc_header=True), policy)

    def of_request(self, context: EventContext | None, *, gpc: bool) -> int:
        """What a request as a whole leaves permitted."""
        bits = self._under_gpc if gpc else self._nothing_said
        return bits if context is None else bits & self.of_event(context)

    def of_event(self, context: EventContext) -> int:
        """What an event's own context leaves permitted: all bits when it claims nothing."""
        if context.consent is NO_CLAIM and context.consentManagement is NO_CLAIM:
            return self._nothing_said
        consent, management = bytes(context.consent), bytes(context.consentManagement)
        bits = self._remembered.get((consent, management))
        if bits is None:
            if len(self._remembered) >= _MAX_REMEMBERED:
                self._remembered.clear()
            claimed = Claimed(consent=consent or ABSENT, consent_management=management or ABSENT)
            bits = self._remembered[consent, management] = claim_mask(claimed, self._policy)
        return bits

    def of_question(self, signals: AskedSignals | None, *, gpc: bool) -> int:
        """What a question's signals leave permitted."""
        if signals is None:
            return self._under_gpc if gpc else self._nothing_said
        said = {
            name: value
            for name in ("gpc", "tcf", "gpp", "google")
            if (value := getattr(signals, name)) is not msgspec.UNSET
        }
        return claim_mask(Claimed(gpc_header=gpc, **said), self._policy)
