"""The body of `POST /v1/decide`, strictly read: an app's question.

Duplicate keys are refused. The typed decoder cannot see them, so the colons are counted: outside strings there is exactly
one a key, so as many colons as decoded keys means that no key was written twice; any other number (a colon within a
string, a key that is written twice) goes to the slow strict parser, which knows.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from gateway.errors import BodyInvalidError
from gateway.wire.json_bodies import is_deeper, loads_strict


class Asked(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Whom the question is about: exactly one of the two."""

    id: str | None = None
    """The app's id of a signed-in person."""
    anonymous_id: str | None = None
    """The app's id of a browser or device."""


class AskedSignals(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Opt-out signals that came with the question; they can only narrow."""

    gpc: bool | str | int | msgspec.UnsetType | None = msgspec.UNSET
    """Global Privacy Control as the page saw it."""
    tcf: str | msgspec.UnsetType | None = msgspec.UNSET
    """An IAB TCF string."""
    gpp: str | msgspec.UnsetType | None = msgspec.UNSET
    """An IAB GPP string."""
    google: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    """A Google Consent Mode state."""


class Question(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What to show, to whom, where."""

    subject: Asked
    """Whom it is about."""
    placement: str | None = None
    """Where the slate will stand; `home` when not said."""
    limit: int | None = None
    """How many items, at most."""
    context: dict[str, Any] | None = None
    """Surroundings that are not about the person (a category page, say)."""
    signals: AskedSignals | None = None
    """The caller's opt-out signals."""
    exclude: list[str] | None = None
    """Items not to show."""
    candidates: list[str] | None = None
    """If given, only these may be shown."""
    item: str | None = None
    """The item that the page is about; out of stock, it is stood in for."""
    query: str | None = None
    """Words of a search. Purpose-bound: used for this slate only, if the person permits it, and kept nowhere."""
    basket: list[str] | None = None
    """What lies in the basket, in the order in which it was put there. Purpose-bound in the same way."""
    without: list[str] | None = None
    """Items of the history that are not to count in this slate."""
    explain: bool | None = None
    """Whether every addend is wanted, and not the strongest alone."""
    offers: bool | None = None
    """Whether the offers that the person holds are wanted with the slate."""

    @property
    def is_ordinary(self) -> bool:
        """Whether it brings nothing but what every question does."""
        return (
            self.item is None
            and self.query is None
            and self.basket is None
            and self.without is None
            and not self.explain
        )


_NAMES = frozenset(
    each.name for members in (Question, Asked, AskedSignals) for each in msgspec.structs.fields(members)
)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_MISSING = re.compile(r"Object missing required field `(\w+)`")

_decode = msgspec.json.Decoder(Question).decode


def parse_question(body: bytes, *, max_depth: int = 32) -> Question:
    """Read a question.

    Raises:
        BodyInvalidError: not JSON, an unknown or repeated member, or a wrong type.
    """
    if is_deeper(body, max_depth):
        raise BodyInvalidError
    try:
        question = _decode(body)
    except msgspec.ValidationError as exc:
        raise _where_at_fault(str(exc)) from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise BodyInvalidError from exc
    if body.count(b":") != _count_keys(question):
        loads_strict(body, max_depth=max_depth)
    return question


def _where_at_fault(said: str) -> BodyInvalidError:
    """What the typed decoder says, without what it read: an unknown member may be called like a path, so only our names pass."""
    found = _STEP.findall(said.rpartition(" - at `$")[2] if " - at `$" in said else "")
    steps = [f"/{name or place}" for name, place in found if place or name in _NAMES]
    if said.startswith("Object contains unknown field"):
        # The name is theirs, and may read like a path: no number in it is a place.
        ours = "".join(f"/{name}" for name, _ in found if name in _NAMES)
        return BodyInvalidError(pointer=f"#{ours}/*", code="extra_forbidden")
    missing = _MISSING.match(said)
    return BodyInvalidError(
        pointer=f"#{''.join(steps)}{'/' + missing[1] if missing else ''}",
        code="missing" if missing else "wrong_type",
    )


def _count_keys(question: Question) -> int:
    """How many keys were decoded, never more than the body has (a null member or an object in the context counts less)."""
    subject, signals, context = question.subject, question.signals, question.context
    n = 1 + (subject.id is not None) + (subject.anonymous_id is not None)
    n += (question.placement is not None) + (question.limit is not None)
    n += (question.exclude is not None) + (question.candidates is not None)
    n += (question.item is not None) + (question.query is not None) + (question.basket is not None)
    n += (question.without is not None) + (question.explain is not None) + (question.offers is not None)
    if context is not None:
        n += 1 + len(context)
    if signals is not None:
        n += 1 + sum(
            each is not msgspec.UNSET for each in (signals.gpc, signals.tcf, signals.gpp, signals.google)
        )
    return n
