"""Who wants to do what with which resource: reading one question, or several of one request.

Where the question is about consent (`gateway.authzen.permissions` judges it):

| AuthZEN | Volens |
|---|---|
| `subject` | the service or model that wants to use data; its `id` is recorded for the person |
| `action.name` | the purpose, by its id in the policy |
| `resource` | `data_subject` with the app's id of a signed-in person, or `anonymous_subject` with that of a browser |
| `context.sec_gpc` | `"1"`: the person's browser sent Global Privacy Control; any value but a clear no counts as that |

- What is missing or of a wrong type is refused; what is unknown is ignored; a type of resource that we do not know is denied.
- Of several evaluations each takes what it does not say from the request as a whole: whole entities, never merged.

Source: OpenID AuthZEN Authorization API 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any

from msgspec import Meta, Struct

from consent import says_gpc
from gateway.errors import BodyInvalidError

PERSON = "data_subject"
"""The type of a resource that is a signed-in person's data."""
ANONYMOUS = "anonymous_subject"
"""The type of a resource that is a browser's or device's data."""
MAX_EVALUATIONS = 1_000
"""In one request."""
MAX_TEXT = 256
"""Characters of an id, a type or a name."""

Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
"""What is read as an id, a type or a name."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Semantic(StrEnum):
    """When a list of evaluations is done."""

    ALL = "execute_all"
    """When every one has its answer."""
    FIRST_DENY = "deny_on_first_deny"
    """After the first denial."""
    FIRST_PERMIT = "permit_on_first_permit"
    """After the first permission."""


class Entity(Struct, frozen=True, forbid_unknown_fields=True):
    """A subject or a resource."""

    type: Text
    """What it is."""
    id: Text
    """Which one; empty if that is what a search is for."""
    properties: Mapping[str, Any] = _NOTHING
    """What the request says about it. Only rules of a tenant read it."""


class Evaluation(Struct, frozen=True):
    """One question: may this subject do that?"""

    subject: Entity
    """Who wants to."""
    action: str
    """What is to be done."""
    resource: Entity
    """What it is to be done with."""
    gpc: bool = False
    """Whether the context carries Global Privacy Control."""
    action_properties: Mapping[str, Any] = _NOTHING
    """What the request says about the action. Only rules of a tenant read it."""
    context: Mapping[str, Any] = _NOTHING
    """What the request says about the circumstances. Only rules of a tenant read it."""


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Several questions of one request."""

    items: tuple[Evaluation | None, ...]
    """In order; None where one cannot be read."""
    semantic: Semantic
    """When they are done."""


def read_evaluations(body: Any) -> Evaluation | Evaluations:
    """Read the body of `/access/v1/evaluations`; without a list it is that of a single evaluation.

    Raises:
        BodyInvalidError: it does not have the form of one.
    """
    listed = require_object(body).get("evaluations", [])
    options = require_object(body.get("options", {}))
    if listed == []:
        return read_evaluation(body)
    if type(listed) is not list or len(listed) > MAX_EVALUATIONS:
        raise BodyInvalidError
    try:
        semantic = Semantic(options.get("evaluations_semantic", Semantic.ALL))
    except ValueError:
        raise BodyInvalidError from None
    whole = _Whole(body)
    return Evaluations(tuple(_read_or_none(item, whole) for item in listed), semantic)


def read_evaluation(body: Any) -> Evaluation:
    """Read one evaluation.

    Args:
        body: decoded JSON.

    Raises:
        BodyInvalidError: something required is missing, or of a wrong type.
    """
    return _Whole(require_object(body)).evaluation()


class _Whole:
    """The members of a request. What several of its evaluations share is read once, and only if one of them needs it."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self._said = said

    @cached_property
    def subject(self) -> Entity:
        return read_entity(self._said.get("subject"))

    @cached_property
    def resource(self) -> Entity:
        return read_entity(self._said.get("resource"))

    @cached_property
    def action(self) -> tuple[str, Mapping[str, Any]]:
        return _read_action(self._said.get("action"))

    @cached_property
    def context(self) -> Mapping[str, Any]:
        return read_context(self._said)

    def evaluation(self, defaults: _Whole | None = None) -> Evaluation:
        """The question: each member from here if it is named here, from `defaults` otherwise; never merged."""
        said = self._said
        other = defaults or self
        action = _read_action(said["action"]) if "action" in said else other.action
        context = read_context(said) if "context" in said else other.context
        return Evaluation(
            read_entity(said["subject"]) if "subject" in said else other.subject,
            action[0],
            read_entity(said["resource"]) if "resource" in said else other.resource,
            says_gpc(context.get("sec_gpc")),
            action[1],
            context,
        )


def _read_action(value: Any) -> tuple[str, Mapping[str, Any]]:
    said = require_object(value)
    return _text(said.get("name")), _properties(said)


def read_entity(value: Any, *, searched: bool = False) -> Entity:
    """Read a subject or a resource; of one that is searched the id is not looked at.

    Raises:
        BodyInvalidError: it does not have the form of one.
    """
    said = require_object(value)
    return Entity(_text(said.get("type")), "" if searched else _text(said.get("id")), _properties(said))


def read_context(body: Mapping[str, Any]) -> dict[str, Any]:
    """The context of a request; empty if there is none.

    Raises:
        BodyInvalidError: it is no object.
    """
    return require_object(body.get("context", {}))


def require_object(value: Any) -> dict[str, Any]:
    """Insist on a JSON object.

    Raises:
        BodyInvalidError: it does not have the form of one.
    """
    if type(value) is not dict:
        raise BodyInvalidError
    return value


def _read_or_none(item: Any, whole: _Whole) -> Evaluation | None:
    try:
        return _Whole(require_object(item)).evaluation(whole)
    except BodyInvalidError:
        return None


def _properties(said: Mapping[str, Any]) -> Mapping[str, Any]:
    return require_object(said["properties"]) if "properties" in said else _NOTHING


def _text(value: Any) -> str:
    if type(value) is not str or not 0 < len(value) <= MAX_TEXT:
        raise BodyInvalidError
    return value
