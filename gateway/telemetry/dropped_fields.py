"""What minimisation left out, counted by name where the policy knows the name, and as `other` where only the client does.

Events of one name, purposes and attribute names are alike: they are counted together, and what is dropped of them is found out
once. Only hashes of the clients' names are kept. Objects that rules lead into (`products[].price`) are looked at one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from consent import Policy
from privacy import inner_dropped, name_dropped

OTHER_FIELD = "other"
"""Every name that the policy does not have."""

MAX_SHAPES = 4096
"""Kinds of events told apart before they are added up and forgotten."""

Dropped = tuple[str, str]
"""The id of a purpose, and the name of the field or OTHER_FIELD."""


Noted = tuple[int, str, int, Mapping[str, Any], int, int]
"""An event as the enforcement point has it (`Judged` there): its name, purposes (bits) and attributes are read here."""


class DroppedFields:
    """Counts the attributes that no rule of a purpose takes."""

    def __init__(self, policy: Policy) -> None:
        """Count for the purposes of `policy`; a field that asks for a condition is not dropped by its rules."""
        conditions = policy.conditions_mask
        self._fields = {
            purpose.bit: (purpose.id, purpose.fields_for(conditions)) for purpose in policy.purposes
        }
        self._vocabulary = policy.property_names
        self._paths = frozenset().union(
            *(each.paths for _, compiled in self._fields.values() for each in compiled.values())
        )
        self._leading_inside: dict[str, list[tuple[int, str, frozenset[str]]]] = {}
        for bit, (purpose, compiled) in self._fields.items():
            for name, fields in compiled.items():
                if any("." in path for path in fields.paths):
                    self._leading_inside.setdefault(name, []).append((bit, purpose, fields.paths))
        self._seen: dict[int, int] = {}
        self._dropped: dict[int, Counter[Dropped]] = {}
        self._totals: Counter[Dropped] = Counter()

    def note_all(self, events: Sequence[Noted]) -> None:
        """Events became signals."""
        if not events:
            return
        _, names, bits, attributes, *_ = zip(*events, strict=True)
        for alike, count in Counter(zip(names, bits, map(tuple, attributes), strict=True)).items():
            shape = hash(alike)
            if shape not in self._seen:
                self._take_up(shape, *alike)
            self._seen[shape] += count
        if not self._leading_inside.keys().isdisjoint(names):
            for name, of, carried in zip(names, bits, attributes, strict=True):
                self._totals.update(self._inside(name, of, carried))

    def _inside(self, name: str, bits: int, attributes: Mapping[str, Any]) -> Iterable[Dropped]:
        """What is dropped inside of the objects that rules lead into."""
        for bit, purpose, paths in self._leading_inside.get(name, ()):
            if bits >> bit & 1:
                for path in inner_dropped(attributes, paths):
                    yield purpose, path if path in self._paths else OTHER_FIELD

    def _take_up(self, shape: int, name: str, bits: int, attributes: tuple[str, ...]) -> None:
        """The first events of a kind."""
        if len(self._seen) >= MAX_SHAPES:
            self._add_up()
        self._seen[shape] = 0
        self._dropped[shape] = Counter(dict(self._of(name, bits, attributes)))

    def totals(self) -> Mapping[Dropped, int]:
        """How often each field was dropped for each purpose, since the start."""
        self._add_up()
        return self._totals

    def _of(self, name: str, bits: int, attributes: tuple[str, ...]) -> Iterable[tuple[Dropped, int]]:
        for bit, (purpose, compiled) in self._fields.items():
            if bits >> bit & 1 and name in compiled:
                named, others = name_dropped(attributes, compiled[name], self._vocabulary)
                yield from (((purpose, field), 1) for field in named)
                if others:
                    yield (purpose, OTHER_FIELD), others

    def _add_up(self) -> None:
        for shape, seen in self._seen.items():
            for dropped, each in self._dropped[shape].items():
                self._totals[dropped] += each * seen
        self._seen.clear()
        self._dropped.clear()
