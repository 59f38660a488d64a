"""What a simulation found, in lines for a person at a terminal. Numbers and names of the policy; nobody's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from consent import PurposeTally, Simulation
from gateway.simulation.past import LookedBack


def worded(simulation: Simulation, looked: LookedBack) -> Iterator[str]:
    """The report, line by line."""
    yield "what the policy changes:" if simulation.changes else "what the policy changes: nothing"
    for change in simulation.changes:
        yield f"  {change.weight.value:<8} {change.subject or 'the policy'} {change.text}"
    yield ""
    yield f"how many of {simulation.people:,} people permit each purpose, now and then:"
    yield f"  {'purpose':<24}{'now':>9}{'then':>9}{'gain':>9}{'lose':>9}{'wider':>9}"
    for id_, tally in simulation.purposes.items():
        numbers = (tally.permitted_now, tally.permitted_then, tally.gained, tally.lost, tally.wider)
        yield f"  {id_:<24}" + "".join(f"{number:>9,}" for number in numbers)
        yield from _why(tally)
    yield ""
    yield f"{looked.uses:,} past uses in {looked.entries:,} entries{_span(looked)}:"
    yield f"  {'purpose':<24}{'kept':>9}{'gain':>9}{'lose':>9}{'unclear':>9}"
    for id_, tally in simulation.purposes.items():
        numbers_of_uses = (tally.uses_kept, tally.uses_gained, tally.uses_lost, tally.uses_unclear)
        if any(numbers_of_uses):
            yield f"  {id_:<24}" + "".join(f"{number:>9,}" for number in numbers_of_uses)
    yield f"  {looked.of_nobody:,} more concern people who are unknown or were erased"


def _why(tally: PurposeTally) -> Iterator[str]:
    if tally.why_lost:
        yield "    lost: " + ", ".join(
            f"{count:,} {reason}" for reason, count in sorted(tally.why_lost.items())
        )


def _span(looked: LookedBack) -> str:
    if looked.first_at is None or looked.last_at is None:
        return ""
    first, last = (datetime.fromtimestamp(at, UTC).date() for at in (looked.first_at, looked.last_at))
    return f" from {first} to {last}"
