"""Is an access report whole? Whoever has it can tell, because a person's entries are numbered, and the numbers are in their tags.

The report brings the person's evidence key and their entries, the n-th under the tag that follows from key and n. So an entry
that was left out is a gap that no renumbering hides; with the log at hand, one that was left out at the end is found, too. And
whatever an entry says was decided must stand in the report in words.

    {"log_size": 1042, "keys": [{"key": hexadecimal, "entries": [[index, entry], ...]}, ...]}

The first key is that of the person, further ones are those of devices that are theirs. Pure; nothing here trusts the report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import unique
from typing import Any

from audit import EntryError, Explained, Finding, Kind, decode_entry
from privacy import derive_evidence, key_fingerprint

AHEAD = 1_000
"""So many entries beyond the last one that is listed are looked for in the log."""
_KEY_BYTES = 32
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


def completeness_of(size: int, keys: Iterable[tuple[bytes, Sequence[tuple[int, bytes]]]]) -> dict[str, Any]:
    """What a report says of its own completeness: the log's size when it was looked through, and each key with its entries."""
    return {
        "log_size": size,
        "keys": [
            {"key": key.hex(), "entries": [[index, entry.decode("ascii")] for index, entry in entries]}
            for key, entries in keys
        ],
    }


def find_missing(
    report: Mapping[str, Any], log: Iterable[tuple[int, bytes]] | None = None
) -> tuple[Finding, ...]:
    """Everything that is wrong with a report, as far as it can be told.

    Args:
        report: the access report (`report.json`).
        log: the entries of the log with their places; without them what was left out at the very end is not found.
    """
    try:
        told = report["completeness"]
        size = int(told["log_size"])
        keys = [(bytes.fromhex(each["key"]), _entries(each["entries"])) for each in told["keys"]]
        fingerprint = report["key_fingerprint"]
        shown = {name: {int(each["audit"]) for each in report[name]} for name in _SHOWN_AS.values()}
    except (KeyError, TypeError, ValueError, AttributeError):
        return (Finding(Gap.NOT_NUMBERED),)
    if any(len(key) != _KEY_BYTES for key, _ in keys):
        return (Finding(Gap.NOT_NUMBERED),)
    found: list[Finding] = []
    if fingerprint != (key_fingerprint(keys[0][0]).hex() if keys else None):
        found.append(Finding(Gap.OTHER_KEY))
    for key, entries in keys:
        found += _gaps_in_numbers(key, entries)
    found += _not_shown([each for _, entries in keys for each in entries], shown)
    if log is not None:
        found += _against_log(keys, size, log)
    return tuple(found)


def _entries(listed: Iterable[Any]) -> list[tuple[int, bytes]]:
    return [(int(index), str(entry).encode("ascii")) for index, entry in listed]


def _gaps_in_numbers(key: bytes, entries: Sequence[tuple[int, bytes]]) -> list[Finding]:
    """The tags must be those of 0, 1, 2 and so on."""
    found: list[Finding] = []
    numbers = {derive_evidence(key, number)[0]: number for number in range(len(entries) + AHEAD)}
    expected = 0
    for index, entry in entries:
        number = numbers.get(_tag(entry), -1)
        if number < expected:
            found.append(Finding(Gap.NOT_THEIRS, _numbered(expected), index))
            continue
        found += [Finding(Gap.LEFT_OUT, _numbered(each)) for each in range(expected, number)]
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


def _against_log(
    keys: Sequence[tuple[bytes, Sequence[tuple[int, bytes]]]], size: int, log: Iterable[tuple[int, bytes]]
) -> list[Finding]:
    """What is listed is in the log, and what is in the log is listed."""
    listed = {index: entry for _, entries in keys for index, entry in entries}
    tags = {
        derive_evidence(key, number)[0]: number
        for key, entries in keys
        for number in range(len(entries) + AHEAD)
    }
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
