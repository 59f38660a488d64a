"""P2: what events cost, in those that a FastAPI endpoint only parses: deduplicated, checked, minimised, sealed, durable.

In batches, as servers send them, and one in a request, as browsers do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.bodies import DUPLICATES, EVENTS, GROUPS, WITHHELD
from bench.errors import OutcomeError
from bench.pairs import Contest
from bench.report import Row
from bench.wrk_load import Case

CONNECTIONS = 32
GOAL = ">= 0.5"
BOUND_BY = (
    "interpreter 63 %; kernel (sockets, disk) 11 %; loops of machine code 8 %; AES-GCM, BLAKE2, SHA-256 6 %"
)
SINGLES_BOUND_BY = "interpreter; kernel (sockets, disk)"

_SHARES = {
    "event/accepted": EVENTS - WITHHELD - DUPLICATES,
    "event/duplicate": DUPLICATES,
    "event/withheld.no_record": WITHHELD,
}
"""What becomes of EVENTS, by outcome."""


def measure(contest: Contest, group: str, batches: Path, note: str = "") -> Row:
    """Measure batches about one group of people.

    Raises:
        OutcomeError: events met other outcomes than they should have.
        LoadError: an answer was not 200.
    """
    row = contest.measure(Case("/v1/batch", batches, CONNECTIONS, per_request=EVENTS), check_outcomes)
    name = f"P2 batch, {CONNECTIONS} connections, {' + '.join(GROUPS[group])}{note}"
    return {"name": name, "goal": "" if note else GOAL, "bound_by": BOUND_BY} | row


def measure_singles(contest: Contest, singles: Path) -> Row:
    """Measure events that come one in a request.

    Raises:
        OutcomeError: one was not accepted.
        LoadError: an answer was not 200.
    """
    row = contest.measure(Case("/v1/track", singles, CONNECTIONS, per_request=1), check_accepted)
    return {
        "name": f"P2 track, {CONNECTIONS} connections, one event a request",
        "bound_by": SINGLES_BOUND_BY,
    } | row


def check_accepted(added: Mapping[str, float]) -> None:
    """Whether every event of a measurement was accepted.

    Raises:
        OutcomeError: one was not.
    """
    events = {name: n for name, n in added.items() if name.startswith("event/") and n}
    if set(events) != {"event/accepted"}:
        raise OutcomeError(f"events met other outcomes than they should have: {events}")


def check_outcomes(added: Mapping[str, float]) -> None:
    """Whether the events of a measurement were accepted, withheld and recognised in the shares in which they were sent.

    Raises:
        OutcomeError: they were not.
    """
    events = {name: n for name, n in added.items() if name.startswith("event/")}
    total = sum(events.values())
    expected = {name: total * share / EVENTS for name, share in _SHARES.items()}
    if total == 0 or events != expected:
        raise OutcomeError(f"events met other outcomes than they should have: {events}")
