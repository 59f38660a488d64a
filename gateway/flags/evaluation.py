"""What a flag is, for somebody: a function of values.

Source: OpenFeature specification (reasons); OFREP 0.3.0 (which of them there are on the wire).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gateway.flags.model import Flag, ReadyFlag, ReadyRule, SplitPart
from gateway.tenants.condition import FAILURES, circumstances, variable_of
from scoring import choose_arm

Reason = Literal["STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED"]


@dataclass(frozen=True, slots=True)
class Unit:
    """Whoever is shared out."""

    name: str
    """What is hashed: a pseudonym in hexadecimal."""
    arm_before: Callable[[str], str | None]
    """The arm of an experiment that this unit used before, if it did: it stays."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What came out."""

    flag: Flag
    """Of which flag."""
    variant: str
    """Which variant was chosen."""
    reason: Reason
    """Why it was chosen."""
    experiment: str | None = None
    """The experiment whose arm it is."""

    @property
    def value(self) -> Any:
        """Its value; a whole float keeps its point."""
        value = self.flag.variants[self.variant]
        return float(value) if self.flag.type == "float" else value


def default_of(flag: Flag) -> Resolved:
    """What everybody gets of whom nothing may be used."""
    return Resolved(flag, flag.default, "STATIC" if flag.enabled else "DISABLED")


def evaluate(ready: ReadyFlag, context: Mapping[str, Any], unit: Unit, now: int) -> Resolved:
    """What a flag is for a unit that permits it.

    Args:
        ready: the flag.
        context: what the app says.
        unit: who is asked about.
        now: unix seconds.
    """
    flag = ready.flag
    if not flag.enabled or any(context.get(need) is True for need in flag.gives_way_to):
        return default_of(flag)
    for rule in ready.rules:
        if not _applies(rule, context):
            continue
        if rule.rule.variant is not None:
            return Resolved(flag, rule.rule.variant, "TARGETING_MATCH")
        assert rule.rule.split is not None, "a rule has a variant or a split"
        arm, experiment = _arm(rule.rule.split, unit, now)
        if arm is not None:
            return Resolved(flag, arm, "SPLIT", experiment)
    return default_of(flag)


def _arm(split: SplitPart, unit: Unit, now: int) -> tuple[str | None, str | None]:
    experiment = None if split.experiment is None else split.experiment.id
    before = None if experiment is None else unit.arm_before(experiment)
    if before in split.weights:
        return before, experiment
    return choose_arm(split.at(now), unit.name), experiment


def _applies(rule: ReadyRule, context: Mapping[str, Any]) -> bool:
    """Whether a rule's condition holds. One that reads what is not there, or cannot be evaluated, does not."""
    if rule.program is None:
        return True
    if any(not isinstance(context.get(name), str | int | float | bool) for name in rule.reads):
        return False
    known = {variable_of("context", name): context[name] for name in rule.reads}
    try:
        return rule.program.execute(circumstances(known)) is True
    except FAILURES:
        return False
