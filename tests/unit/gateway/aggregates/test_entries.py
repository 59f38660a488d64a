"""What the log says of a booking is read back as it was booked, however many scopes it has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit import Entry, Kind, Outcome, encode_entry
from gateway.aggregates.entries import ReleaseAct, booked, booking_of, bookings_in
from privacy import Loss, Spend, SpendState, kept_loss

AT = 1_795_000_020


def spend(scopes: int) -> Spend:
    names = tuple(f"purpose/analytics/day-{number:04d}" for number in range(scopes))
    return Spend("people@1/2026-11", Loss(2000, 3), names, bytes(range(32)), SpendState.RESERVED, AT, 7)


@pytest.mark.parametrize("scopes", [1, 17, 18, 300])
def test_a_booking_comes_back_with_its_scopes_in_their_order(scopes: int) -> None:
    said = booked(spend(scopes))
    assert ("scopes_10" in said) is (scopes == 300)
    assert booking_of(said, AT, 7) == spend(scopes)
    entry = encode_entry(Entry(Kind.RELEASE, Outcome.DONE, AT, detail=said))
    assert bookings_in([(7, entry)]) == [spend(scopes)]


def test_what_is_pure_is_said_and_what_was_booked_before_counts_as_rho() -> None:
    pure = replace(spend(1), loss=kept_loss(2000, 3, 50))
    assert booking_of(booked(pure), AT, 7) == pure
    assert "ueps" not in booked(spend(1))
    without = {name: value for name, value in booked(pure).items() if name != "ueps"}
    assert booking_of(without, AT, 7) == booking_of({**without, "ueps": "x"}, AT, 7) == spend(1)


@pytest.mark.parametrize("left_out", ["act", "key", "digest", "urho", "fdelta"])
def test_what_is_no_booking_is_none(left_out: str) -> None:
    said = {name: value for name, value in booked(spend(1)).items() if name != left_out}
    assert booking_of(said, AT, 7) is None


@pytest.mark.parametrize(
    "other", [{"act": ReleaseAct.PUBLISHED.value}, {"digest": "00"}, {"digest": "x" * 64}, {"urho": -1}]
)
def test_what_makes_no_sense_is_none(other: dict[str, str | int]) -> None:
    assert booking_of({**booked(spend(1)), **other}, AT, 7) is None
