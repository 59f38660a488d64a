"""Attempts that were refused are told to the log: how many, not how often, and none is lost."""

from __future__ import annotations

from collections import Counter

import pytest

from audit import Kind, LogUnavailableError, Outcome, decode_entry
from consent import WriteRefusal
from gateway.clock import Clock
from gateway.consents.attempts import Attempts
from gateway.evidence.entries import EntryWriter
from tests.unit.consent.material import DEFAULT


class Log:
    """Takes entries while it has room."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.has_room = True

    def append(self, entry: bytes) -> int:
        if not self.has_room:
            raise LogUnavailableError("full")
        self.entries.append(entry)
        return len(self.entries) - 1

    def told(self) -> list[tuple[object, ...]]:
        decoded = map(decode_entry, self.entries)
        return [(each.kind, each.outcome, each.detail["act"], each.detail["n"]) for each in decoded]


async def test_however_often_somebody_tries_a_look_writes_one_entry_of_a_sort() -> None:
    refused, log = Counter(dict.fromkeys(WriteRefusal, 0)), Log()
    attempts = Attempts(refused, EntryWriter(DEFAULT, 60), log, Clock())  # type: ignore[arg-type]
    attempts.look()
    assert log.entries == []
    refused[WriteRefusal.LIFTS_A_DENIAL] += 1000
    refused[WriteRefusal.MALFORMED_LOCALE] += 5
    attempts.look()
    attempts.look()
    assert log.told() == [(Kind.ADMIN, Outcome.FAILED, "lifts_a_denial", 1000)]
    log.has_room = False
    refused.update({WriteRefusal.LIFTS_A_DENIAL: 2, WriteRefusal.LIFTS_A_PROTECTION: 3})
    with pytest.raises(LogUnavailableError):
        attempts.look()
    await attempts.stop()
    log.has_room = True
    refused[WriteRefusal.LIFTS_A_DENIAL] += 1
    attempts.start()
    await attempts.stop()
    assert [(act, n) for _, _, act, n in log.told()[1:]] == [
        ("lifts_a_denial", 3),
        ("lifts_a_protection", 3),
    ]
