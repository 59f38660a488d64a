"""Whose entry is it: the link between log indices and people, kept in memory only.

On disk nothing points from an entry to a person but the tag, which only that person's evidence key reproduces. While the
gateway runs it needs the link for destinations and explanations; after a restart the link is found again by following each
person's expected next tag through the log. Whoever was erased expects nothing any more.
"""

from __future__ import annotations

from array import array
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence

import numpy as np

from gateway.memory.people import NOBODY, People
from privacy import derive_evidence

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_ORDINARY = bytes.maketrans(b"-_", b"+/")
_TIME_MARK = b',"t":'
_TAG_MARK = b'"g":"'
_TAG_CHARACTERS = 22


class EntryOwners:
    """The owners of the entries from `base` on: 4 bytes an entry."""

    def __init__(self, base: int = 0) -> None:
        """Know the owners of entries with index >= `base`."""
        self.base = base
        self._slots = array("i")

    def record(self, first: int, slots: Sequence[int]) -> None:
        """The entries from index `first` on are about these people, in order."""
        known = self.base + len(self._slots)
        if first > known:
            self._slots.extend([NOBODY] * (first - known))
        start = first - self.base
        if start == len(self._slots):
            self._slots.extend(slots)
        else:
            for offset, slot in enumerate(slots, start):
                if offset < len(self._slots):
                    self._slots[offset] = slot
                else:
                    self._slots.append(slot)

    def until(self, index: int) -> bytes:
        """The owners of the entries from `base` up to `index`, as 32-bit integers."""
        return self._slots[: max(0, index - self.base)].tobytes()

    def restore(self, base: int, slots: Sequence[int]) -> None:
        """Take up what a snapshot kept."""
        self.base = base
        self._slots = array("i", slots)

    def forget_below(self, index: int) -> None:
        """Nobody will ask for the entries below `index`."""
        if index > self.base:
            del self._slots[: index - self.base]
            self.base = index

    def forget_from(self, index: int) -> None:
        """The entries from `index` on were not recorded: what gets their places is somebody else's, or nobody's."""
        del self._slots[max(0, index - self.base) :]

    def of(self, index: int) -> int:
        """The slot of the person an entry is about, or NOBODY."""
        at = index - self.base
        return self._slots[at] if 0 <= at < len(self._slots) else NOBODY

    def latest_of(self, slot: int, limit: int, *, within: int) -> list[int]:
        """The newest entries that are about a person, the newest first.

        Args:
            slot: whose.
            limit: how many at most.
            within: how many of the newest entries of everybody are looked through.
        """
        start = max(0, len(self._slots) - within)
        found = np.flatnonzero(np.array(self._slots[start:], dtype=np.int32) == slot)[::-1][:limit]
        return [self.base + start + int(at) for at in found]


class TagFollower:
    """Finds the owner of each entry by the tags that people expect next."""

    def __init__(self, people: People) -> None:
        """Expect every known person's next tag (their running numbers must be set)."""
        self._people = people
        self._expected: dict[bytes, int] = {}
        for slot in people.slots():
            self._expect(slot)

    def owner_of(self, entry: bytes) -> int:
        """The slot an entry belongs to, whose running number moves on; NOBODY if it is nobody's."""
        tag = tag_text(entry)
        if tag is None:
            return NOBODY
        slot = self._expected.pop(tag, NOBODY)
        if slot != NOBODY:
            self._people.number[slot] += 1
            self._expect(slot)
        return slot

    def _expect(self, slot: int) -> None:
        self._expected[text_of_tag(self._people.evidence_key(slot), self._people.number[slot])] = slot


def text_of_tag(evidence_key: bytes, number: int) -> bytes:
    """The tag of a person's entry of this running number, as it stands in the entry."""
    tag, _ = derive_evidence(evidence_key, number)
    return b2a_base64(tag, newline=False).translate(_URL_SAFE)[:_TAG_CHARACTERS]


def tag_of(entry: bytes) -> bytes:
    """The tag of a canonical entry, 16 bytes; empty if it has none."""
    text = tag_text(entry)
    return b"" if text is None else a2b_base64(text.translate(_ORDINARY) + b"==")


def time_of(entry: bytes) -> int:
    """The rounded time of a canonical entry (unix seconds)."""
    at = entry.rindex(_TIME_MARK) + len(_TIME_MARK)
    return int(entry[at : entry.index(b",", at)])


def tag_text(entry: bytes) -> bytes | None:
    """The tag of a canonical entry as it stands there, if it has one."""
    at = entry.find(_TAG_MARK)
    return None if at < 0 else entry[at + len(_TAG_MARK) : at + len(_TAG_MARK) + _TAG_CHARACTERS]
