"""Who receives a purpose's permitted signals: in-memory features now; destinations read the log themselves.

A consumer is given a signal only after the frame that carries it is durable, in the order of the log, and only while the
person's permission still stands: so replaying the log leads to the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from scoring.permitted import PermittedSignals

Consumer: TypeAlias = "Callable[[PermittedSignals], None]"
"""Takes signals of one purpose into its state."""

Forgetter = Callable[[int], object]
"""Drops everything that a consumer holds of one slot."""

Ager = Callable[[int], Iterator[bool]]
"""Drops what a consumer learnt before a time (unix seconds), a piece at a time: yields whether there was any in the piece.

Between two pieces the event loop goes on, so state changes under it.
"""


class Consumers:
    """The consumers of each purpose."""

    def __init__(self) -> None:
        """Begin with nobody subscribed."""
        self._still_permitted: Callable[[PermittedSignals], PermittedSignals] | None = None
        self._of_bit: dict[int, tuple[Consumer, ...]] = {}
        self._forgetters: dict[int, tuple[Forgetter, ...]] = {}
        self._agers: dict[int, tuple[Ager, ...]] = {}
        self._on_forgotten: Callable[[], None] = lambda: None

    def check_with(self, still_permitted: Callable[[PermittedSignals], PermittedSignals]) -> None:
        """Let `still_permitted` take out what was revoked, at the moment of handing over."""
        self._still_permitted = still_permitted

    def subscribe(self, bit: int, consumer: Consumer, forget: Forgetter) -> None:
        """Hand the signals of the purpose `bit` to `consumer`, and call `forget` when a person's permission ends."""
        self._of_bit[bit] = (*self._of_bit.get(bit, ()), consumer)
        self._forgetters[bit] = (*self._forgetters.get(bit, ()), forget)

    def subscribe_to_endings(self, bit: int, forget: Forgetter) -> None:
        """Only call `forget` when a person's permission ends: for whoever reads the signals from the log."""
        self._forgetters[bit] = (*self._forgetters.get(bit, ()), forget)

    def keep_no_longer(self, bit: int, ager: Ager) -> None:
        """Call `ager` when signals of the purpose `bit` have been kept for long enough."""
        self._agers[bit] = (*self._agers.get(bit, ()), ager)

    def age(self, bit: int, before: int) -> Iterator[bool]:
        """Drop what was learnt under a purpose before a time; see `Ager`. What is on disk is out of date if there was any."""
        aged = False
        for ager in self._agers.get(bit, ()):
            for found in ager(before):
                aged |= found
                yield found
        if aged:
            self._on_forgotten()

    def when_forgotten(self, call: Callable[[], None]) -> None:
        """Let `call` learn of every forgetting: what is on disk is out of date then."""
        self._on_forgotten = call

    def wants(self, bit: int) -> bool:
        """Whether anybody in this process takes this purpose's signals."""
        return bit in self._of_bit

    def hand_over(self, signals: Iterable[PermittedSignals]) -> None:
        """Give signals to the consumers of their purpose, without those that were revoked in between."""
        for each in signals:
            assert self._still_permitted is not None, "check_with comes first"
            standing = self._still_permitted(each)
            for consumer in self._of_bit.get(each.purpose, ()):
                consumer(standing)

    def forget(self, slot: int, bits: int) -> None:
        """A person's permission for these purposes ended: their state is gone when this returns."""
        for bit, forgetters in self._forgetters.items():
            if bits >> bit & 1:
                for forget in forgetters:
                    forget(slot)
        self._on_forgotten()
