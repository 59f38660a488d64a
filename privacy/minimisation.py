"""Minimisation: of an event's attributes, only what one purpose may see. Pure.

- Allow-list: what no rule names does not pass. An event that no rule names does not pass at all.
- A value of the wrong type is dropped. Nothing is mended.
- Each field is taken by itself: what else the client sent never changes it.
- The result mirrors the shape of the input (`{"products": [{"product_id": ...}]}`), and shares nothing of it that may
  not be kept.
- Two purposes are two compilations and two results. There is no way to join them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol, TypeAlias

from privacy.errors import FieldRuleError
from privacy.fields import FieldPolicy, FieldRule
from privacy.transforms import Taker, taker_of

MAX_LIST_OBJECTS = 200
"""Objects read of a list; those after are dropped."""


class Attributes(Protocol):
    """What an event carries, by name. A dict is one; so is a decoded struct with a `get`."""

    def get(self, key: str, /) -> object | None:
        """The value of that name, or None."""
        ...


class EventFields:
    """The compiled rules of one purpose for one event."""

    __slots__ = ("paths", "plan")

    def __init__(self, paths: frozenset[str], plan: tuple[tuple[str, Taker], ...]) -> None:
        """Hold the paths that may come out, and how each top-level attribute is taken."""
        self.paths = paths
        self.plan = plan


MakesTaker: TypeAlias = Callable[[FieldRule], Taker]
"""What a rule becomes: `taker_of` for what comes in, `taker_again_of` for what was kept before."""

CompiledFields: TypeAlias = Mapping[str, EventFields]
"""Event name -> its compiled rules; a name that is absent is an unknown event."""


def compile_fields(
    policy: FieldPolicy, conditions: Iterable[str] = (), taker: MakesTaker = taker_of
) -> CompiledFields:
    """Compile a purpose's rules once.

    Args:
        policy: the rules.
        conditions: the conditions that hold: fields asking for another one are left out.
        taker: what each rule becomes.

    Raises:
        FieldRuleError: two rules contradict one another (a field that is also an object).
    """
    given = frozenset(conditions)
    compiled = {}
    for event, rules in policy.events.items():
        _build_plan(rules, taker)  # every rule is checked, also one whose condition does not hold now
        kept = tuple(rule for rule in rules if rule.condition is None or rule.condition in given)
        compiled[event] = EventFields(frozenset(rule.path for rule in kept), _build_plan(kept, taker))
    return MappingProxyType(compiled)


def minimise(attributes: Attributes, fields: EventFields | None) -> dict[str, object] | None:
    """What may be kept of an event for one purpose.

    Args:
        attributes: what the event carries.
        fields: the purpose's compiled rules for this event; None when it has none.

    Returns:
        The allowed fields, perhaps none of them; None when the event is unknown to the purpose.
    """
    if fields is None:
        return None
    kept: dict[str, object] = {}
    get = attributes.get
    for name, take in fields.plan:
        value = get(name)
        if value is not None:
            value = take(value)
            if value is not None:
                kept[name] = value
    return kept


def name_dropped(
    attributes: Iterable[str], fields: EventFields, vocabulary: frozenset[str]
) -> tuple[list[str], int]:
    """Which top-level attributes no rule takes, without repeating a name that only the client knows.

    Args:
        attributes: the names of what the event carries.
        fields: the purpose's compiled rules for this event.
        vocabulary: the policy's own names.

    Returns:
        (names that the policy knows from elsewhere, in order; how many others there were).
    """
    taken = {name for name, _ in fields.plan}
    dropped = [name for name in attributes if name not in taken]
    named = sorted(name for name in dropped if name in vocabulary)
    return named, len(dropped) - len(named)


def inner_dropped(attributes: Mapping[str, object], paths: frozenset[str]) -> Iterator[str]:
    """The places inside objects and lists of objects that no rule takes, as a policy would spell them.

    Args:
        attributes: what the event carries.
        paths: of the rules (`EventFields.paths`). Where none leads into an attribute, nothing in it is told.

    Returns:
        A path for each time something was dropped. It may hold a name that only the client knows: not to be repeated.
    """
    inside = _inside_of(paths)
    for name, value in attributes.items():
        for path, each in _inner(name, value):
            if path in inside:
                yield from _dropped_in(path, each, inside)


@lru_cache(maxsize=1024)
def _inside_of(paths: frozenset[str]) -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """Of each object that rules lead into: the names in it that they take or go on through, and the latter alone."""
    named: dict[str, set[str]] = {}
    for path in paths:
        steps = path.split(".")
        for at in range(1, len(steps)):
            named.setdefault(".".join(steps[:at]), set()).add(steps[at].removesuffix("[]"))
    through = {path.removesuffix("[]") for path in named}
    return {
        path: (frozenset(names), frozenset(name for name in names if f"{path}.{name}" in through))
        for path, names in named.items()
    }


def _dropped_in(
    path: str,
    values: Mapping[str, object],
    inside: Mapping[str, tuple[frozenset[str], frozenset[str]]],
) -> Iterator[str]:
    named, through = inside[path]
    for name in values.keys() - named:
        yield f"{path}.{name}"
    for name in values.keys() & through:
        for below, each in _inner(f"{path}.{name}", values[name]):
            if below in inside:
                yield from _dropped_in(below, each, inside)


def _inner(path: str, value: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The objects that an attribute is made of, each with its path."""
    if isinstance(value, dict):
        yield path, value
    elif isinstance(value, list):
        yield from ((f"{path}[]", each) for each in value[:MAX_LIST_OBJECTS] if isinstance(each, dict))


def _build_plan(rules: Iterable[FieldRule], taker: MakesTaker) -> tuple[tuple[str, Taker], ...]:
    return _plan_of([(rule.segments, rule) for rule in rules], taker)


def _plan_of(
    rules: list[tuple[tuple[str, ...], FieldRule]], taker: MakesTaker
) -> tuple[tuple[str, Taker], ...]:
    steps: dict[str, list[tuple[tuple[str, ...], FieldRule]]] = {}
    for segments, rule in rules:
        steps.setdefault(segments[0], []).append((segments[1:], rule))
    plan = []
    for step, below in steps.items():
        name = step.removesuffix("[]")
        if (name != step and name in steps) or (len(below) > 1 and any(not rest for rest, _ in below)):
            raise FieldRuleError("a field is either a value, an object or a list of objects")
        if not below[0][0]:
            plan.append((name, taker(below[0][1])))
        elif name == step:
            plan.append((name, _object_taker(_plan_of(below, taker))))
        else:
            plan.append((name, _list_taker(_plan_of(below, taker))))
    return tuple(plan)


def _object_taker(plan: tuple[tuple[str, Taker], ...]) -> Taker:
    fields = EventFields(frozenset(), plan)

    def take(value: object) -> object | None:
        return (minimise(value, fields) or None) if isinstance(value, dict) else None

    return take


def _list_taker(plan: tuple[tuple[str, Taker], ...]) -> Taker:
    fields = EventFields(frozenset(), plan)

    def take(value: object) -> object | None:
        if not isinstance(value, list):
            return None
        kept = [minimise(each, fields) for each in value[:MAX_LIST_OBJECTS] if isinstance(each, dict)]
        return [each for each in kept if each] or None

    return take
