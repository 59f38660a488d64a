"""Is the name of an unknown member a slip for a known one? An item whose `blockd` were passed over would be shown. Pure.

Slips are counted, and not measured as the share of letters in common (`difflib`): by that `subtitle` is nearer to `title` than
two slips in `blocked` leave it.
"""

from __future__ import annotations

from collections.abc import Iterable

_LEAST_LETTERS = 4
_TWO_SLIPS_FROM = 7
_ASKING = ("is", "in")
"""What some put before a member: `is_blocked`, `inStock`."""


def meant_by(name: str, known: Iterable[str]) -> str | None:
    """The known member that an unknown one is a slip for, if it is one: spelt otherwise, or a letter off, or two in a long word.

    Args:
        name: of the unknown member.
        known: what it may be a slip for.
    """
    folded = _folded(name)
    bare = [folded, *(folded.removeprefix(each) for each in _ASKING)]
    for member in known:
        if any(_is_near(each, _folded(member)) for each in bare):
            return member
    return None


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _is_near(name: str, member: str) -> bool:
    if len(member) < _LEAST_LETTERS:
        return name == member
    most = 2 if len(member) >= _TWO_SLIPS_FROM else 1
    return abs(len(name) - len(member)) <= most and _slips(name, member) <= most


def _slips(left: str, right: str) -> int:
    """Letters too many, too few, wrong, or two in the wrong order: the optimal string alignment distance."""
    before, last = [0] * (len(right) + 1), list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        row = [i]
        for j, other in enumerate(right, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and (letter, left[i - 2]) == (right[j - 2], other):
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
