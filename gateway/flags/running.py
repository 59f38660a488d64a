"""Flags and streams while the gateway runs."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.flags.desk import FlagDesk
from gateway.flags.shelf import FlagShelf
from gateway.flags.trial_feed import TrialFeed
from gateway.push.streams import Streams


@dataclass(frozen=True, slots=True)
class Flags:
    """What the routes of flags, experiments and streams need."""

    shelf: FlagShelf
    """The flags in force."""
    desk: FlagDesk
    """What they are for somebody."""
    feed: TrialFeed
    """What the experiments know."""
    streams: Streams
    """Who wants to learn of changes."""

    def start(self) -> None:
        """Begin the background."""
        self.feed.start()
        self.streams.start()

    async def stop(self) -> None:
        """End the streams and the feed."""
        await self.streams.stop()
        await self.feed.stop()
