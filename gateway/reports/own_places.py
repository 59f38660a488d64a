"""Where one person's entries are, found by the tags that only their evidence key leads to. Nothing is kept of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.evidence.first_numbers import FirstNumbers
from gateway.memory.owners import tag_text, text_of_tag


def places_of(
    keys: Iterable[bytes], entries: Iterable[tuple[int, bytes]], first: FirstNumbers
) -> tuple[int, ...]:
    """The indices of the entries that evidence keys lead to, ascending.

    Args:
        keys: the evidence keys of the person and of the devices that are theirs, 32 bytes each.
        entries: the log's, with their indices, in order, as many as there still are.
        first: with which numbers they begin.
    """
    expected = {text_of_tag(key, first.of(key)): (key, first.of(key)) for key in keys}
    found: list[int] = []
    for index, entry in entries:
        tag = tag_text(entry)
        if tag is not None and tag in expected:
            key, number = expected.pop(tag)
            found.append(index)
            expected[text_of_tag(key, number + 1)] = key, number + 1
    return tuple(found)
