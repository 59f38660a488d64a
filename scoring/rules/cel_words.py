"""The words of a CEL expression, for those who admit a small, bounded part of the language only.

Two strings or a name in front of one (raw and byte strings) are no form of text here: whoever reads the words refuses them, or
finds that the CEL parser reads other words than these. So are comments: two strokes are two words, and no expression.

Source: the Common Expression Language specification, "Syntax".
"""

from __future__ import annotations

import re

from scoring.errors import ExpressionError

MAX_CHARACTERS = 1_000
MAX_DEPTH = 16
"""Brackets inside brackets."""

FAILURES = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What an expression that cannot be evaluated raises."""

END = ("end", "")
"""Follows the last word, twice."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<mark>&&|\|\||[=!<>]=|[<>!+*/%?:.,()\[\]-])""",
    re.ASCII,
)

Word = tuple[str, str]
"""Its kind (string, name, number, mark, end) and its text."""


def read_words(text: str) -> list[Word]:
    """The words of an expression, in order, and END twice.

    Raises:
        ExpressionError: it is longer than MAX_CHARACTERS, nested deeper than MAX_DEPTH, or holds what is no word.
    """
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"is longer than {MAX_CHARACTERS} characters")
    found: list[Word] = []
    at = depth = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError("uses a character that a condition may not")
        at = match.end()
        if match.lastgroup != "space":
            found.append((str(match.lastgroup), match[0]))
            depth += (match[0] in ("(", "[")) - (match[0] in (")", "]"))
        if depth > MAX_DEPTH:
            raise ExpressionError(f"is nested deeper than {MAX_DEPTH}")
    return [*found, END, END]
