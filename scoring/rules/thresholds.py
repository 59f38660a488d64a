"""With which numbers an expression compares something that grows by the second: between two of them it stays as it is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from scoring.rules.cel_words import Word

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_BEFORE = frozenset({"(", "&&", "||", "?", ":"})
_AFTER = frozenset({")", "&&", "||", "?", ":", ""})


def compared_with(words: Sequence[Word], variables: Collection[str]) -> Mapping[str, frozenset[float]]:
    """The variables that occur in nothing but comparisons with a number, and these numbers.

    Args:
        words: of an expression, with its end.
        variables: those that are asked about.
    """
    found: dict[str, set[float]] = {}
    otherwise = set()
    padded: list[Word] = [
        ("mark", "("),
        ("mark", "("),
        ("mark", "("),
        *words,
        ("end", ""),
        ("end", ""),
        ("end", ""),
    ]
    for at, (kind, word) in enumerate(padded):
        if kind != "name" or word not in variables:
            continue
        number = _number_beside(padded, at)
        if number is None:
            otherwise.add(word)
        else:
            found.setdefault(word, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items() if name not in otherwise}


def _number_beside(words: Sequence[Word], at: int) -> float | None:
    before, after = [word for _, word in words[at - 3 : at]], [word for _, word in words[at + 1 : at + 4]]
    if (
        after[0] in _COMPARISONS
        and words[at + 2][0] == "number"
        and before[2] in _BEFORE
        and after[2] in _AFTER
    ):
        return float(after[1])
    if (
        before[2] in _COMPARISONS
        and words[at - 2][0] == "number"
        and before[0] in _BEFORE
        and after[0] in _AFTER
    ):
        return float(before[1])
    return None
