"""Rules and segments: conditions over permitted signals, and what is done when they hold.

The reader's path: `model` (what a rule is) -> `expression` (its condition) -> `engine` (a signal comes, or a time passes) ->
`limits` (whether it may act now) -> `standing` (what is remembered of a person) -> `effects` (what is to be recorded).

Pure: times, permissions and limits are arguments or ports. An effect counts at once and is taken back if the log cannot take it.
What is remembered follows from the records of effects, so a restart leads to the same state.
"""

from scoring.rules.effects import EXPECTED, RECORD_FIELDS, RECORD_NAMES, Effect, EffectKind
from scoring.rules.engine import Engine
from scoring.rules.expression import Expression, compile_expression, variable_of
from scoring.rules.limits import NotificationLimits, Suppression, zone_of
from scoring.rules.model import (
    Absence,
    Action,
    ActionKind,
    Conversion,
    Declared,
    Definitions,
    Firing,
    Rule,
    Segment,
)
from scoring.rules.standing import Standing
from scoring.rules.statistics import RuleStatistics

__all__ = [
    "EXPECTED",
    "RECORD_FIELDS",
    "RECORD_NAMES",
    "Absence",
    "Action",
    "ActionKind",
    "Conversion",
    "Declared",
    "Definitions",
    "Effect",
    "EffectKind",
    "Engine",
    "Expression",
    "Firing",
    "NotificationLimits",
    "Rule",
    "RuleStatistics",
    "Segment",
    "Standing",
    "Suppression",
    "compile_expression",
    "variable_of",
    "zone_of",
]
