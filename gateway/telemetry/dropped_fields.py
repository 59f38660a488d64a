"""What minimisation left out, counted by name where the policy knows the name, and as `other` where only the client does.

Events of one name, purposes and attribute names are alike: they are counted together, and what is dropped of them is found out
once. Only hashes of the clients' names are kept. Objects that rules lead into (`products[].price`) are looked at one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from consent import Policy
from privacy import CompiledFields, inner_dropped, name_dropped

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
        self._with_inner = frozenset(
            name
            for _, compiled in self._fields.values()
            for name in compiled
            if _leads_inside(compiled, name)
        )
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
        if not self._with_inner.isdisjoint(names):
            for name, of, carried in zip(names, bits, attributes, strict=True):
                if name in self._with_inner:
                    self._totals.update(self._inside(name, of, carried))

    def _inside(self, name: str, bits: int, attributes: Mapping[str, Any]) -> Iterable[Dropped]:
        for bit, (purpose, compiled) in self._fields.items():
            if bits >> bit & 1 and _leads_inside(compiled, name):
                for path in inner_dropped(attributes, compiled[name].paths):
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


def _leads_inside(compiled: CompiledFields, name: str) -> bool:
    """Whether a rule for this event takes something of an object or of a list of them."""
    return name in compiled and any("." in path for path in compiled[name].paths)
