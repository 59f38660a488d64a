"""A rule that matched acts: on the person, or on every member of its group who permits it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scoring.rules.effects import Effect, EffectKind
from scoring.rules.limits import NotificationLimits, Suppression, judge
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
    ) -> None:
        """Act on people in `memory`, within `limits`; `share_of` says where a person falls for a rule."""
        self._share_of = share_of
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
        reason = because or judge(
            rule, self._memory.standing(rule.bit, slot), now, self._limits, numbers.fires
        )
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
