"""One-time codes: the published vectors, and that each is accepted once and in its time only."""

from __future__ import annotations

import pytest

from gateway.officer.one_time_codes import (
    NEVER_USED,
    STEP_SECONDS,
    accepted_step,
    as_address,
    as_text,
    code_at,
)

SECRET = b"12345678901234567890"
NOW = 1_111_111_109


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_for_sha_1(at: int, code: str) -> None:
    assert code_at(SECRET, at // STEP_SECONDS, digits=8) == code
    assert code_at(SECRET, at // STEP_SECONDS) == code[-6:]


@pytest.mark.parametrize(
    ("count", "code"),
    list(
        enumerate(
            [
                "755224",
                "287082",
                "359152",
                "969429",
                "338314",
                "254676",
                "287922",
                "162583",
                "399871",
                "520489",
            ]
        )
    ),
)
def test_the_vectors_of_rfc_4226(count: int, code: str) -> None:
    assert code_at(SECRET, count) == code


def test_a_code_holds_in_its_half_minute_and_in_the_ones_beside_it() -> None:
    step = NOW // STEP_SECONDS
    code = code_at(SECRET, step)
    held = [
        drift
        for drift in range(-3, 4)
        if accepted_step(SECRET, code, now=NOW + drift * STEP_SECONDS, after=NEVER_USED) == step
    ]
    assert held == [-1, 0, 1]


def test_no_step_is_accepted_twice_nor_one_before_it() -> None:
    step = NOW // STEP_SECONDS
    for drift in (-1, 0, 1):
        assert accepted_step(SECRET, code_at(SECRET, step + drift), now=NOW, after=step + 1) is None
    assert accepted_step(SECRET, code_at(SECRET, step), now=NOW, after=step) is None
    assert accepted_step(SECRET, code_at(SECRET, step + 1), now=NOW, after=step) == step + 1


@pytest.mark.parametrize("said", ["", "000000", "08180", "0818044", "\x00", "\ud800", "٠٨١٨٠٤"])
def test_anything_else_is_not_accepted(said: str) -> None:
    assert accepted_step(SECRET, said, now=NOW, after=NEVER_USED) is None


def test_the_beginning_of_time_is_no_fault() -> None:
    assert accepted_step(SECRET, code_at(SECRET, 0), now=0, after=NEVER_USED) is None


def test_an_app_is_told_what_the_key_uri_format_wants() -> None:
    assert as_text(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    address = as_address(SECRET, "Volens", "vera")
    assert address == f"otpauth://totp/Volens%3Avera?secret={as_text(SECRET)}&issuer=Volens"
