"""Moves between segments while the log is read back: a signal moves people at once, as it did when it came.

The record of a move follows in the log. Who moved without one that says so did not: the log could not take it, or it was
permitted no more.
"""

from __future__ import annotations

from collections.abc import Iterable

from scoring.rules.conditions import Present
from scoring.rules.effects import Effect
from scoring.rules.model import Segment
from scoring.rules.moving import Moving


class MovingAgain:
    """Moves people, and waits for the records."""

    def __init__(self, moving: Moving) -> None:
        """Move by `moving`; nobody has moved yet."""
        self._moving = moving
        self._waiting: dict[tuple[int, int], dict[str, list[Effect]]] = {}

    def look(self, segments: Iterable[Segment], present: Present, at: int) -> None:
        """Let a person move as they did when a signal came at a time (unix seconds)."""
        for move in self._moving.look(segments, present, at):
            waiting = self._waiting.setdefault((present.bit, present.slot), {})
            waiting.setdefault(move.source, []).append(move)

    def confirm(self, bit: int, slot: int, segment: str) -> None:
        """There is a record of the oldest move that waits for one."""
        waiting = self._waiting.get((bit, slot), {})
        moves = waiting.get(segment)
        if moves is None:
            return
        moves.pop(0)
        if not moves:
            del waiting[segment]
        if not waiting:
            del self._waiting[bit, slot]

    def forget(self, bit: int, slot: int) -> None:
        """Wait for nothing of a person any more."""
        self._waiting.pop((bit, slot), None)

    def settle(self) -> None:
        """Take back what nothing was recorded of: the log has been read."""
        for waiting in self._waiting.values():
            for moves in waiting.values():
                for move in reversed(moves):
                    move.undo()
        self._waiting.clear()
