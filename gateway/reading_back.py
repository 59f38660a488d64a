"""What was sealed before is minimised again when it is read back: nobody sees more of it than of a signal that came now.

A signal is sealed with the fields that its purpose may see at that moment. Until it is read the person may have taken back the
condition under which a field was added, and the policy may have become narrower. What has to go is not shown to destinations,
rules, published numbers or a start; it stays sealed, and in the person's own report, until its key goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from consent import Policy
from gateway.evidence.open_signals import OpenSignal
from privacy import EventFields, compile_fields, minimise, taker_again_of
from scoring import RECORD_FIELDS, EffectKind

MAX_ITEMS = 50
"""Items learnt from one event (the lines of an order)."""

_RECORDS = frozenset(kind.value for kind in EffectKind)


def items_named(kept: Mapping[str, Any], index_of: Mapping[str, int]) -> tuple[int, ...]:
    """The catalogue items that minimised fields name: `product_id`, or those of `products`.

    A policy may take something else under these names: that names no item.
    """
    product = kept.get("product_id")
    if product is not None:
        index = index_of.get(product) if type(product) is str else None
        return () if index is None else (index,)
    lines = kept.get("products")
    if type(lines) is not list:
        return ()
    named = (line.get("product_id") for line in lines[:MAX_ITEMS] if type(line) is dict)
    found = (index_of.get(each) for each in named if type(each) is str)
    return tuple(index for index in found if index is not None)


class ReadingBack:
    """Minimises again. What a rule led to is a record under a name of ours: of it the fields that the rule included."""

    def __init__(self, policy: Policy, index_of: Mapping[str, int]) -> None:
        """Go by `policy`; `index_of` is an item's id to its permanent index."""
        self._purposes = policy.purposes
        self._ids = {each.bit: each.id for each in policy.conditions}
        self._index_of = index_of
        self._fields_for = cache(self._compile)

    def conditions_of(self, bit: int) -> tuple[int, ...]:
        """The bits of the conditions under which a purpose (bit) has further fields."""
        return tuple(each for each in self._ids if self._purposes[bit].condition_mask >> each & 1)

    def narrowed(self, bit: int, held: int, signal: OpenSignal) -> OpenSignal | None:
        """What of a signal its purpose may see now; None for an event that the purpose knows no more.

        Args:
            bit: the purpose.
            held: what the person permits now (bits), of which the conditions count here.
            signal: as it was sealed.
        """
        name, items, at, kept = signal
        purpose = self._purposes[bit]
        known = self._fields_for(bit, held & purpose.condition_mask)
        if name in _RECORDS:
            return name, items, at, self._of_record(kept, bit, known)
        fields = known.get(name)
        if fields is None:
            return None
        left: dict[str, Any] = minimise(kept, fields) or {}
        if left != kept:
            named = items_named(left, self._index_of)
            items = tuple(item for item in items if item in named)
        return name, items, at - at % purpose.time_granularity_seconds, left

    def _compile(self, bit: int, conditions: int) -> Mapping[str, EventFields]:
        held = [name for condition, name in self._ids.items() if conditions >> condition & 1]
        return compile_fields(self._purposes[bit].fields, held, taker_again_of)

    def _of_record(self, kept: dict[str, Any], bit: int, known: Mapping[str, EventFields]) -> dict[str, Any]:
        """Of which event a rule included a field is not told: it is kept if every event that may have it may have it now."""
        left = {}
        for name, value in kept.items():
            taken = value if name in RECORD_FIELDS else self._taken(name, value, bit, known)
            if taken is not None:
                left[name] = taken
        return left

    def _taken(self, field: str, value: object, bit: int, known: Mapping[str, EventFields]) -> object | None:
        rules: Mapping[str, Sequence[Any]] = self._purposes[bit].fields.events
        events = [event for event, named in rules.items() if any(rule.path == field for rule in named)]
        for event in events:
            value = None if value is None else (minimise({field: value}, known[event]) or {}).get(field)
        return value if events else None
