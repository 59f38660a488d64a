"""A condition on what a question says of its surroundings: CEL over `context.NAME`, in the small part of it that rules have.

Whoever asks says what the surroundings are (a device, a zone, the weather); nothing is measured, and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scoring.errors import ExpressionError
from scoring.rules.cel_words import FAILURES
from scoring.rules.expression import Expression, compile_expression, variable_of


@dataclass(frozen=True, slots=True, eq=False)
class Circumstance:
    """A condition, ready to be held against contexts."""

    expression: Expression
    """What it says."""

    def holds(self, context: Mapping[str, object]) -> bool:
        """Whether a context is like that. One that lacks what is read, or has something of another kind there, is not."""
        known = {name: context.get(name) for name in self.expression.fields}
        if not all(isinstance(value, str | int | float) for value in known.values()):
            return False
        try:
            return self.expression.evaluate({variable_of(k): v for k, v in known.items()}) is True
        except FAILURES:
            return False


def compile_circumstance(text: str) -> Circumstance:
    """Read a condition.

    Raises:
        ExpressionError: it is no CEL expression over the context, or reads nothing of it.
    """
    expression = compile_expression(text, ("context",))
    if expression.features or not expression.fields:
        raise ExpressionError("does not depend on the context alone")
    return Circumstance(expression)
