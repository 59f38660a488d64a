"""The server's side of a secure sum: it hands messages on, drops who is gone, and opens the one sum that it may."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

import numpy as np

from federated.errors import StepError
from federated.secure_sum.masks import Values
from federated.secure_sum.messages import (
    Advertisement,
    Inbox,
    Opening,
    OpeningRequest,
    Roster,
    Shares,
    Upload,
    digest_of,
    read,
    write,
)
from federated.secure_sum.opening import open_sum
from federated.secure_sum.plan import MAX_COHORT, SumPlan, roster_order
from federated.secure_sum.refusals import Refusal


class Phase(IntEnum):
    """What the server is waiting for."""

    ENTRIES = 0
    SHARES = 1
    UPLOADS = 2
    ANSWERS = 3
    OVER = 4


class ServerSum:
    """One secure sum. Senders are named by their Ed25519 device key, as the connection's authentication knows them.

    A message that cannot be taken is refused, and the sum goes on as if its sender had dropped out. Not for several threads.
    Holds one vector per device until the uploads are closed: 4 * n_values bytes each.
    """

    def __init__(self, plan: SumPlan) -> None:
        """Wait for the first keys."""
        self.plan = plan
        self.phase = Phase.ENTRIES
        self._entered: dict[bytes, Advertisement] = {}
        self._roster: tuple[Advertisement, ...] = ()
        self._digest = b""
        self._places: dict[bytes, int] = {}
        self._shares: dict[int, Shares] = {}
        self._uploads: dict[int, Values] = {}
        self._broken: dict[int, frozenset[int]] = {}
        """Place -> whose seals its device says it could not open."""
        self._faulty: frozenset[int] = frozenset()
        self._stayed: tuple[int, ...] = ()
        self._dropped: tuple[int, ...] = ()
        self._answers: dict[int, Opening] = {}

    def enter(self, device: bytes, message: bytes) -> Refusal | None:
        """Take a device's advertised keys."""
        if self.phase is not Phase.ENTRIES or len(self._entered) >= MAX_COHORT:
            return Refusal.TOO_LATE
        if device in self._entered:
            return Refusal.TWICE
        entry = read(Advertisement, message)
        if isinstance(entry, Refusal):
            return entry
        if entry.round != self.plan.round:
            return Refusal.OTHER_ROUND
        if entry.device != device or not entry.is_signed():
            return Refusal.NOT_SIGNED
        if any(entry.mask_key == other.mask_key for other in self._entered.values()):
            return Refusal.CONTRADICTORY
        self._entered[device] = entry
        return None

    def close_entries(self, gone: Collection[bytes] = ()) -> bytes | Refusal:
        """The list of participants for all of them, without those who are `gone` already."""
        self._expect(Phase.ENTRIES)
        entries = [entry for device, entry in self._entered.items() if device not in gone]
        if len(entries) < self.plan.minimum:
            self.phase = Phase.OVER
            return Refusal.TOO_FEW
        entries.sort(key=lambda entry: roster_order(self.plan.round, entry.mask_key))
        self._roster = tuple(entries)
        self._places = {entry.device: place for place, entry in enumerate(entries)}
        roster = write(Roster(self.plan.round, self._roster))
        self._digest = digest_of(roster)
        self.phase = Phase.SHARES
        return roster

    def take_shares(self, device: bytes, message: bytes) -> Refusal | None:
        """Take the shares that a device sealed for its neighbours."""
        place = self._place_of(device, Phase.SHARES)
        if isinstance(place, Refusal):
            return place
        if place in self._shares:
            return Refusal.TWICE
        shares = read(Shares, message)
        if isinstance(shares, Refusal):
            return shares
        if shares.roster != self._digest:
            return Refusal.OTHER_ROUND
        if set(shares.sealed) != set(self._holders(place)) - {place}:
            return Refusal.MALFORMED
        self._shares[place] = shares
        return None

    def close_shares(self, gone: Collection[bytes] = ()) -> Refusal | None:
        """Go on with those whose shares are there; nobody has masked anything yet, so the others never took part."""
        self._expect(Phase.SHARES)
        for device in gone:
            self._shares.pop(self._places.get(device, -1), None)
        self.phase = Phase.UPLOADS
        if len(self._shares) < self.plan.minimum:
            self.phase = Phase.OVER
            return Refusal.TOO_FEW
        return None

    def inbox_of(self, device: bytes) -> bytes | Refusal:
        """What the others sealed for this device."""
        place = self._place_of(device, Phase.UPLOADS)
        if isinstance(place, Refusal):
            return place
        if place not in self._shares:
            return Refusal.UNKNOWN_SENDER
        near = (other for other in self._holders(place) if other != place and other in self._shares)
        return write(Inbox(self._digest, {other: self._shares[other].sealed[place] for other in near}))

    def take_upload(self, device: bytes, message: bytes) -> Refusal | None:
        """Take a masked vector."""
        place = self._place_of(device, Phase.UPLOADS)
        if isinstance(place, Refusal):
            return place
        if place not in self._shares:
            return Refusal.UNKNOWN_SENDER
        if place in self._uploads:
            return Refusal.TWICE
        upload = read(Upload, message)
        if isinstance(upload, Refusal):
            return upload
        if upload.roster != self._digest:
            return Refusal.OTHER_ROUND
        if len(upload.values) != 4 * self.plan.n_values or not set(upload.broken) <= set(
            self._holders(place)
        ):
            return Refusal.MALFORMED
        self._broken[place] = frozenset(upload.broken)
        self._uploads[place] = np.frombuffer(upload.values, "<u4")
        return None

    def may_open(self) -> bool:
        """Whether the sum can be opened if none of those who uploaded withdraws, and all of them answer rightly."""
        self._expect(Phase.UPLOADS)
        enough = len(self._uploads) >= self.plan.minimum
        return enough and all(self._givers(place) >= self._threshold for place in self._needed())

    def give_up(self) -> None:
        """End a sum that cannot be opened, before anybody is asked for anything that opens it."""
        self._expect(Phase.UPLOADS)
        self._faulty = frozenset(place for place in self._shares if self._is_accused(place))
        self.phase = Phase.OVER
        self._uploads.clear()

    def close_uploads(self, withdrawn: Collection[bytes] = ()) -> bytes | Refusal:
        """What each of `stayed` is asked. Who withdrew until now counts as dropped: their vector is thrown away, masked."""
        self._expect(Phase.UPLOADS)
        for device in withdrawn:
            self._uploads.pop(self._places.get(device, -1), None)
        self._stayed = tuple(sorted(self._uploads))
        self._dropped = tuple(sorted(set(self._shares) - set(self._stayed)))
        if len(self._stayed) < self.plan.minimum:
            self.phase = Phase.OVER
            return Refusal.TOO_FEW
        self.phase = Phase.ANSWERS
        return write(OpeningRequest(self._digest, self._stayed, self._dropped))

    @property
    def faulty(self) -> tuple[bytes, ...]:
        """The devices that broke the sum, or would have, once it was given up or opened: their seals are broken, what they
        shared is not what they promised, or the shares that they gave are wrong of most others.
        """
        return tuple(self._roster[place].device for place in sorted(self._faulty))

    @property
    def stayed(self) -> tuple[bytes, ...]:
        """The devices whose vectors are in the sum."""
        return tuple(self._roster[place].device for place in self._stayed)

    def take_answer(self, device: bytes, message: bytes) -> Refusal | None:
        """Take a device's shares of what is to be opened."""
        place = self._place_of(device, Phase.ANSWERS)
        if isinstance(place, Refusal):
            return place
        if place not in self._stayed:
            return Refusal.UNKNOWN_SENDER
        if place in self._answers:
            return Refusal.TWICE
        answer = read(Opening, message)
        if isinstance(answer, Refusal):
            return answer
        if answer.roster != self._digest:
            return Refusal.OTHER_ROUND
        if not (set(answer.own_masks) <= set(self._stayed) and set(answer.mask_keys) <= set(self._dropped)):
            return Refusal.CONTRADICTORY
        self._answers[place] = answer
        return None

    def total(self) -> Values | Refusal:
        """The sum of the vectors of those who stayed, modulo 2**32. Ends the sum, and forgets what was uploaded."""
        self._expect(Phase.ANSWERS)
        self.phase = Phase.OVER
        found = open_sum(self.plan, self._roster, self._digest, self._shares, self._uploads, self._answers)
        self._faulty = found.faulty
        self._uploads.clear()
        self._answers.clear()
        return found.total

    def _place_of(self, device: bytes, phase: Phase) -> int | Refusal:
        if self.phase is not phase:
            return Refusal.TOO_LATE
        return self._places.get(device, Refusal.UNKNOWN_SENDER)

    def _holders(self, place: int) -> tuple[int, ...]:
        return self.plan.holders(place, len(self._roster))

    @property
    def _threshold(self) -> int:
        return self.plan.threshold(len(self._roster))

    def _needed(self) -> list[int]:
        """The places of whom one secret must be put together: who uploaded, and who dropped out beside somebody who did."""
        return [
            p for p in self._shares if p in self._uploads or any(h in self._uploads for h in self._holders(p))
        ]

    def _givers(self, place: int) -> int:
        """How many of those who uploaded can give a share of a place's secrets."""
        return sum(h in self._uploads and place not in self._broken[h] for h in self._holders(place))

    def _is_accused(self, place: int) -> bool:
        """Whether so many say that its seals are broken that the others do not suffice."""
        accusers = sum(place in self._broken.get(h, ()) for h in self._holders(place))
        return accusers > len(self._holders(place)) - self._threshold

    def _expect(self, phase: Phase) -> None:
        if self.phase is not phase:
            raise StepError("the secure sum is at another step")
