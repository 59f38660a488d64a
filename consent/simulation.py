"""What a changed policy would have meant: for where people stand now, and for what was done with their data before. Pure.

Both policies are asked the same question, on the same records and at the same time; only where they disagree does something
change. So a policy compared with itself changes nothing, whatever happened. Numbers only: nobody can be told from them.

- *Standing*: who would gain a purpose (more would be done with their data) or lose it, at this moment.
- *Past uses*: each decision, answer and event of the past, judged with the records of its time. What the records alone do not
  explain (an opt-out signal of the request, another policy at that time) is counted as unclear, never as harmless.

The caller keeps names out: what is handed in are records, and what comes out are counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from consent.decision import resolve
from consent.model import ConsentRecord
from consent.policy import Policy
from consent.policy_changes import PolicyChange, Weight, breaks_what_is_stored, explain_change


@dataclass(slots=True)
class PurposeTally:
    """One purpose or condition, in numbers."""

    permitted_now: int = 0
    """People who permit it under the policy in force."""
    permitted_then: int = 0
    """People who would permit it under the other one."""
    gained: int = 0
    """People who would have it on, and have it off now."""
    lost: int = 0
    """People who would have it off, and have it on now."""
    why_lost: Counter[str] = field(default_factory=Counter)
    """Of those, how many for which reason."""
    wider: int = 0
    """People who permit it under both, while the change widens what it does."""
    uses_kept: int = 0
    """Past uses that would have been as they were."""
    uses_gained: int = 0
    """Past uses that were denied and would not have been."""
    uses_lost: int = 0
    """Past uses that would have been denied."""
    uses_unclear: int = 0
    """Past uses of which the records alone do not tell."""


class Simulation:
    """Compares two policies on people's records."""

    def __init__(self, old: Policy, new: Policy, now: int, notices: Container[bytes]) -> None:
        """Compare `old`, which is in force, with `new`, as of `now` (unix seconds); these notices are kept (digests)."""
        self._notices = notices
        self._old = old
        self._new = new
        self._now = now
        self.changes: tuple[PolicyChange, ...] = explain_change(old, new)
        """What differs, gravest first."""
        self._widened = {each.subject for each in self.changes if each.weight is Weight.WIDENS}
        self.people = 0
        """How many people were looked at."""
        self.purposes: dict[str, PurposeTally] = {
            entry.id: PurposeTally() for entry in (*old.entries, *new.entries)
        }
        """By id of a purpose or condition."""

    @property
    def breaks(self) -> bool:
        """Whether the new policy must not be loaded at all: what is stored would mean something else."""
        return breaks_what_is_stored(self.changes)

    @property
    def widens(self) -> bool:
        """Whether more would be done with anybody's data, or could be."""
        tallies = self.purposes.values()
        return self.breaks or bool(self._widened) or any(each.gained or each.uses_gained for each in tallies)

    def stand(self, records: Mapping[str, ConsentRecord]) -> None:
        """Count where one person stands, and would stand."""
        self.people += 1
        before, after = (
            resolve(records, policy, self._now, self._notices) for policy in (self._old, self._new)
        )
        for id_, tally in self.purposes.items():
            old_bit, new_bit = self._old.bits.get(id_), self._new.bits.get(id_)
            now = old_bit is not None and before.permits(old_bit)
            then = new_bit is not None and after.permits(new_bit)
            tally.permitted_now += now
            tally.permitted_then += then
            tally.gained += then and not now
            tally.wider += then and now and (id_ in self._widened or "" in self._widened)
            if now and not then:
                tally.lost += 1
                reason = None if new_bit is None else after.reason(new_bit)
                tally.why_lost["removed" if reason is None else reason.value] += 1

    def use(
        self, records: Mapping[str, ConsentRecord], purpose: str, was_permitted: bool | None, at: int
    ) -> None:
        """Count one use of the past.

        Args:
            records: the person's, as they were then.
            purpose: for which purpose.
            was_permitted: whether it was; None if it was denied for another reason than the records.
            at: when (unix seconds), not before any of the records.
        """
        tally = self.purposes.get(purpose)
        if tally is None:
            return
        before, after = (self._permits(policy, records, purpose, at) for policy in (self._old, self._new))
        if was_permitted is None or before is not was_permitted:
            tally.uses_unclear += 1
        elif before is after:
            tally.uses_kept += 1
        elif after:
            tally.uses_gained += 1
        else:
            tally.uses_lost += 1

    def _permits(self, policy: Policy, records: Mapping[str, ConsentRecord], purpose: str, at: int) -> bool:
        bit = policy.bits.get(purpose)
        return bit is not None and resolve(records, policy, at, self._notices).permits(bit)

    def as_numbers(self) -> dict[str, Any]:
        """Everything, for a program to read."""
        return {
            "in_force": self._old.digest_text,
            "simulated": self._new.digest_text,
            "breaks": self.breaks,
            "widens": self.widens,
            "changes": [
                {"weight": each.weight.value, "subject": each.subject, "text": each.text}
                for each in self.changes
            ],
            "people": self.people,
            "purposes": [_numbers(id_, tally) for id_, tally in self.purposes.items()],
        }


def _numbers(id_: str, tally: PurposeTally) -> dict[str, Any]:
    return {
        "purpose": id_,
        "people": {
            "permitted_now": tally.permitted_now,
            "permitted_then": tally.permitted_then,
            "gained": tally.gained,
            "lost": tally.lost,
            "why_lost": dict(sorted(tally.why_lost.items())),
            "wider": tally.wider,
        },
        "past_uses": {
            "kept": tally.uses_kept,
            "gained": tally.uses_gained,
            "lost": tally.uses_lost,
            "unclear": tally.uses_unclear,
        },
    }
