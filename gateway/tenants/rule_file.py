"""From the bytes of a tenant's file to a `RuleSet`, or to the list of everything that is wrong with it.

- Strict: a key that is not known is a finding, not a comment.
- Consistent: a permit names types that exist, its condition reads attributes that they have, every entity has every
  stored attribute of its type.
- Each condition is tried on sample values: one that compares a text with a number is found here and not at night.

Source: TOML 1.0. `docs/authzen-tenants.md` describes the file.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from gateway.errors import Mistake
from gateway.tenants.condition import (
    FAILURES,
    Condition,
    circumstances,
    compile_condition,
    variable_of,
)
from gateway.tenants.errors import RuleSetError
from gateway.tenants.model import AttributeKind, Declaration, Entities, Permit, RuleSet, Value
from scoring import ExpressionError

MAX_RULES_BYTES = 4 << 20
MAX_ENTITIES = 20_000
MAX_PERMITS = 500
MAX_PERMITS_OF_A_TARGET = 32
"""For one subject type, action and resource type: what one question may cost."""

_MAX_SHOWN = 50
_SAMPLES: Mapping[AttributeKind, tuple[Value, Value]] = {
    AttributeKind.STRING: ("", "a"),
    AttributeKind.STRINGS: ([], ["a"]),
    AttributeKind.INTEGER: (0, 1),
    AttributeKind.NUMBER: (0.0, 1.0),
    AttributeKind.BOOLEAN: (False, True),
}
_ALWAYS = ("subject_type", "subject_id", "resource_type", "resource_id", "action_name")
_OF_THE_PROGRAM = (TypeError, RuntimeError)
"""What an expression raises whose fault is in itself, and not in a value."""

TypeName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:/-]{0,63}$")]
ActionName = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
AttributeName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
PermitName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
EntityId = Annotated[str, Field(min_length=1, max_length=256)]
Kinds = dict[AttributeName, Annotated[AttributeKind, Strict(False)]]


class _Group(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class _Said(_Group):
    from_request: Annotated[Kinds, Field(max_length=64)] = {}


class _Type(_Said):
    stored: Annotated[Kinds, Field(max_length=64)] = {}
    open: bool = False


class _Permit(_Group):
    id: PermitName
    subject: TypeName
    actions: Annotated[tuple[ActionName, ...], Strict(False), Field(min_length=1, max_length=64)]
    resource: TypeName
    when: str


class _File(_Group):
    format: Literal[1]
    title: Annotated[str, Field(max_length=200)] = ""
    types: Annotated[dict[TypeName, _Type], Field(min_length=1, max_length=64)]
    actions: Annotated[dict[ActionName, _Said], Field(max_length=256)] = {}
    context: _Said = _Said()
    entities: dict[TypeName, dict[EntityId, dict[str, Any]]] = {}
    permits: Annotated[tuple[_Permit, ...], Strict(False), Field(max_length=MAX_PERMITS)] = ()


def parse_rules(raw: bytes) -> RuleSet:
    """Read a tenant's file.

    Args:
        raw: the whole file.

    Raises:
        RuleSetError: with everything that is wrong.
    """
    if len(raw) > MAX_RULES_BYTES:
        raise RuleSetError([Mistake("the file", f"is larger than {MAX_RULES_BYTES >> 20} MiB")])
    # NOTE: `from None` throughout, because a parser's error shows what it could not parse.
    try:
        file = _File.model_validate(tomllib.loads(raw.decode("utf-8")))
    except UnicodeDecodeError:
        raise RuleSetError([Mistake("the file", "is not UTF-8")]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        line = re.search(r"\(at line (\d+), column \d+\)", str(exc))
        raise RuleSetError([Mistake(f"line {line[1]}" if line else "the file", "is not TOML")]) from None
    except ValidationError as exc:
        listed = exc.errors(include_input=False, include_context=False, include_url=False)
        raise RuleSetError([Mistake(_place(error["loc"]), error["type"]) for error in listed]) from None
    findings: list[Mistake] = []
    rules = _RuleReader(file, findings).read(hashlib.sha256(raw).digest())
    if findings:
        raise RuleSetError(findings[:_MAX_SHOWN])
    return rules


def _place(loc: tuple[int | str, ...]) -> str:
    """Where something is: our own names and those of types, never an entity's id."""
    shown = loc[:2] if loc[:1] == ("entities",) else loc
    parts = [f"[{part}]" if isinstance(part, int) else f".{_name(part)}" for part in shown]
    return "".join(parts).lstrip(".") or "the file"


def _name(part: str) -> str:
    return part if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.:/-]{0,63}", part) else "?"


class _RuleReader:
    """What the shape alone does not say."""

    def __init__(self, file: _File, findings: list[Mistake]) -> None:
        self._file = file
        self._findings = findings
        self._types = {
            name: Declaration(each.stored, each.from_request, each.open) for name, each in file.types.items()
        }
        self._actions = {
            name: Declaration(from_request=each.from_request) for name, each in file.actions.items()
        }
        self._context = Declaration(from_request=file.context.from_request)

    def read(self, digest: bytes) -> RuleSet:
        if sum(map(len, self._file.entities.values())) > MAX_ENTITIES:
            self._report("entities", f"are more than {MAX_ENTITIES}")
        entities = {type_: self._entities(type_) for type_ in self._file.entities}
        permits = tuple(self._permits())
        if len({permit.id for permit in permits}) < len(permits):
            self._report("permits", "have the same id twice")
        rules = RuleSet(digest, self._types, self._actions, self._context, entities, permits)
        if any(len(each) > MAX_PERMITS_OF_A_TARGET for each in rules.by_target.values()):
            self._report("permits", f"are more than {MAX_PERMITS_OF_A_TARGET} for one target")
        return rules

    def _report(self, where: str, what: str) -> None:
        self._findings.append(Mistake(where, what))

    def _entities(self, type_: str) -> Entities:
        where = f"entities.{_name(type_)}"
        declared = self._types.get(type_)
        if declared is None:
            self._report(where, "is not one of the types")
            return {}
        found: dict[str, dict[str, Value]] = {}
        for position, (id_, said) in enumerate(self._file.entities[type_].items()):
            values = {name: kind.read(said.get(name)) for name, kind in declared.stored.items()}
            if None in values.values() or len(said) > len(values):
                self._report(
                    f"{where}[{position}]", "must have the stored attributes of its type, and no others"
                )
            found[id_] = {name: value for name, value in values.items() if value is not None}
        return found

    def _permits(self) -> Iterator[Permit]:
        for position, said in enumerate(self._file.permits):
            where = f"permits[{position}]"
            for end in ("subject", "resource"):
                if getattr(said, end) not in self._types:
                    self._report(f"{where}.{end}", "is not one of the types")
            try:
                condition = compile_condition(said.when)
            except ExpressionError as exc:
                self._report(f"{where}.when", str(exc))
                continue
            self._check_reads(where, said, condition)
            yield Permit(said.id, said.subject, said.actions, said.resource, condition)

    def _check_reads(self, where: str, said: _Permit, condition: Condition) -> None:
        """Whether everything is declared that a condition reads; if so, try it."""
        kinds: dict[tuple[str, str], AttributeKind] = {}
        for action in said.actions:
            declared = {
                "subject": self._types.get(said.subject, Declaration()),
                "resource": self._types.get(said.resource, Declaration()),
                "action": self._actions.get(action, Declaration()),
                "context": self._context,
            }
            for root, name in sorted(condition.reads):
                of = declared[root]
                if name not in of.names:
                    self._report(f"{where}.when", f"reads an attribute that its {root} does not declare")
                    return
                kinds[root, name] = of.from_request.get(name) or of.stored[name]
                if of.stored.get(name, kinds[root, name]) is not kinds[root, name]:
                    self._report(f"{where}.when", "reads an attribute that is declared with two kinds")
        for sample in (0, 1):
            if _fails(condition, {read: _SAMPLES[kind][sample] for read, kind in kinds.items()}):
                self._report(f"{where}.when", "does not give true or false for values of the declared kinds")
                return


def _fails(condition: Condition, values: Mapping[tuple[str, str], Value]) -> bool:
    """Whether a condition is at fault whatever the values are."""
    known: dict[str, Any] = dict.fromkeys(_ALWAYS, "a")
    known |= {variable_of(root, name): value for (root, name), value in values.items()}
    try:
        condition.holds(circumstances(known))
    except _OF_THE_PROGRAM:
        return True
    except FAILURES:
        return False  # a list without a first item, a text that is not a time: the value's fault
    return False
