"""The sealed half of a record: what is packed is read back, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SealedRecordError
from gateway.evidence.sealed_records import (
    pack_consent,
    pack_event,
    pack_signal,
    pack_withheld,
    read_consent,
    read_event,
    read_withheld,
)

digests = st.integers(0, 2**64 - 1)


@given(digests, st.lists(st.tuples(st.integers(0, 15), st.binary(max_size=300)), max_size=8))
def test_an_event_is_read_back(digest: int, signals: list[tuple[int, bytes]]) -> None:
    half = pack_event(digest, [pack_signal(bit, body[:12], body[12:]) for bit, body in signals])
    found = read_event(half)
    assert (found.message_digest, list(found.signals)) == (digest, signals)


@given(st.lists(digests, max_size=20))
def test_withheld_digests_are_read_back(numbers: list[int]) -> None:
    assert read_withheld(pack_withheld(numbers)) == tuple(numbers)


@given(st.integers(0, 2**32 - 1))
def test_a_ledger_sequence_is_read_back(sequence: int) -> None:
    assert read_consent(pack_consent(sequence)) == sequence


@given(st.binary(max_size=40))
def test_noise_is_a_typed_failure(half: bytes) -> None:
    for read in (read_event, read_withheld, read_consent):
        try:
            read(half)
        except SealedRecordError:
            continue


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_cut_event_is_refused(cut: int) -> None:
    half = pack_event(7, [pack_signal(0, b"", b"body")])
    with pytest.raises(SealedRecordError):
        read_event(half[:-cut])
