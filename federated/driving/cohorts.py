"""The secure sums of a round, one per cohort, all at the same step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from federated.driving.ports import EnrolledDevice
from federated.driving.wire import read_answer
from federated.manifest import Manifest
from federated.secure_sum.refusals import Refusal
from federated.secure_sum.server import Phase, ServerSum


def split(devices: Sequence[EnrolledDevice], least: int, wanted: int) -> list[list[EnrolledDevice]]:
    """Devices in as many cohorts of about the wanted size as there can be, none below the least; none if there are too few.

    Args:
        devices: in an order that nobody chose.
        least: devices below which a cohort opens nothing.
        wanted: how many a cohort is to have.
    """
    n_cohorts = max(1, len(devices) // max(wanted, least))
    if len(devices) < least:
        return []
    return [list(devices[number::n_cohorts]) for number in range(n_cohorts)]


class Cohort:
    """One secure sum, its devices known by their names."""

    def __init__(self, manifest: Manifest, number: int, devices: Iterable[EnrolledDevice]) -> None:
        """Begin the sum of this cohort."""
        self.number = number
        """Its number in the round."""
        self.members = {each.device: each for each in devices}
        """Who was put into it."""
        self.sum = ServerSum(manifest.plan_of(number))
        """Its server's side."""
        self._named = {each.signing_key: each.device for each in self.members.values()}

    @property
    def is_over(self) -> bool:
        """Whether nothing can come of it any more."""
        return self.sum.phase is Phase.OVER

    @property
    def stayed(self) -> frozenset[bytes]:
        """The devices whose contributions are in the sum."""
        return frozenset(self._named[key] for key in self.sum.stayed)

    @property
    def faulty(self) -> frozenset[bytes]:
        """The devices that broke the sum, or would have."""
        return frozenset(self._named[key] for key in self.sum.faulty)

    def may_open(self) -> bool:
        """Whether its sum can be opened, if none who uploaded withdraws; one that cannot is given up."""
        if not self.is_over and not self.sum.may_open():
            self.sum.give_up()
        return not self.is_over

    def take(self, step: str, answers: Mapping[bytes, bytes]) -> set[bytes]:
        """Take the answers of its members at a step; those of whom one could be taken."""
        taken, take = set(), {"keys": self.sum.enter, "shares": self.sum.take_shares}.get(step)
        take = take or {"masked": self.sum.take_upload, "unmask": self.sum.take_answer}[step]
        for name in self.members.keys() & answers.keys():
            said = read_answer(answers[name])
            if said is None or said.reason:
                continue
            if take(self.members[name].signing_key, said.body) is None:
                taken.add(name)
        return taken

    def inboxes(self, devices: Collection[bytes]) -> dict[bytes, bytes]:
        """What the others sealed for each of these."""
        found = {name: self.sum.inbox_of(self.members[name].signing_key) for name in devices}
        return {name: inbox for name, inbox in found.items() if not isinstance(inbox, Refusal)}

    def keys_of(self, devices: Collection[bytes]) -> list[bytes]:
        """The signing keys of those of its members who are among these."""
        return [self.members[name].signing_key for name in self.members.keys() & set(devices)]


def total_of(cohort: Cohort) -> NDArray[np.uint32] | None:
    """The opened sum; None if it could not be opened."""
    if cohort.is_over:
        return None
    found = cohort.sum.total()
    return None if isinstance(found, Refusal) else found
