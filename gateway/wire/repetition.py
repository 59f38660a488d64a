"""Whether a body may repeat a member: two readers of one JSON text must see one person and one claim.

The typed decoder takes the last of two equal members and cannot tell. So what it found is held against the bytes: as many
spellings of a member's name as values found, and no escape that could spell a letter of it, mean that none is written twice. In
any other case (a person called "userId", a null, a repetition) the strict parser, which is slow, has to say.

Source: RFC 8259, section 4; RFC 7493 (I-JSON), section 2.3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Protocol

from gateway.errors import BodyInvalidError

_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")


class Claiming(Protocol):
    """A context with the two members that make claims about consent; empty where it has none."""

    consent: Any
    consentManagement: Any  # noqa: N815 - the wire's name


class Identified(Protocol):
    """An event, decoded: the members that say who it is about, and the one that makes claims about consent."""

    userId: Any  # noqa: N815 - the wire's name
    anonymousId: Any  # noqa: N815 - the wire's name
    previousId: Any  # noqa: N815 - the wire's name
    context: Any
    """A `Claiming`, or another JSON value, or None."""


def may_repeat(body: bytes, events: Sequence[Identified | None], context: Any = None) -> bool:
    """Whether a member that names a person or claims something about consent may stand somewhere more than once.

    Args:
        body: the JSON text of all the events.
        events: what was decoded of it; None where nothing could be.
        context: that of the request as a whole.
    """
    read = [event for event in events if event is not None]
    contexts = [event.context for event in read if event.context is not None]
    if context is not None:
        contexts.append(context)
    return (
        spells_letters(body)
        or body.count(b'"writeKey"') > 1
        or body.count(b'"userId"') != sum([event.userId is not None for event in read])
        or body.count(b'"anonymousId"') != sum([event.anonymousId is not None for event in read])
        or body.count(b'"context"') != len(contexts)
        or (b'"previousId"' in body and _differ(body, b'"previousId"', [e.previousId for e in read]))
        or (b'"consent' in body and _claims_may_repeat(body, contexts))
    )


def insist_on_single_members(body: bytes) -> None:
    """Refuse a batch that repeats a member of its own; a repetition within an event spoils that event only.

    Raises:
        BodyInvalidError: a member of the batch or of its context stands twice.
    """
    try:
        members = json.loads(body, object_pairs_hook=_Members)
    except (ValueError, RecursionError) as exc:
        raise BodyInvalidError from exc
    if members.repeat() or any(
        value.any_repeats() for name, value in members if name == "context" and type(value) is _Members
    ):
        raise BodyInvalidError


def _claims_may_repeat(body: bytes, contexts: Sequence[Any]) -> bool:
    members = [(getattr(each, "consent", b""), getattr(each, "consentManagement", b"")) for each in contexts]
    return _differ(body, b'"consent"', [bytes(one) or None for one, _ in members]) or _differ(
        body, b'"consentManagement"', [bytes(other) or None for _, other in members]
    )


def _differ(body: bytes, spelling: bytes, values: Sequence[Any]) -> bool:
    return body.count(spelling) != sum([value is not None for value in values])


def spells_letters(body: bytes) -> bool:
    """Whether a letter is written as an escape, as no encoder does."""
    return b"\\" in body and _ESCAPED_LETTER.search(body) is not None


class _Members(list[tuple[str, Any]]):
    """An object's members as they stand in the text."""

    def repeat(self) -> bool:
        """Whether a name stands twice."""
        return len({name for name, _ in self}) < len(self)

    def any_repeats(self) -> bool:
        """Whether one does here or in an object below."""
        return self.repeat() or any(value.any_repeats() for _, value in self if type(value) is _Members)
