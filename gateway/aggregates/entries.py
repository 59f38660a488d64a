"""What the log says of releases: that one was proposed, approved, booked, published. Nothing of anybody, and no number of a
release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum

from audit import Entry, EntryError, Kind, decode_entry
from privacy import LossError, Spend, SpendState, kept_loss

_MARK = b'"k":"release"'
_PUBLISHED = b'"published"'
_MOST_TEXT = 500
_PLAN_DIGITS = 64
_SCOPES = "scopes"


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
    if spend.loss.pure_micro_epsilon:
        loss["ueps"] = spend.loss.pure_micro_epsilon
    texts = {f"{_SCOPES}_{number}": text for number, text in enumerate(more)}
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


def publications_in(entries: Iterable[tuple[int, bytes]]) -> list[str]:
    """The keys of which entries of the log say that something was published under them."""
    found = []
    for _, data in entries:
        if _MARK in data and _PUBLISHED in data:
            with suppress(EntryError):
                said = decode_entry(data).detail or {}
                if said.get("act") == ReleaseAct.PUBLISHED.value:
                    found.append(str(said.get("key")))
    return found


def _booking(index: int, data: bytes) -> Spend | None:
    try:
        entry: Entry = decode_entry(data)
    except EntryError:
        return None
    return booking_of(entry.detail or {}, entry.at, index) if entry.kind is Kind.RELEASE else None


def booking_of(said: Mapping[str, object], at: int, index: int) -> Spend | None:
    """The booking that the details of a `release` entry speak of; None if they speak of something else, or make no sense.

    Args:
        said: the details.
        at: the time of the entry (unix seconds).
        index: its place in the log.
    """
    urho, fdelta, plan, key = (said.get(name) for name in ("urho", "fdelta", "digest", "key"))
    if said.get("act") != ReleaseAct.BOOKED.value or not (isinstance(urho, int) and isinstance(fdelta, int)):
        return None
    if not (isinstance(key, str) and isinstance(plan, str) and len(plan) == _PLAN_DIGITS):
        return None
    pure = said.get("ueps", 0)
    texts = [str(said[name]) for name in sorted(said, key=_place) if name.startswith(_SCOPES)]
    try:
        loss = kept_loss(urho, fdelta, pure if isinstance(pure, int) else 0)
        digest = bytes.fromhex(plan)
    except (LossError, ValueError):
        return None
    return Spend(key, loss, tuple(" ".join(texts).split()), digest, SpendState.RESERVED, at, index)


def _place(name: str) -> int:
    """Where the text of this name stands among those that the scopes go on in: by its number, the one without first."""
    number = name.removeprefix(f"{_SCOPES}_")
    return int(number) if number.isascii() and number.isdecimal() else -1


def _folded(scopes: Iterable[str]) -> list[str]:
    texts = [""]
    for scope in scopes:
        if len(texts[-1]) + len(scope) >= _MOST_TEXT:
            texts.append("")
        texts[-1] = f"{texts[-1]} {scope}".strip()
    return texts
