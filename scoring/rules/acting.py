"""A rule that matched acts: on the person, or on every member of its group who permits it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scoring.rules.effects import Effect, EffectKind
from scoring.rules.limits import DAY_SECONDS, NotificationLimits, Suppression, judge
from scoring.rules.memory import RuleMemory
from scoring.rules.model import ActionKind, Rule
from scoring.rules.standing import HELD_OUT, Fire


class Acting:
    """Turns matches into effects that count at once."""

    def __init__(
        self,
        memory: RuleMemory,
        limits: NotificationLimits,
        still_permitted: Callable[[int, int], bool],
        share_of: Callable[[str, int], float],
        devices_of: Callable[[int], Iterable[int]],
    ) -> None:
        """Act on people in `memory`, within `limits`.

        `share_of` says where a person falls for a rule, `devices_of` which other slots are theirs.
        """
        self._share_of = share_of
        self._devices_of = devices_of
        self._memory = memory
        self._limits = limits
        self._permitted = still_permitted

    def act(
        self,
        rule: Rule,
        slot: int,
        now: int,
        fields: Mapping[str, Any],
        *,
        timed: bool = False,
        because: Suppression | None = None,
    ) -> list[Effect]:
        """What a match comes to, for each recipient.

        Args:
            rule: which.
            slot: whose signal or timer it was.
            now: unix seconds.
            fields: of the present event: they stand in the record of whoever it is of, and in nobody else's.
            timed: whether a timer fired.
            because: why it is suppressed in any case.
        """
        recipients = [slot] if rule.group is None else self._memory.membership.of(rule.group)
        included = {name: fields[name] for name in rule.include if name in fields}
        return [
            self._act_on(rule, each, now, included if each == slot else {}, timed=timed, because=because)
            for each in recipients
        ]

    def _act_on(
        self,
        rule: Rule,
        slot: int,
        now: int,
        included: Mapping[str, Any],
        *,
        timed: bool,
        because: Suppression | None,
    ) -> Effect:
        numbers = self._memory.statistics_of(rule.id)
        if not self._permitted(rule.bit, slot):
            because = Suppression.NOT_PERMITTED
        standing, elsewhere = self._memory.standing(rule.bit, slot), self._notified_elsewhere(rule, slot, now)
        reason = because or judge(rule, standing, now, self._limits, numbers.fires, elsewhere)
        mark: dict[str, Any] = {"timed": True} if timed else {}
        if reason is not None:
            return self._suppress(rule, slot, now, reason, mark)
        if rule.holdout and self._share_of(rule.id, slot) < rule.holdout:
            held_out = self._suppress(rule, slot, now, Suppression.HOLDOUT, mark)
            held_out.undo = self._note(rule, slot, Fire(rule.id, HELD_OUT, now))
            return held_out
        action = rule.action
        said = {**included, "rule": rule.id, "action": action.kind.value, "name": action.name, **mark}
        if action.kind is ActionKind.OFFER:
            said["valid_until"] = now + action.valid_seconds
        return Effect(EffectKind.FIRED, rule.id, rule.bit, slot, now, said, undo=self._count(rule, slot, now))

    def _notified_elsewhere(self, rule: Rule, slot: int, now: int) -> int:
        """How often the person's devices were notified in the last day, as people of their own."""
        if rule.action.kind is not ActionKind.NOTIFICATION:
            return 0
        standings = [self._memory.look(rule.bit, device) for device in self._devices_of(slot)]
        return sum(each.notified_since(now - DAY_SECONDS) for each in standings if each is not None)

    def _suppress(
        self, rule: Rule, slot: int, now: int, reason: Suppression, mark: Mapping[str, Any]
    ) -> Effect:
        self._memory.statistics_of(rule.id).suppressed[reason.value] += 1
        said = {"rule": rule.id, "reason": reason.value, **mark}
        return Effect(EffectKind.SUPPRESSED, rule.id, rule.bit, slot, now, said, reason)

    def _note(self, rule: Rule, slot: int, fire: Fire) -> Callable[[], None]:
        """Remember it; what is returned takes it back."""
        standing = self._memory.standing(rule.bit, slot)
        standing.note(fire)

        def undo() -> None:
            if fire in standing.fires:
                standing.fires.remove(fire)

        return undo

    def _count(self, rule: Rule, slot: int, now: int) -> Callable[[], None]:
        """Let it count from now on; what is returned takes it back."""
        numbers, standing = self._memory.statistics_of(rule.id), self._memory.standing(rule.bit, slot)
        offer = rule.action.name if rule.action.kind is ActionKind.OFFER else None
        before = None if offer is None else standing.offers.get(offer)
        forget = self._note(rule, slot, Fire(rule.id, rule.action.kind.value, now))
        numbers.fires += 1
        if offer is not None:
            standing.offers[offer] = now + rule.action.valid_seconds

        def undo() -> None:
            numbers.fires -= 1
            forget()
            if offer is not None:
                standing.offers.pop(offer, None)
                if before is not None:
                    standing.offers[offer] = before

        return undo
