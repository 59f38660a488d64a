"""Whoever is in a round: whether they permitted it when that was looked at, and whether all rows are there that nobody erased.

An erasure takes a person's rows along and leaves an entry that names nobody. So rows may be missing, where the log has an
erasure, and as many leaves as devices; and whoever takes single rows away, or writes others, is found by what is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from audit import Entry, hash_leaf, root_of
from consent import GRANTS, ConsentEvent, Policy
from federated import Participation, RoundRecord, Standing, read_manifest, read_record
from gateway.fleet.values import Device, PartTaken, Round
from privacy import SubjectRef

_HASH_BYTES = 32


@dataclass(slots=True)
class LogOfFleet:
    """What the log says of devices, rounds and models."""

    steps: dict[int, Entry] = field(default_factory=dict)
    """Entries of rounds and models, by their index."""
    enrolled: dict[int, bytes] = field(default_factory=dict)
    """SHA-256 of the entries by which devices were enrolled, by their index."""
    erased: list[int] = field(default_factory=list)
    """The indices of erasures, rising."""


@dataclass(frozen=True, slots=True)
class WhoPermits:
    """What people permitted, and for how long that holds."""

    purpose: str
    """That devices take part for."""
    history_of: Callable[[SubjectRef], list[ConsentEvent]]
    """A person's consent events, in order."""
    policy: str
    """SHA-256 of the policy in force now, in hexadecimal."""
    max_age_seconds: int | None
    """How long a permission holds by it; None if it has no such purpose."""

    def permitted(self, subject: SubjectRef, place: int, at: int, policy: str) -> bool:
        """Whether the last event before a place of the log is a grant that had not run out.

        Args:
            subject: whose.
            place: in the log.
            at: the time of that entry (unix seconds).
            policy: that was in force there; how long another one let permissions hold is not known any more.
        """
        before = [
            each
            for each in self.history_of(subject)
            if each.purpose == self.purpose and each.log_index is not None and each.log_index < place
        ]
        if not before or before[-1].status not in GRANTS:
            return False
        last = before[-1]
        ends = [] if last.valid_until is None else [last.valid_until]
        if policy == self.policy and self.max_age_seconds is not None:
            ends.append(last.occurred_at + self.max_age_seconds)
        return all(at < end for end in ends)


def who_permits(
    policy: Policy, purpose: str, history_of: Callable[[SubjectRef], list[ConsentEvent]]
) -> WhoPermits:
    """What people permitted for a purpose, held to the policy in force now."""
    rule = policy.rule(purpose)
    return WhoPermits(
        purpose, history_of, policy.digest.hex(), None if rule is None else rule.max_age_seconds
    )


def untrue_receipts(devices: Sequence[Device], log: LogOfFleet) -> list[str]:
    """Devices whose enrolment is not the entry that their row says."""
    wrong = sum(log.enrolled.get(each.enrolled_index) != each.receipt for each in devices)
    return [f"{wrong} devices: the log does not say that they were enrolled like that"] * bool(wrong)


def judge_people(
    round_: Round,
    parts: Sequence[PartTaken],
    devices: Mapping[bytes, Device],
    log: LogOfFleet,
    permits: WhoPermits,
) -> tuple[list[str], int]:
    """What is wrong with who is in a round that was closed, and how many leaves were looked at."""
    if round_.record is None:
        return [], 0
    said = read_record(round_.record)
    leaves = [round_.leaves[at : at + _HASH_BYTES] for at in range(0, len(round_.leaves), _HASH_BYTES)]
    found = list(_untold(round_, said, leaves, parts, devices, log))
    looked = [(part, devices[part.device]) for part in parts if part.device in devices]
    for part, device in looked:
        found += _untrue(round_, part, device, leaves)
        if part.status == Standing.INCLUDED.value and not _consented(round_, said, device, log, permits):
            found.append("somebody is in it who did not permit it")
    return [f"round {round_.round_id}: {each}" for each in found], len(looked)


def _untold(
    round_: Round,
    said: RoundRecord,
    leaves: Sequence[bytes],
    parts: Sequence[PartTaken],
    devices: Mapping[bytes, Device],
    log: LogOfFleet,
) -> Iterator[str]:
    """What rows are missing that nobody erased, and what they contradict together."""
    if root_of(list(leaves)).hex() != said.participation or len(leaves) != said.counts.enrolled:
        yield "the leaves do not give the root"
    if any(each.device not in devices for each in parts):
        yield "a device is gone whose part is kept"
    rows = sum(each.enrolled_index < round_.opened_index for each in devices.values())
    gone_devices = sum(index < round_.opened_index for index in log.enrolled) - rows
    gone = len(leaves) - len(parts)
    if gone and (gone > gone_devices or not any(each > round_.opened_index for each in log.erased)):
        yield "leaves have no rows, and nobody was erased whose they could be"
    standings = Counter(Standing(each.status).counted_as for each in parts)
    if any(standings[each] > getattr(said.counts, each.value) for each in _COUNTED):
        yield "more devices came to something than its record says"
    people = [each.subject for each in parts if each.status == Standing.INCLUDED.value]
    if len(set(people)) < len(people):
        yield "somebody is in it twice"


_COUNTED = (Standing.REFUSED, Standing.DROPPED, Standing.WITHDRAWN, Standing.INCLUDED)


def _untrue(round_: Round, part: PartTaken, device: Device, leaves: Sequence[bytes]) -> Iterator[str]:
    """What of a row is not what it says."""
    own = Participation(part.salt, device.signing_key, device.receipt, Standing(part.status))
    if part.place >= len(leaves) or leaves[part.place] != hash_leaf(own.leaf()):
        yield "a leaf is not what became of its device"
    if part.subject != device.subject:
        yield "a row is of somebody else than its device"
    if (
        device.ended_at is not None
        and device.ended_at < round_.opened_at
        and part.status == Standing.INCLUDED.value
    ):
        yield "a device is in it that had left before"


def _consented(
    round_: Round, said: RoundRecord, device: Device, log: LogOfFleet, permits: WhoPermits
) -> bool:
    """Whether the person permitted it at both places at which that was looked at."""
    policy = read_manifest(round_.manifest).policy
    return all(
        (entry := log.steps.get(place)) is not None
        and permits.permitted(device.subject, place, entry.at, policy)
        for place in (said.asked_at, said.checked_at)
    )


def untrue_counts(round_: Round, log: LogOfFleet) -> list[str]:
    """What a record says of how many were asked and summed, and the entries of the two looks do not."""
    if round_.record is None:
        return []
    said = read_record(round_.record)
    asked, checked = (log.steps.get(place) for place in (said.asked_at, said.checked_at))
    counts = said.counts
    told = {} if asked is None else dict(asked.detail)
    wrong = told.get("asked") != counts.asked or counts.included > int(told.get("live", 0))
    if said.checked_at:
        again = {} if checked is None else dict(checked.detail)
        wrong |= counts.included > int(again.get("live", 0)) or int(again.get("asked", 0)) > counts.asked
        left = sum(int(each.get("asked", 0)) - int(each.get("live", 0)) for each in (told, again))
        wrong |= counts.withdrawn > left
    return [f"round {round_.round_id}: the log says other numbers of who was asked"] * wrong
