"""A person's history: their last 20 distinct items, which is all that a personal slate is made from.

- Purpose: recommendations. Cleared in the same step that takes the permission away, before the withdrawal is answered.
- Late and repeated events lead to the same history as if they had come in order; of one second, the last to come is the newest.
- 172 bytes for a slot that has a history (up to a quarter more while the table has room to grow), 4 for one that has none.
"""

from __future__ import annotations

from scoring.decay import HISTORY_LENGTH
from scoring.recent_items import RecentItems


class History(RecentItems):
    """The last 20 distinct items of each slot."""

    def __init__(self) -> None:
        """Start with nobody."""
        super().__init__(HISTORY_LENGTH)
