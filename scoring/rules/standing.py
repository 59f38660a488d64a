"""What rules remember of one person under one purpose: what fired, offers held, timers that run, segments they are in."""

from __future__ import annotations

from dataclasses import dataclass, field

from scoring.rules.model import ActionKind

MAX_FIRES = 100
"""The newest fires of one rule that are remembered: no cap, and no number of times per person, is larger."""

HELD_OUT = "held_out"
"""What stands for the action where a rule would have acted, and did not, to compare with."""

PackedStanding = tuple[
    list[tuple[str, str, int, bool]], dict[str, int], dict[str, tuple[int, int]], dict[str, int], str
]
"""A standing as plain values: fires, offers, timers, segments, zone."""


@dataclass(slots=True)
class Fire:
    """A rule fired."""

    rule: str
    """The id of the rule."""
    action: str
    """What it did: a word of `ActionKind`, or HELD_OUT."""
    at: int
    """When (unix seconds)."""
    converted: bool = False
    """Whether success followed."""


@dataclass(slots=True)
class Standing:
    """One person's, for one purpose."""

    fires: list[Fire] = field(default_factory=list)
    """The newest last."""
    offers: dict[str, int] = field(default_factory=dict)
    """Offer -> until when it holds (unix seconds)."""
    timers: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Rule -> when it is due, and when what began it happened (unix seconds)."""
    segments: dict[str, int] = field(default_factory=dict)
    """Segment -> when they joined (unix seconds)."""
    zone: str = ""
    """The person's time zone, if their signals say."""

    def note(self, fire: Fire) -> None:
        """A rule fired."""
        self.fires.append(fire)
        own = [at for at, each in enumerate(self.fires) if each.rule == fire.rule]
        if len(own) > MAX_FIRES:
            del self.fires[own[0]]

    def holds(self, offer: str, now: int) -> bool:
        """Whether they hold an offer now."""
        return self.offers.get(offer, 0) > now

    def notified_since(self, at: int) -> int:
        """How often they were notified after a time."""
        return sum(each.action == ActionKind.NOTIFICATION and each.at > at for each in self.fires)

    def holds_since(self, at: int) -> bool:
        """Whether anything of it is of that time (unix seconds) or later."""
        times = [fire.at for fire in self.fires] + [*self.offers.values(), *self.segments.values()]
        return any(each >= at for each in times + [began for _, began in self.timers.values()])

    def age(self, before: int) -> bool:
        """Drop what happened, ran out or began before a time (unix seconds). Says whether there was any."""
        n = len(self.fires) + len(self.offers) + len(self.timers)
        self.fires = [fire for fire in self.fires if fire.at >= before]
        self.offers = {offer: until for offer, until in self.offers.items() if until >= before}
        self.timers = {rule: (due, began) for rule, (due, began) in self.timers.items() if began >= before}
        return len(self.fires) + len(self.offers) + len(self.timers) < n

    def pack(self) -> PackedStanding:
        """As plain values."""
        fires = [(each.rule, each.action, each.at, each.converted) for each in self.fires]
        return fires, self.offers, self.timers, self.segments, self.zone

    @classmethod
    def unpack(cls, packed: PackedStanding) -> Standing:
        """From what `pack` gave."""
        fires, offers, timers, segments, zone = packed
        return cls([Fire(*each) for each in fires], offers, timers, segments, zone)
