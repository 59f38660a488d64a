"""Whether a body may name somebody twice: two readers of one JSON text must see one person.

The typed decoder takes the last of two equal members and cannot tell. So what it found is held against the bytes: as many
spellings of a member's name as values found, and no escape that could spell a letter of it, mean that none is written twice. In
any other case (somebody called "userId", a null, a repetition) the strict parser, which is slow, has to say.

Source: RFC 8259, section 4; RFC 7493 (I-JSON), section 2.3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")


class Identified(Protocol):
    """An event with the two members that say who it is about, decoded."""

    userId: Any  # noqa: N815 - the wire's name
    anonymousId: Any  # noqa: N815 - the wire's name


def may_name_twice(body: bytes, events: Sequence[Identified | None]) -> bool:
    """Whether the members that name a person may stand in an event more than once.

    Args:
        body: the JSON text of all the events.
        events: what was decoded of it; None where nothing could be.
    """
    return (
        spells_letters(body)
        or body.count(b'"userId"')
        != sum([event is not None and event.userId is not None for event in events])
        or body.count(b'"anonymousId"')
        != sum([event is not None and event.anonymousId is not None for event in events])
    )


def spells_letters(body: bytes) -> bool:
    """Whether a letter is written as an escape, as no encoder does."""
    return b"\\" in body and _ESCAPED_LETTER.search(body) is not None
