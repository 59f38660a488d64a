"""Claims and signals: what an event or a browser says about consent. They only ever narrow what the ledger says. Pure.

A claim yields the bits that it leaves alone; the caller intersects them with the ledger's. Rules:

- No claim at all narrows nothing: the ledger alone speaks.
- A claim that is there and cannot be understood leaves nothing: no bit survives it.
- A purpose stays only if *every* category it is mapped to is allowed. A category that the claim does not mention is
  not allowed. What is part of a purpose that does not stay does not stay either.
- Several claims intersect. `or` and `any` strategies are read as `and`.
- A TCF string that breaks a rule of its framework leaves nothing (`consent.tcf`); a GPP string with a section that is not known
  likewise (`consent.gpp`).
- Google's consent state may stand in Segment's consent object, beside the categories or instead of them.

Sources: Segment `context.consent.categoryPreferences`; RudderStack `context.consentManagement`; Global Privacy
Control (`Sec-GPC`, only the exact value `1`); Google Consent Mode v2; IAB TCF v2.3; IAB GPP.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from consent.google_consent import GoogleConsentError, read_google
from consent.gpp import GppError, read_gpp
from consent.policy import Mappings, Policy
from consent.tcf import TcfError, read_tcf

ABSENT: Final = msgspec.UNSET
"""A claim that was not made. (JSON `null` is one that cannot be understood; of `gpc`, `tcf` and `gpp` it says nothing.)"""

MAX_CLAIM_BYTES = 16_384
_MAX_CATEGORIES = 512
_MAX_MANAGERS = 8
_GOOGLE = "google"


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What was said about consent beside the ledger. Raw JSON bytes, or values already decoded."""

    consent: object = ABSENT
    """Segment's `context.consent`; its member `google` is read as the next but one."""
    consent_management: object = ABSENT
    """The value of RudderStack's `context.consentManagement`."""
    google: object = ABSENT
    """Google Consent Mode (`consent.google_consent`)."""
    gpc: object = ABSENT
    """Global Privacy Control, as a body's `signals.gpc` says it."""
    gpc_header: bool = False
    """Whether a `Sec-GPC` header asserted it (`has_gpc`)."""
    tcf: object = ABSENT
    """A TCF consent string."""
    gpp: object = ABSENT
    """A GPP string."""


class _NotUnderstoodError(Exception):
    """A claim makes no sense."""


def has_gpc(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request asserts Global Privacy Control: one value of `Sec-GPC` is exactly `1`, any other is as good as none.

    A proxy may join the values of a repeated header by commas.

    Args:
        headers: of the request, as ASGI gives them: pairs of a name in lower case and a value.

    Sources: Global Privacy Control, section 3; RFC 9110, section 5.3.
    """
    return any(
        part.strip() == b"1" for name, value in headers if name == b"sec-gpc" for part in value.split(b",")
    )


def claim_mask(claims: Claims, policy: Policy) -> int:
    """The bits that every claim leaves alone.

    Args:
        claims: what was said.
        policy: whose mappings name the categories.

    Returns:
        A mask to intersect with what the ledger permits; `policy.all_mask` when nothing was said.
    """
    mask = policy.all_mask
    if claims.gpc_header or says_gpc(claims.gpc):
        mask &= ~policy.gpc_mask
    if claims.gpp is not ABSENT and claims.gpp is not None:
        mask &= _left_by_gpp(claims.gpp, policy)
    for claim, read in _READERS:
        value = getattr(claims, claim)
        if value is ABSENT:
            continue
        try:
            readings = [*read(_decoded(value))]
        except _NotUnderstoodError:
            return 0
        for allows, names in readings:
            mask &= _left_alone(policy, names, allows)
    return mask


def _left_by_gpp(value: object, policy: Policy) -> int:
    """The bits that a GPP string leaves alone: by its sections of the United States, their GPC, and its TCF section."""
    try:
        said = read_gpp(value) if isinstance(value, str) else None
    except GppError:
        said = None
    if said is None or (said.tcf is not None and not said.tcf.usable):
        return 0
    mask = _left_alone(policy, lambda mappings: [mappings.gpp] if mappings.gpp else [], said.allows)
    if said.gpc:
        mask &= ~policy.gpc_mask
    if said.tcf is not None:
        mask &= _left_alone(policy, lambda mappings: mappings.tcf, said.tcf.allows)
    return mask


def says_gpc(value: object) -> bool:
    """Whether a value that stands for Global Privacy Control says so; only a clear no (false, 0, nothing) does not."""
    if value is ABSENT or value is None or value is False:
        return False
    return not ((type(value) is int and value == 0) or (type(value) is str and value in ("", "0")))


def _left_alone(
    policy: Policy, names_of: Callable[[Mappings], Sequence[Any]], allows: Callable[[Any], bool]
) -> int:
    cleared = 0
    for purpose in policy.purposes:
        if not all(allows(name) for name in names_of(purpose.mappings)):
            cleared |= 1 << purpose.bit
    return policy.all_mask & ~policy.with_parts(cleared)


_Reading = tuple[Callable[[Any], bool], Callable[[Mappings], Sequence[Any]]]
"""Whether a category is allowed, and which categories a purpose is mapped to."""


def _read_consent(value: object) -> Iterator[_Reading]:
    if not isinstance(value, dict):
        raise _NotUnderstoodError
    if _GOOGLE in value:
        yield from _read_google(value[_GOOGLE])
    if _GOOGLE not in value or "categoryPreferences" in value:
        yield _read_segment(value.get("categoryPreferences"))


def _read_segment(preferences: object) -> _Reading:
    if not isinstance(preferences, dict) or len(preferences) > _MAX_CATEGORIES:
        raise _NotUnderstoodError
    if not all(isinstance(allowed, bool) for allowed in preferences.values()):
        raise _NotUnderstoodError
    return lambda name: preferences.get(name) is True, lambda mappings: mappings.segment


def _read_managers(value: object) -> Iterator[_Reading]:
    """What one consent manager says, or each of several."""
    managers = value if isinstance(value, list) else [value]
    if not 0 < len(managers) <= _MAX_MANAGERS:
        raise _NotUnderstoodError
    for each in managers:
        yield _read_rudder(each)


def _read_rudder(value: object) -> _Reading:
    if not isinstance(value, dict):
        raise _NotUnderstoodError
    strategy = value.get("resolutionStrategy", "and")
    if strategy not in ("and", "or", "all", "any"):
        raise _NotUnderstoodError
    if "allowedConsentIds" not in value and "deniedConsentIds" not in value:
        raise _NotUnderstoodError
    denied = _ids(value.get("deniedConsentIds", []))
    allowed = _ids(value["allowedConsentIds"]) if "allowedConsentIds" in value else None

    def allows(name: str) -> bool:
        return name not in denied and (allowed is None or name in allowed)

    return allows, lambda mappings: mappings.rudder


def _ids(value: object) -> frozenset[str]:
    if isinstance(value, dict):  # old OneTrust SDKs: id -> name, or id -> whether it is allowed
        if not all(isinstance(each, bool | str) for each in value.values()):
            raise _NotUnderstoodError
        value = [each for each, content in value.items() if content is not False]
    if (
        not isinstance(value, list)
        or len(value) > _MAX_CATEGORIES
        or not all(isinstance(each, str) for each in value)
    ):
        raise _NotUnderstoodError
    return frozenset(value)


def _read_google(value: object) -> Iterator[_Reading]:
    try:
        yield read_google(value), lambda mappings: mappings.gcm
    except GoogleConsentError:
        raise _NotUnderstoodError from None


def _read_tcf_string(value: object) -> Iterator[_Reading]:
    if value is None:
        return
    try:
        said = read_tcf(value) if isinstance(value, str) else None
    except TcfError:
        said = None
    if said is None or not said.usable:
        raise _NotUnderstoodError
    yield said.allows, lambda mappings: mappings.tcf


_READERS: tuple[tuple[str, Callable[[object], Iterator[_Reading]]], ...] = (
    ("consent", _read_consent),
    ("consent_management", _read_managers),
    ("google", _read_google),
    ("tcf", _read_tcf_string),
)


def _decoded(value: object) -> object:
    if not isinstance(value, bytes | msgspec.Raw):
        return value
    raw = bytes(value)
    if len(raw) > MAX_CLAIM_BYTES:
        raise _NotUnderstoodError
    try:
        return json.loads(raw, object_pairs_hook=_no_key_twice)
    except (ValueError, RecursionError):
        raise _NotUnderstoodError from None


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _NotUnderstoodError
    return table
