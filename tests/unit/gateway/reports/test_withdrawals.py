"""What followed a no is told from the entries alone, with the people's keys."""

from __future__ import annotations

from collections.abc import Iterator

from audit import Entry, Kind, Outcome, encode_entry
from gateway.evidence.first_numbers import FirstNumbers
from gateway.memory.people import derive_evidence
from gateway.reports.withdrawals import follow_withdrawals
from privacy import SubjectRef

KEYS = {1: bytes([1]) * 32, 2: bytes([2]) * 32}
PEOPLE = [(SubjectRef(bytes([n]) * 16), n, key) for n, key in KEYS.items()]
BEGAN = 1_795_000_020


def entries(*said: tuple[int, Kind, Outcome, str, int]) -> list[tuple[int, bytes]]:
    numbers = dict.fromkeys(KEYS, 0)
    found = []
    for index, (who, kind, outcome, purpose, minute) in enumerate(said):
        tag, _ = derive_evidence(KEYS[who], numbers[who])
        numbers[who] += 1
        at = BEGAN + 60 * minute
        found.append(
            (index, encode_entry(Entry(kind, outcome, at, (purpose,), tag=tag, commitment=bytes(32))))
        )
    return found


def follow(found: list[tuple[int, bytes]], first: int = 0) -> dict[str, object]:
    def read() -> Iterator[tuple[int, bytes]]:
        return iter(found)

    return follow_withdrawals(FirstNumbers(None).people(PEOPLE), read, first, len(found)).row()


def test_a_denial_after_a_no_is_timed_and_a_use_is_named() -> None:
    found = entries(
        (1, Kind.CONSENT, Outcome.GIVEN, "rec", 0),
        (2, Kind.CONSENT, Outcome.GIVEN, "rec", 0),
        (1, Kind.DECISION, Outcome.PERSONALISED, "rec", 1),
        (1, Kind.CONSENT, Outcome.WITHDRAWN, "rec", 2),
        (2, Kind.DECISION, Outcome.PERSONALISED, "rec", 3),
        (1, Kind.DECISION, Outcome.UNPERSONALISED_REFUSED, "rec", 5),
        (1, Kind.DECISION, Outcome.UNPERSONALISED_REFUSED, "rec", 9),
        (2, Kind.CONSENT, Outcome.REFUSED, "rec", 9),
        (2, Kind.EVENT, Outcome.ACCEPTED, "rec", 9),
    )
    assert follow(found) == {
        "noes": 2,
        "asked_after": 2,
        "used_after": [8],
        "median_seconds": 180,
        "p99_seconds": 180,
        "most_seconds": 180,
    }


def test_a_yes_lifts_a_no_and_other_purposes_are_not_touched() -> None:
    found = entries(
        (1, Kind.CONSENT, Outcome.WITHDRAWN, "rec", 0),
        (1, Kind.EVENT, Outcome.ACCEPTED, "ana", 1),
        (1, Kind.CONSENT, Outcome.GIVEN, "rec", 2),
        (1, Kind.EVENT, Outcome.ACCEPTED, "rec", 3),
    )
    assert (follow(found)["noes"], follow(found)["used_after"]) == (1, [])


def test_a_no_before_the_range_does_not_count() -> None:
    found = entries(
        (1, Kind.CONSENT, Outcome.WITHDRAWN, "rec", 0),
        (1, Kind.DECISION, Outcome.UNPERSONALISED_REFUSED, "rec", 1),
    )
    assert follow(found, first=1)["noes"] == 0
