"""From the bytes of a `policy.toml` to a `Policy`, or to the list of everything that is wrong with it.

- Strict: a key that is not known is a problem, not a comment.
- Complete: what a decision needs must be said in the file; only lists, mappings, `fields`, `time` and
  `last_material_version` may be left out.
- Consistent: ids and codes are unique, `broader` has no circle, fields name conditions that exist, every text exists
  in the default language.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType

from consent.errors import PolicyError, PolicyProblem
from consent.model import LegalBasis
from consent.notices import write_notices
from consent.policy import (
    MAX_BITS,
    Condition,
    Controller,
    Mappings,
    PlainText,
    Policy,
    Purpose,
    Rule,
    digest_of,
)
from consent.policy_fields import read_fields
from consent.policy_tables import Table
from privacy import DAY_SECONDS

MAX_POLICY_BYTES = 1 << 20

_ID = "[a-z][a-z0-9]*(-[a-z0-9]+)*"
_DESTINATION_ID = "[a-z0-9][a-z0-9_-]{0,62}"
_CODE = "[a-z]{3}"
_LOCALE = "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
_PLACE = "[A-Z]{2}(-[A-Z0-9]{1,3})?"
_WEB = r"https?://[!-~]{1,500}"
_LABEL = r"[^\x00-\x1f\x7f]{1,100}"
_GRANULARITY = {"second": 1, "minute": 60, "hour": 3600, "day": DAY_SECONDS}
_GCM = (
    "ad_storage|ad_user_data|ad_personalization|analytics_storage|functionality_storage|personalization_storage"
    "|security_storage"
)


@dataclass(frozen=True, slots=True)
class _Header:
    """What purposes and conditions have in common."""

    bit: int
    id: str
    code: str
    version: int
    last_material_version: int
    max_consent_age_days: int
    texts: Mapping[str, PlainText]


def parse_policy(source: bytes | str) -> Policy:
    """Read a policy file.

    Args:
        source: the whole file.

    Raises:
        PolicyError: with every problem found.
    """
    raw = source.encode("utf-8") if isinstance(source, str) else source
    if len(raw) > MAX_POLICY_BYTES:
        raise PolicyError([PolicyProblem("", "is larger than 1 MiB")])
    try:
        document = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise PolicyError([PolicyProblem("", "is not UTF-8")]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        line = re.search(r"\(at line (\d+), column \d+\)", str(exc))
        where = f"line {line[1]}" if line else ""
        raise PolicyError([PolicyProblem(where, "is not TOML")]) from None
    problems: list[PolicyProblem] = []
    policy = _read_policy(Table(document, "", problems), raw)
    if problems:
        raise PolicyError(problems)
    return policy


def default_policy_text() -> str:
    """The policy that `volens init` writes."""
    return files("consent").joinpath("default_policy.toml").read_text("utf-8")


def _read_policy(top: Table, raw: bytes) -> Policy:
    top.integer("format", 1, 1)
    notice_version = top.text("notice_version", "[A-Za-z0-9][A-Za-z0-9._-]*", longest=64)
    locale = top.text("default_locale", _LOCALE, longest=35)
    purpose_tables = top.tables("purposes", MAX_BITS)
    controller = _read_controller(top.table("controller")) if "controller" in top else None
    condition_tables = top.tables("conditions", MAX_BITS - len(purpose_tables))
    top.finish()
    if not purpose_tables:
        top.report("purposes", "must have at least one entry")
    first = len(purpose_tables)
    conditions = tuple(
        _read_condition(table, first + at, locale) for at, table in enumerate(condition_tables)
    )
    condition_bits = {condition.id: condition.bit for condition in conditions}
    purposes = tuple(
        _read_purpose(table, at, locale, condition_bits) for at, table in enumerate(purpose_tables)
    )
    _check_unique(top, (*purposes, *conditions))
    ancestors = _ancestors(purpose_tables, purposes)
    policy = _assemble(raw, notice_version, locale, purposes, conditions, ancestors)
    return replace(
        policy, controller=controller, notices=MappingProxyType(write_notices(policy.entries, controller))
    )


def _assemble(
    raw: bytes,
    notice_version: str,
    locale: str,
    purposes: tuple[Purpose, ...],
    conditions: tuple[Condition, ...],
    ancestors: Mapping[str, frozenset[str]],
) -> Policy:
    entries: tuple[Purpose | Condition, ...] = (*purposes, *conditions)
    narrower = {
        each.id: tuple(other.id for other in purposes if each.id in ancestors[other.id]) for each in purposes
    }
    field_policies = [purpose.fields for purpose in purposes]
    return Policy(
        digest=digest_of(raw),
        notice_version=notice_version,
        default_locale=locale,
        purposes=purposes,
        conditions=conditions,
        rules=tuple(_rule_of(entry, ancestors.get(entry.id, frozenset())) for entry in entries),
        narrower=MappingProxyType(narrower),
        bits=MappingProxyType({entry.id: entry.bit for entry in entries}),
        property_names=frozenset().union(*(fields.top_level_names for fields in field_policies)),
        all_mask=(1 << len(entries)) - 1,
        purposes_mask=(1 << len(purposes)) - 1,
        controller=None,
        notices=MappingProxyType({}),
    )


def _read_controller(table: Table) -> Controller:
    controller = Controller(
        name=table.prose("name", longest=200),
        address=table.prose("address", longest=400),
        contact=table.prose("contact", longest=200),
        jurisdiction=table.text("jurisdiction", _PLACE, longest=6),
        storage_location=table.text("storage_location", _PLACE, longest=6),
        withdraw_at=table.text("withdraw_at", _WEB, longest=500),
    )
    table.finish()
    return controller


def _rule_of(entry: Purpose | Condition, broader: frozenset[str]) -> Rule:
    purpose = entry if isinstance(entry, Purpose) else None
    return Rule(
        bit=entry.bit,
        id=entry.id,
        legal_basis=purpose.legal_basis if purpose else LegalBasis.CONSENT,
        version=entry.version,
        last_material_version=entry.last_material_version,
        max_age_seconds=entry.max_consent_age_days * DAY_SECONDS,
        minors_allowed=purpose.minors_allowed if purpose else True,
        broader=broader,
    )


def _read_header(table: Table, bit: int, locale: str) -> _Header:
    version = table.integer("version", 1, 1_000_000)
    return _Header(
        bit=bit,
        id=table.text("id", _ID, longest=40),
        code=table.text("code", _CODE, longest=3),
        version=version,
        last_material_version=table.integer("last_material_version", 1, version, default=version),
        max_consent_age_days=table.integer("max_consent_age_days", 1, 3650),
        texts=_read_texts(table.table("texts"), locale),
    )


def _read_texts(table: Table, locale: str) -> Mapping[str, PlainText]:
    texts = {}
    for name in table.names():
        if not 2 <= len(name) <= 35:
            table.report(name, "is not a language")
            continue
        below = table.table(name)
        texts[name] = PlainText(
            title=below.prose("title", longest=80), text=below.prose("text", longest=1000)
        )
        below.finish()
    if locale not in texts:
        table.report("", "lacks the default language")
    return MappingProxyType(texts)


def _read_condition(table: Table, bit: int, locale: str) -> Condition:
    header = _read_header(table, bit, locale)
    table.finish()
    return Condition(
        bit=bit,
        id=header.id,
        code=header.code,
        version=header.version,
        last_material_version=header.last_material_version,
        max_consent_age_days=header.max_consent_age_days,
        texts=header.texts,
    )


def _read_purpose(table: Table, bit: int, locale: str, conditions: Mapping[str, int]) -> Purpose:
    header = _read_header(table, bit, locale)
    fields, condition_mask, variants = read_fields(table.table("fields", needed=False), conditions)
    purpose = Purpose(
        bit=bit,
        id=header.id,
        code=header.code,
        version=header.version,
        last_material_version=header.last_material_version,
        legal_basis=LegalBasis(table.choice("legal_basis", [basis.value for basis in LegalBasis])),
        dpv=table.text("dpv", "https://w3id.org/dpv[A-Za-z0-9#/_-]*"),
        texts=header.texts,
        fields=fields,
        time_granularity_seconds=_GRANULARITY[table.choice("time", list(_GRANULARITY), default="second")],
        retention_days=table.integer("retention_days", 1, 3650),
        max_consent_age_days=header.max_consent_age_days,
        gpc_sensitive=table.boolean("gpc_sensitive"),
        minors_allowed=table.boolean("minors_allowed"),
        destinations=table.texts("destinations", _DESTINATION_ID, longest=64),
        broader=table.texts("broader", _ID, longest=40),
        mappings=_read_mappings(table.table("mappings", needed=False)),
        condition_mask=condition_mask,
        variants=variants,
    )
    table.finish()
    return purpose


def _read_mappings(table: Table) -> Mappings:
    mappings = Mappings(
        segment=table.texts("segment", _LABEL),
        rudder=table.texts("rudder", _LABEL),
        tcf=table.integers("tcf", 1, 24),
        gpp=table.texts("gpp", "[A-Za-z0-9]{1,60}"),
        gcm=table.texts("gcm", _GCM),
    )
    table.finish()
    return mappings


def _check_unique(top: Table, entries: Iterable[Purpose | Condition]) -> None:
    ids: set[str] = set()
    codes: set[str] = set()
    for entry in entries:
        if entry.id in ids or entry.code in codes:
            top.report(
                "purposes" if isinstance(entry, Purpose) else "conditions", "have an id or a code twice"
            )
        ids.add(entry.id)
        codes.add(entry.code)


def _ancestors(tables: list[Table], purposes: tuple[Purpose, ...]) -> dict[str, frozenset[str]]:
    direct = {purpose.id: purpose.broader for purpose in purposes}
    found: dict[str, frozenset[str]] = {}
    for table, purpose in zip(tables, purposes, strict=True):
        above: set[str] = set()
        waiting = list(purpose.broader)
        while waiting:
            each = waiting.pop()
            if each not in direct:
                table.report("broader", "names a purpose that the policy does not have")
            elif each not in above:
                above.add(each)
                waiting.extend(direct[each])
        if purpose.id in above:
            table.report("broader", "makes a circle")
        found[purpose.id] = frozenset(above)
    return found
