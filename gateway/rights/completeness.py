"""Is an access report whole? Whoever has it can tell, because a person's entries are numbered, and the numbers are in their tags.

The report brings the person's evidence key and their entries, the n-th under the tag that follows from key and n. So an entry
that was left out is a gap that no renumbering hides; with the log at hand, one that was left out at the end is found, too. And
whatever an entry says was decided must stand in the report in words.

    {"log_size": 1042, "keys": [{"key": hexadecimal, "entries": [[index, entry], ...]}, ...]}

The first key is that of the person, further ones are those of devices that are theirs. Where the oldest
segments of the log went, a key's `gone` says how many entries it had until then: of those only what stayed is listed, and the log
says the same number. Pure; nothing here trusts the report.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import unique
from typing import Any

from audit import EntryError, Explained, Finding, Kind, decode_entry
from privacy import derive_evidence, key_fingerprint

AHEAD = 1_000
"""So many entries beyond the last one that is listed are looked for in the log."""
_KEY_BYTES = 32
_MOST_GONE = 10_000_000
"""So many numbers are looked at, whatever a report says."""
_SHOWN_AS = {Kind.DECISION: "decisions", Kind.PERMISSION: "services"}
"""Where the report must say what an entry of this kind came to."""


@unique
class Gap(Explained):
    """What is wrong with a report."""

    NOT_NUMBERED = (
        "not_numbered",
        "the report does not say which entries are the person's, or not in a form known here",
    )
    OTHER_KEY = "other_key", "the key is not the one whose fingerprint the report names"
    LEFT_OUT = "left_out", "an entry with this number is not in the report"
    NOT_THEIRS = "not_theirs", "an entry of the report has another tag than its number leads to"
    NOT_SHOWN = "not_shown", "an entry says that something was decided, and the report does not show it"
    NOT_LISTED = "not_listed", "the report shows something of an entry that is not among those it lists"
    OTHER_ENTRY = "other_entry", "the log has something else at this place, or nothing"
    IN_LOG_ONLY = "in_log_only", "the log has an entry of this person, and the report does not"
    NOT_GONE = (
        "not_gone",
        "the report says that entries went with the oldest of the log, and the log says another number",
    )


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """The entries of one evidence key."""

    key: bytes
    """The evidence key, 32 bytes."""
    entries: Sequence[tuple[int, bytes]]
    """The places and bytes of the entries that it leads to, in their order."""
    gone: int = 0
    """Below this number some may have gone."""


def completeness_of(size: int, keys: Iterable[OwnNumbers]) -> dict[str, Any]:
    """What a report says of its own completeness: the log's size when it was looked through, and each key with its entries."""
    return {
        "log_size": size,
        "keys": [
            {
                "key": each.key.hex(),
                "entries": [[index, entry.decode("ascii")] for index, entry in each.entries],
                **({"gone": each.gone} if each.gone else {}),
            }
            for each in keys
        ],
    }


def find_missing(
    report: Mapping[str, Any],
    log: Iterable[tuple[int, bytes]] | None = None,
    gone: Callable[[bytes], int] | None = None,
) -> tuple[Finding, ...]:
    """Everything that is wrong with a report, as far as it can be told.

    Args:
        report: the access report (`report.json`).
        log: the entries of the log with their places; without them what was left out at the very end is not found.
        gone: how many entries of an evidence key the log says to have had when its oldest segments went; without it the report is
            believed.
    """
    try:
        told = report["completeness"]
        size = int(told["log_size"])
        keys = [_numbers(each) for each in told["keys"]]
        fingerprint = report["key_fingerprint"]
        shown = {name: {int(each["audit"]) for each in report[name]} for name in _SHOWN_AS.values()}
    except (KeyError, TypeError, ValueError, AttributeError):
        return (Finding(Gap.NOT_NUMBERED),)
    if any(len(each.key) != _KEY_BYTES or each.gone < 0 for each in keys):
        return (Finding(Gap.NOT_NUMBERED),)
    found: list[Finding] = []
    if fingerprint != (key_fingerprint(keys[0].key).hex() if keys else None):
        found.append(Finding(Gap.OTHER_KEY))
    for own in keys:
        found += _gaps_in_numbers(own)
        if gone is not None and gone(own.key) != own.gone:
            found.append(Finding(Gap.NOT_GONE, _numbered(own.gone)))
    found += _not_shown([each for own in keys for each in own.entries], shown)
    if log is not None:
        found += _against_log(keys, size, log)
    return tuple(found)


def _numbers(told: Mapping[str, Any]) -> OwnNumbers:
    entries = [(int(index), str(entry).encode("ascii")) for index, entry in told["entries"]]
    return OwnNumbers(bytes.fromhex(told["key"]), entries, min(int(told.get("gone", 0)), _MOST_GONE))


def _tags_of(own: OwnNumbers) -> dict[bytes, int]:
    """The tags of the numbers that may be met with."""
    numbers = range(own.gone + len(own.entries) + AHEAD)
    return {derive_evidence(own.key, number)[0]: number for number in numbers}


def _gaps_in_numbers(own: OwnNumbers) -> list[Finding]:
    """The tags must be those of 0, 1, 2 and so on; of those that went, some."""
    found: list[Finding] = []
    numbers = _tags_of(own)
    expected = 0
    for index, entry in own.entries:
        number = numbers.get(_tag(entry), -1)
        if number < expected:
            found.append(Finding(Gap.NOT_THEIRS, _numbered(expected), index))
            continue
        found += [Finding(Gap.LEFT_OUT, _numbered(each)) for each in range(max(expected, own.gone), number)]
        expected = number + 1
    return found


def _not_shown(entries: Sequence[tuple[int, bytes]], shown: Mapping[str, set[int]]) -> list[Finding]:
    """What was decided is in the report, and what is in the report was decided."""
    found: list[Finding] = []
    decided: dict[str, set[int]] = {name: set() for name in shown}
    for index, entry in entries:
        member = _member(entry)
        if member is not None:
            decided[member].add(index)
    for name in shown:
        found += [Finding(Gap.NOT_SHOWN, index=index) for index in sorted(decided[name] - shown[name])]
        found += [Finding(Gap.NOT_LISTED, index=index) for index in sorted(shown[name] - decided[name])]
    return found


def _against_log(keys: Sequence[OwnNumbers], size: int, log: Iterable[tuple[int, bytes]]) -> list[Finding]:
    """What is listed is in the log, and what is in the log is listed."""
    listed = {index: entry for own in keys for index, entry in own.entries}
    tags = {tag: number for own in keys for tag, number in _tags_of(own).items()}
    found: list[Finding] = []
    seen: set[int] = set()
    first = None  # entries below may have been pruned
    for index, entry in log:
        first = index if first is None else first
        if index >= size:
            break
        if index in listed:
            seen.add(index)
            if listed[index] != entry:
                found.append(Finding(Gap.OTHER_ENTRY, index=index))
        elif (number := tags.get(_tag(entry))) is not None:
            found.append(Finding(Gap.IN_LOG_ONLY, _numbered(number), index))
    found += [
        Finding(Gap.OTHER_ENTRY, index=index)
        for index in sorted(listed.keys() - seen)
        if index >= (first or 0)
    ]
    return found


def _numbered(number: int) -> str:
    """Which of the person's entries, from 0."""
    return f"number {number}"


def _tag(entry: bytes) -> bytes:
    try:
        return decode_entry(entry).tag or b""
    except EntryError:
        return b""


def _member(entry: bytes) -> str | None:
    try:
        return _SHOWN_AS.get(decode_entry(entry).kind)
    except EntryError:
        return None


def read_report(data: bytes) -> Mapping[str, Any] | None:
    """A report out of its JSON; None if it is not one."""
    try:
        report = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return report if isinstance(report, dict) and "key_fingerprint" in report else None
