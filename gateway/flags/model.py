"""Flags as data: what is stored, and what is made of it once to be evaluated many times.

Source: OpenFeature specification (variants, reasons); GrowthBook (splits, coverage, namespaces).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cel
import msgspec

from scoring import Experiment, Metric, Namespace, RampStep, Split, coverage_at

FlagType = Literal["boolean", "string", "integer", "float", "object"]
"""What the values of a flag are. A float is written with a point even if it is whole: some clients insist on it."""


class ExperimentPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a split an experiment."""

    id: str
    """Its name, among all flags."""
    baseline: str
    """The variant that the others are compared with."""
    metrics: tuple[Metric, ...]
    """What is measured."""
    hypothesis: str = ""
    """What is expected, said before it begins."""
    alpha: float = 0.05
    """How often at most a difference may be claimed where there is none."""


class SplitPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units are shared out among variants."""

    salt: str
    """What is hashed with each unit: another salt shares out anew."""
    weights: dict[str, float]
    """Variant -> share; sums to 1."""
    coverage: float = 1.0
    """What share of everybody takes part before the ramp's first step."""
    ramp: tuple[RampStep, ...] = ()
    """When the coverage rises."""
    namespace: Namespace | None = None
    """Only units of this part take part."""
    experiment: ExperimentPart | None = None
    """What is measured, if anything."""

    def at(self, now: int) -> Split:
        """How units are shared out at a moment (unix seconds)."""
        return self.covering(coverage_at(self.ramp, now, self.coverage))

    def covering(self, coverage: float) -> Split:
        """How units are shared out with a given coverage."""
        return Split(self.salt, tuple(self.weights), tuple(self.weights.values()), coverage, self.namespace)


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What some get instead of the default: one variant, or a split. The first rule that applies decides."""

    when: str | None = None
    """A CEL condition over the context; without one the rule applies to everybody."""
    variant: str | None = None
    """What they get."""
    split: SplitPart | None = None
    """Or how they are shared out."""


class Flag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named choice between variants."""

    key: str
    """Its name: letters, digits, `.`, `_` and `-`, because no client escapes it."""
    type: FlagType
    """What its values are."""
    variants: dict[str, Any]
    """Name -> value."""
    default: str
    """The variant of everybody whom no rule concerns, and of everybody who is not to be experimented with."""
    enabled: bool = True
    """Switched off, everybody gets the default."""
    rules: tuple[Rule, ...] = ()
    """Its rules, in the order they are tried."""
    gives_way_to: tuple[str, ...] = ()
    """Members of the context which, when true, make it the default: what people need to use a page at all."""
    description: str = ""
    """What it is for, for people."""

    @property
    def is_personal(self) -> bool:
        """Whether evaluating it uses anything of a person."""
        return self.enabled and bool(self.rules)

    def experiments(self) -> list[tuple[SplitPart, ExperimentPart]]:
        """The experiments in it."""
        splits = [rule.split for rule in self.rules if rule.split is not None]
        return [(split, split.experiment) for split in splits if split.experiment is not None]


def experiment_of(split: SplitPart, part: ExperimentPart) -> Experiment:
    """The comparison that a split makes."""
    arms = split.covering(1.0)
    return Experiment(part.id, arms.arms, arms.weights, part.baseline, part.metrics, part.alpha)


@dataclass(frozen=True, slots=True, eq=False)
class ReadyRule:
    """A rule, compiled."""

    rule: Rule
    """The rule as written."""
    program: cel.Program | None
    """The compiled condition; None if it has none."""
    reads: frozenset[str]
    """The members of the context that the condition reads."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadyFlag:
    """A flag that was found good."""

    flag: Flag
    """The flag as written."""
    rules: tuple[ReadyRule, ...]
    """Its rules, compiled."""


_pack = (
    msgspec.json.Encoder().encode
)  # NOTE: never sorted, because the order of the weights decides who is in which arm
_unpack = msgspec.json.Decoder(Flag).decode


def encode_flag(flag: Flag) -> bytes:
    """A flag as it is stored."""
    return _pack(flag)


def decode_flag(body: bytes) -> Flag:
    """A flag as it was stored.

    Raises:
        msgspec.DecodeError: it is not one.
    """
    return _unpack(body)
