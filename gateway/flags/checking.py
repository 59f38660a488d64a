"""What a flag must be before it is taken into force, so that evaluating it can neither fail nor break a promise.

- A condition reads only the members of the context that the settings allow.
- Metrics read only what the policy lets the purpose `experiments` see.
- A split changes in one way only, also if it ended in between: more people take part. Nobody is moved, nobody leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from math import isfinite
from typing import Any

from consent import Policy
from gateway.errors import FlagRefusedError
from gateway.flags.ended_splits import splits_of
from gateway.flags.metric_fields import MetricFields
from gateway.flags.model import ExperimentPart, Flag, ReadyFlag, ReadyRule, Rule, SplitPart
from gateway.tenants.condition import FAILURES, Condition, circumstances, compile_condition, variable_of
from scoring import ExpressionError, coverage_at, rises

PURPOSE = "experiments"
"""The purpose that everything personal about a flag needs."""
EXPOSURE_EVENT = "Experiment Viewed"
EXPERIMENT_FIELD, VARIANT_FIELD = "experiment_id", "variation_id"

_TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "string": (str,),
    "integer": (int,),
    "float": (int, float),
    "object": (dict, list),
}
_WHOLE = 1e-6


class FlagRule(StrEnum):
    """Why a flag is refused."""

    UNKNOWN_VARIANT = "unknown_variant"
    """It names a variant that it has not got."""
    VALUE_TYPE = "value_type"
    """A value is not of the flag's type."""
    RULE_INCOMPLETE = "rule_incomplete"
    """A rule gives either a variant or a split."""
    WEIGHTS = "weights"
    """Weights are not negative and sum to 1."""
    CONDITION = "condition"
    """A condition is no CEL expression over the context, or can never be true or false."""
    FIELD_NOT_ALLOWED = "field_not_allowed"
    """A condition reads a member of the context that the settings do not allow."""
    RAMP_FALLS = "ramp_falls"
    """A ramp only rises, and a change lets nobody leave, nor does removing and adding anew; another salt begins anew."""
    SPLIT_CHANGED = "split_changed"
    """Who is in which variant does not change under the same salt, nor under the name of an experiment."""
    EXPERIMENT_TAKEN = "experiment_taken"
    """Another split has an experiment of this name."""
    NOT_COMPARABLE = "not_comparable"
    """An experiment has two variants or more, all with a weight, a baseline among them, and alpha between 0 and 1/2."""
    METRIC_NOT_ALLOWED = "metric_not_allowed"
    """The purpose may not see what a metric reads, what it adds up is no number, or two metrics have one name."""
    EXPOSURE_NOT_ALLOWED = "exposure_not_allowed"
    """The policy does not let the purpose see who saw what."""
    TOO_MANY = "too_many"
    """There are as many flags, or splits that ended, as there may be."""


def check_flag(flag: Flag, policy: Policy, context_fields: Collection[str]) -> ReadyFlag:
    """Make a flag ready.

    Args:
        flag: as written.
        policy: in force.
        context_fields: the members of the context that conditions may read.

    Raises:
        FlagRefusedError: it cannot be taken into force.
    """
    _check_variants(flag)
    for split, part in flag.experiments():
        _check_experiment(split, part, policy)
    salts = [rule.split.salt for rule in flag.rules if rule.split is not None]
    if len(set(salts)) < len(salts):
        raise FlagRefusedError(FlagRule.SPLIT_CHANGED)
    return ReadyFlag(flag, tuple(_ready(rule, flag, context_fields) for rule in flag.rules))


def check_change(
    new: Flag, old: Flag | None, others: Iterable[Flag], now: int, ended: Iterable[SplitPart] = ()
) -> None:
    """Insist that a change moves nobody, and takes no experiment's name.

    Args:
        new: as it is to be.
        old: as it is, if it is there.
        others: every other flag.
        ended: the splits that bind it although they ended (`EndedSplits.binding`).
        now: unix seconds.

    Raises:
        FlagRefusedError: it may not be made.
    """
    names = [part.id for _, part in new.experiments()]
    if len(set(names)) < len(names) or set(names) & _names(others):
        raise FlagRefusedError(FlagRule.EXPERIMENT_TAKEN)
    for before in (*splits_of(old), *ended):
        for after in splits_of(new):
            same = before.experiment is not None and after.experiment is not None
            if before.salt == after.salt or (same and _id(before) == _id(after)):
                _check_split_change(before, after, now)


def _check_split_change(before: SplitPart, after: SplitPart, now: int) -> None:
    fixed = [(each.salt, list(each.weights.items()), each.namespace) for each in (before, after)]
    if fixed[0] != fixed[1]:
        raise FlagRefusedError(FlagRule.SPLIT_CHANGED)
    if coverage_at(after.ramp, now, after.coverage) < coverage_at(before.ramp, now, before.coverage):
        raise FlagRefusedError(FlagRule.RAMP_FALLS)


def _check_variants(flag: Flag) -> None:
    if flag.default not in flag.variants:
        raise FlagRefusedError(FlagRule.UNKNOWN_VARIANT)
    for value in flag.variants.values():
        if not _is_of_type(value, flag.type):
            raise FlagRefusedError(FlagRule.VALUE_TYPE)


def _is_of_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, float) and not isfinite(value))


def _ready(rule: Rule, flag: Flag, context_fields: Collection[str]) -> ReadyRule:
    if (rule.variant is None) is (rule.split is None):
        raise FlagRefusedError(FlagRule.RULE_INCOMPLETE)
    if rule.variant is not None and rule.variant not in flag.variants:
        raise FlagRefusedError(FlagRule.UNKNOWN_VARIANT)
    if rule.split is not None:
        _check_split(rule.split, flag)
    if rule.when is None:
        return ReadyRule(rule, None, frozenset())
    try:
        condition = compile_condition(rule.when)
    except ExpressionError:
        raise FlagRefusedError(FlagRule.CONDITION) from None
    reads = frozenset(name for root, name in condition.reads if root == "context")
    named = {variable_of("context", name) for name in reads}
    if len(reads) < len(condition.reads) or any(
        each.partition("_")[0] in ("subject", "resource", "action")
        for each in set(condition.program.variables()) - named
    ):
        raise FlagRefusedError(FlagRule.CONDITION)
    if not reads <= set(context_fields):
        raise FlagRefusedError(FlagRule.FIELD_NOT_ALLOWED)
    if not reads and not _comes_to_a_truth_value(condition):
        raise FlagRefusedError(FlagRule.CONDITION)
    return ReadyRule(rule, condition.program, reads)


def _comes_to_a_truth_value(condition: Condition) -> bool:
    """Whether a condition that reads nothing is true or false; any other could never apply."""
    try:
        condition.holds(circumstances({}))
    except FAILURES:
        return False
    return True


def _check_split(split: SplitPart, flag: Flag) -> None:
    weights = split.weights.values()
    if not set(split.weights) <= set(flag.variants):
        raise FlagRefusedError(FlagRule.UNKNOWN_VARIANT)
    if not weights or min(weights) < 0 or abs(sum(weights) - 1) > _WHOLE:
        raise FlagRefusedError(FlagRule.WEIGHTS)
    if not rises(split.ramp, split.coverage):
        raise FlagRefusedError(FlagRule.RAMP_FALLS)


def _check_experiment(split: SplitPart, part: ExperimentPart, policy: Policy) -> None:
    comparable = len(split.weights) > 1 and min(split.weights.values()) > 0
    if not comparable or part.baseline not in split.weights or not 0 < part.alpha < 0.5:
        raise FlagRefusedError(FlagRule.NOT_COMPARABLE)
    seen = fields_seen(policy)
    if not {EXPERIMENT_FIELD, VARIANT_FIELD} <= seen.get(EXPOSURE_EVENT, frozenset()):
        raise FlagRefusedError(FlagRule.EXPOSURE_NOT_ALLOWED)
    names = [metric.name for metric in part.metrics]
    fields = MetricFields(policy, PURPOSE)
    for metric in part.metrics:
        if metric.event not in seen or not (
            metric.field is None or fields.can_add_up(metric.event, metric.field)
        ):
            raise FlagRefusedError(FlagRule.METRIC_NOT_ALLOWED)
    if not names or len(set(names)) < len(names):
        raise FlagRefusedError(FlagRule.METRIC_NOT_ALLOWED)


def fields_seen(policy: Policy) -> dict[str, frozenset[str]]:
    """What the purpose may see: event -> fields that need no further condition."""
    purpose = policy.purpose(PURPOSE)
    if purpose is None:
        return {}
    return {
        event: frozenset(rule.path for rule in rules if rule.condition is None)
        for event, rules in purpose.fields.events.items()
    }


def _names(flags: Iterable[Flag]) -> set[str]:
    return {part.id for flag in flags for _, part in flag.experiments()}


def _id(split: SplitPart) -> str | None:
    return None if split.experiment is None else split.experiment.id
