"""The usual evaluation and the usual list of them, read in one step: entities of a type and an id, and nothing else.

What is not exactly that is left to `gateway.wire.json_bodies` and `gateway.authzen.reading`, which say what is wrong with it.
Nothing passes here that they would refuse, and what passes is read as they would read it (a property test holds both together):

- No other member, no escape, no value but texts within the limits: so a repeated member shows in the number of quotation marks.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from gateway.authzen.reading import MAX_EVALUATIONS, Entity, Evaluation, Evaluations, Semantic, Text

USUAL_DEPTH = 4
"""How deep such a list is nested; an evaluation alone is nested less."""

_ENTITY_QUOTES = 10
"""Of an entity: its name, and the names and values of type and id."""
_ACTION_QUOTES = 6
_LIST_QUOTES = 2


class _Action(Struct, frozen=True, forbid_unknown_fields=True):
    name: Text


class _Members(Struct, frozen=True, forbid_unknown_fields=True):
    subject: Entity | None = None
    action: _Action | None = None
    resource: Entity | None = None


class _Whole(_Members, frozen=True, forbid_unknown_fields=True, kw_only=True):
    evaluations: Annotated[list[_Members], Meta(min_length=1, max_length=MAX_EVALUATIONS)]


_decode = msgspec.json.Decoder(_Whole).decode
_decode_one = msgspec.json.Decoder(_Members).decode


def read_usual_one(body: bytes) -> Evaluation | None:
    """The one question; None if the body is of another form, or wrong."""
    if b"\\" in body or body.count(b'"') != 2 * _ENTITY_QUOTES + _ACTION_QUOTES:
        return None
    try:
        asked = _decode_one(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if asked.subject is None or asked.action is None or asked.resource is None:
        return None
    return Evaluation(asked.subject, asked.action.name, asked.resource)


def read_usual(body: bytes) -> Evaluations | None:
    """The questions, all of them to be answered; None if the body is of another form, or wrong."""
    if b"\\" in body:
        return None
    try:
        whole = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    parts = whole.evaluations
    subjects = [part.subject for part in parts]
    actions = [part.action for part in parts]
    resources = [part.resource for part in parts]
    entities = 2 * (len(parts) + 1) - (*subjects, *resources, whole.subject, whole.resource).count(None)
    names = len(parts) + 1 - (*actions, whole.action).count(None)
    if body.count(b'"') != _ENTITY_QUOTES * entities + _ACTION_QUOTES * names + _LIST_QUOTES:
        return None
    items = [
        Evaluation(subject, action.name, resource)
        for subject, action, resource in zip(
            (each or whole.subject for each in subjects),
            (each or whole.action for each in actions),
            (each or whole.resource for each in resources),
            strict=True,
        )
        if subject and action and resource
    ]
    return Evaluations(tuple(items), Semantic.ALL) if len(items) == len(parts) else None
