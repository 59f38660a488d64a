"""The condition of a permit: a CEL expression in a small, bounded part of the language.

| may read | |
|---|---|
| `subject.id`, `subject.type`, `subject.properties.NAME` | likewise `resource` |
| `action.name`, `action.properties.NAME` | |
| `context.NAME` | |

- Every attribute it reads is known before it is run: a permit of which one is missing does not apply.
- No pattern matching, no maps, no macro inside a macro, at most 1,000 characters: the time it takes is bounded by the
  lists it reads.
- Each path becomes one variable before the CEL parser sees it, so that what it finds in the expression and what was
  found here must be the same; and a flat variable is many times cheaper to hand over than an object.

Source: the Common Expression Language specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cel

from scoring import EXPRESSION_FAILURES, ExpressionError, read_words

FAILURES = EXPRESSION_FAILURES
"""What an expression that cannot be evaluated raises."""

_ROOTS: Mapping[str, tuple[str, ...]] = {
    "subject": ("id", "type"),
    "resource": ("id", "type"),
    "action": ("name",),
    "context": (),
}
"""What can be read, and what of it is always there."""
_WORDS = frozenset({"true", "false", "in"})
_MACROS = frozenset({"all", "exists", "exists_one"})
_METHODS = frozenset({"startsWith", "endsWith", "contains", "size"}) | _MACROS
_FUNCTIONS = frozenset({"size", "int", "double", "timestamp", "duration"})
_OPERATORS = frozenset(
    [
        "_&&_",
        "_||_",
        "!_",
        "-_",
        "_==_",
        "_!=_",
        "_<_",
        "_<=_",
        "_>_",
        "_>=_",
        "_+_",
        "_-_",
        "_*_",
        "_/_",
        "_%_",
        "_?_:_",
        "_[_]",
        "@in",
        "@not_strictly_false",
    ]
)
"""As the CEL parser names them; the last is what it makes of a macro."""

Read = tuple[str, str]
"""A root and the name of an attribute."""


def variable_of(root: str, name: str, *, attribute: bool = True) -> str:
    """What a path is called in the program."""
    return f"{root}_p_{name}" if attribute else f"{root}_{name}"


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A condition, ready to be run."""

    program: cel.Program
    """The compiled expression."""
    reads: frozenset[Read]
    """The attributes it reads."""

    def holds(self, circumstances: cel.Context) -> bool:
        """Whether it holds.

        Raises:
            TypeError: it is neither true nor false.
            FAILURES: it cannot be evaluated.
        """
        result = self.program.execute(circumstances)
        if type(result) is not bool:
            raise TypeError("a condition must come to true or false")
        return result


def compile_condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        ExpressionError: it is no CEL expression, or more than a condition may be.
    """
    words = _Words(read_words(text))
    words.check()
    try:
        program = cel.compile(" ".join(words.flat))
    except FAILURES:
        raise ExpressionError("is no CEL expression") from None
    functions = set(program.functions()) - _OPERATORS - _FUNCTIONS - _METHODS
    if functions or not set(program.variables()) <= words.variables | words.bound:
        raise ExpressionError("uses something that a condition may not")
    return Condition(program, frozenset(words.reads))


class _Words:
    """The words of an expression, one after the other."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self.reads: set[Read] = set()
        self.variables: set[str] = set()
        self.bound: set[str] = set()
        self.flat: list[str] = []
        self._path_end = 0
        self._macros = 0

    def check(self) -> None:
        """Go through all of them.

        Raises:
            ExpressionError: one of them may not stand where it stands.
        """
        for place, (kind, word) in enumerate(self._tokens):
            before = self._tokens[place - 1] if place else ("start", "")
            if kind == "string" and before[0] in ("string", "name") and before[1] != "in":
                raise ExpressionError("uses a form of text that a condition may not")
            if kind == "name" and before[1] != ".":
                self._check_name(place, word)
            elif kind == "name":
                self._check_member(place, word)
            if place >= self._path_end:
                self.flat.append(word)

    def _check_name(self, place: int, word: str) -> None:
        if word in _ROOTS:
            self._check_path(place, word)
        elif self._is_call(place):
            if word not in _FUNCTIONS:
                raise ExpressionError("calls a function that a condition may not")
        elif word not in _WORDS and word not in self.bound:
            raise ExpressionError("names something that does not exist")

    def _check_member(self, place: int, word: str) -> None:
        """A name after a dot: a method, or a part of a path that was checked at its root."""
        if place < self._path_end:
            return
        if not self._is_call(place):
            raise ExpressionError("reads a part of a value, and values have none")
        if word not in _METHODS:
            raise ExpressionError("calls a method that a condition may not")
        if word in _MACROS:
            self._macros += 1
            kind, variable = self._tokens[place + 2]
            if self._macros > 1 or kind != "name" or variable.partition("_")[0] in _ROOTS.keys() | _WORDS:
                raise ExpressionError("uses more than one macro, or one with no variable of its own")
            self.bound.add(variable)

    def _check_path(self, place: int, root: str) -> None:
        path = self._path(place)
        is_attribute = (len(path) == 1) if root == "context" else (len(path) == 2 and path[0] == "properties")
        if is_attribute:
            self.reads.add((root, path[-1]))
        elif len(path) != 1 or path[0] not in _ROOTS[root]:
            raise ExpressionError("reads something that does not exist")
        variable = variable_of(root, path[-1], attribute=is_attribute)
        self.variables.add(variable)
        self.flat.append(variable)
        self._path_end = place + 1 + 2 * len(path)

    def _path(self, place: int) -> list[str]:
        """The names after a root, up to a call."""
        found = []
        at = place + 1
        while (
            self._tokens[at] == ("mark", ".")
            and self._tokens[at + 1][0] == "name"
            and not self._is_call(at + 1)
        ):
            found.append(self._tokens[at + 1][1])
            at += 2
        return found

    def _is_call(self, place: int) -> bool:
        return self._tokens[place + 1] == ("mark", "(")


def circumstances(known: Mapping[str, Any]) -> cel.Context:
    """What conditions are run on: the values of `variable_of`."""
    return cel.Context(dict(known))
