"""Measuring in pairs: the baseline and the gateway in turn under the same load, so that the machine's moods cancel out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.neighbours import DISTURBING, Account
from bench.report import Row
from bench.servers import Server
from bench.wrk_load import Case, Load, run_wrk

BUSY = 0.9
"""A load generator that used more of its core than this may be what limited the measurement."""
_SETTLE_SECONDS = 0.2

Check = Callable[[Mapping[str, float]], None]
"""Looks at the outcomes that a measurement added; raises OutcomeError."""


@dataclass(frozen=True)
class Contest:
    """Two servers, and how long each is measured."""

    plain: Server
    """The server of the baseline."""
    ours: Server
    """The server of the gateway."""
    token: str
    """Credentials for it."""
    pairs: int
    """How many measurements of both."""
    seconds: int
    """Length of one measurement."""

    def measure(self, case: Case, check: Check) -> Row:
        """Measure both in turn; see `compare`.

        Raises:
            OutcomeError: the gateway did other work than it should have.
            LoadError: an answer was not 200.
        """
        self._run(self.plain, self.ours, case, 1)
        self._run(self.ours, self.plain, case, min(2, self.seconds))
        before, account = self.ours.settled_outcomes(), self._account()
        pairs = []
        for _ in range(self.pairs):
            theirs = self._run(self.plain, self.ours, case, self.seconds)
            pairs.append((theirs, self._run(self.ours, self.plain, case, self.seconds)))
        others = self._account().others_since(account)
        after = self.ours.settled_outcomes()
        check({name: after[name] - before[name] for name in after if after[name] != before[name]})
        return compare(pairs, case.per_request, others)

    def _account(self) -> Account:
        return Account.now(server.cpu_seconds() for server in (self.plain, self.ours))

    def _run(self, server: Server, other: Server, case: Case, seconds: int) -> Load:
        other.pause()
        server.resume()
        try:
            time.sleep(_SETTLE_SECONDS)
            before = server.cpu_seconds()
            load = run_wrk(server.url, case, self.token, seconds)
            spent = server.cpu_seconds() - before
            return replace(load, server_us=round(spent / seconds / load.requests_per_second * 1e6, 2))
        finally:
            other.resume()


def compare(pairs: Sequence[tuple[Load, Load]], per_request: int, others: float) -> Row:
    """What pairs of (baseline, gateway) come to: the median of the ratios of each pair, with their range.

    Args:
        pairs: at least one.
        per_request: what is counted in one request.
        others: the share of all cores that other processes used meanwhile.
    """
    ratios = [ours.requests_per_second / theirs.requests_per_second for theirs, ours in pairs]
    plain, ours = [theirs for theirs, _ in pairs], [ours for _, ours in pairs]
    detail = (
        f"{_median_rate(ours) * per_request:,.0f}/s against {_median_rate(plain) * per_request:,.0f}/s; CPU "
        f"{statistics.median(load.server_us for load in ours) / per_request:.1f} us each against "
        f"{statistics.median(load.server_us for load in plain) / per_request:.1f}; "
        f"p50 {statistics.median(load.p50_ms for load in ours):.1f} ms, "
        f"p99 {statistics.median(load.p99_ms for load in ours):.1f} ms "
        f"(baseline {statistics.median(load.p50_ms for load in plain):.1f}, "
        f"{statistics.median(load.p99_ms for load in plain):.1f})"
    )
    busiest = max(load.generator_busy for pair in pairs for load in pair)
    if busiest > BUSY:
        detail += f"; the load generator was {busiest:.0%} busy"
    if others > DISTURBING:
        detail += f"; not quiet: others used {others:.0%} of the cores"
    return {
        "value": round(statistics.median(ratios), 2),
        "unit": f"x baseline [{min(ratios):.2f}-{max(ratios):.2f}]",
        "detail": detail,
        "others": others,
        "pairs": [
            {"baseline": vars(theirs), "gateway": vars(ours), "ratio": round(ratio, 3)}
            for (theirs, ours), ratio in zip(pairs, ratios, strict=True)
        ],
    }


def _median_rate(loads: Sequence[Load]) -> float:
    return statistics.median(load.requests_per_second for load in loads)
