"""What is wrong with a setting, in words, and without its value.

The checks of pydantic say what a value should be; our own name a rule. A message of pydantic's that quotes what it read is not
used.
"""

from __future__ import annotations

import re
from typing import get_args

from pydantic_core.core_schema import ErrorType

_OURS = {"extra_forbidden": "there is no such setting", "missing": "is missing"}
_QUOTES = frozenset(("union_tag_invalid",))
_CHECKED = frozenset(get_args(ErrorType)) - _QUOTES
_SHOULD = re.compile(r"^(?:[A-Z][a-z]+) should ")


def say(code: str, message: str) -> str:
    """A finding of the settings in words.

    Args:
        code: its type, as pydantic or a rule of ours names it.
        message: its message.

    Returns:
        What goes behind the setting's name; empty where the code is all there is to say.
    """
    if code in _OURS:
        return _OURS[code]
    if code in _CHECKED:
        return _SHOULD.sub("must ", message)
    return "" if code in _QUOTES else f"{code.replace('_', ' ')}: {message}"
