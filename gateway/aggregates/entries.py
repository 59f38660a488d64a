"""What the log says of releases: that one was proposed, approved, booked, published. Nothing of anybody, and no number of a
release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum

from audit import Entry, EntryError, Kind, decode_entry
from privacy import Loss, LossError, Spend, SpendState

_MARK = b'"k":"release"'
_MOST_TEXT = 500
_PLAN_DIGITS = 64


class ReleaseAct(StrEnum):
    """What was done."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    BOOKED = "booked"
    PUBLISHED = "published"


Detail = dict[str, str | int]


def booked(spend: Spend) -> Detail:
    """That a loss was booked: everything that the books know of it, so that they can be held to it."""
    first, *more = _folded(spend.scopes)
    loss = {"urho": spend.loss.micro_rho, "fdelta": spend.loss.femto_delta}
    texts = {f"scopes_{number}": text for number, text in enumerate(more)}
    return {**_told(ReleaseAct.BOOKED, spend.key, spend.plan.hex(), scopes=first), **loss, **texts}


def published(key: str, body: bytes) -> Detail:
    """That a release was published: by the digest of its bytes."""
    return _told(ReleaseAct.PUBLISHED, key, hashlib.sha256(body).hexdigest())


def changed(act: ReleaseAct, release: str, version: int, plan: bytes, by: str) -> Detail:
    """That a version was proposed or approved."""
    return _told(act, f"{release}@{version}", plan.hex(), by=by)


def _told(act: ReleaseAct, key: str, digest: str, *, by: str = "", scopes: str = "") -> Detail:
    return {
        "act": act.value,
        "key": key,
        "digest": digest,
        "by": by,
        "scopes": scopes,
        "urho": 0,
        "fdelta": 0,
    }


def bookings_in(entries: Iterable[tuple[int, bytes]]) -> list[Spend]:
    """The bookings that entries of the log speak of, in their order. Entries of another kind are passed over quickly."""
    found = []
    for index, data in entries:
        if _MARK in data:
            spend = _booking(index, data)
            if spend is not None:
                found.append(spend)
    return found


def _booking(index: int, data: bytes) -> Spend | None:
    try:
        entry: Entry = decode_entry(data)
    except EntryError:
        return None
    said: Mapping[str, str | int] = entry.detail or {}
    if entry.kind is not Kind.RELEASE or said.get("act") != ReleaseAct.BOOKED.value:
        return None
    urho, fdelta, plan, key = (said.get(name) for name in ("urho", "fdelta", "digest", "key"))
    if not (isinstance(urho, int) and isinstance(fdelta, int) and isinstance(key, str)):
        return None
    if not (isinstance(plan, str) and len(plan) == _PLAN_DIGITS):
        return None
    texts = [str(said[name]) for name in sorted(said) if name.startswith("scopes")]
    try:
        loss, digest = Loss(urho, fdelta), bytes.fromhex(plan)
    except (LossError, ValueError):
        return None
    scopes = tuple(" ".join(texts).split())
    return Spend(key, loss, scopes, digest, SpendState.RESERVED, entry.at, index)


def _folded(scopes: Iterable[str]) -> list[str]:
    texts = [""]
    for scope in scopes:
        if len(texts[-1]) + len(scope) >= _MOST_TEXT:
            texts.append("")
        texts[-1] = f"{texts[-1]} {scope}".strip()
    return texts
