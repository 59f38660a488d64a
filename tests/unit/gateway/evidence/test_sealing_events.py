"""What is sealed together is what is sealed one by one: the same bytes, opened by the same keys."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from gateway.evidence import sealing_events
from gateway.evidence.sealed_records import read_event
from gateway.evidence.sealing_events import (
    NONCE_BYTES,
    DerivedEvidence,
    EventsToSeal,
    derive_evidence_of,
    prepare_sealing,
    seal_events,
    seal_messages,
)
from privacy import derive_evidence

prepare_sealing()

Sealed = tuple[EventsToSeal, bytes, bytes]

signals = st.lists(
    st.tuples(st.integers(0, 15), st.binary(min_size=32, max_size=32), st.binary(max_size=300)), max_size=4
)
chunks = st.lists(
    st.tuples(st.integers(0, 2**64 - 1), st.binary(min_size=16, max_size=16), signals), max_size=6
)


def lay_out(chunk: list[tuple[int, bytes, list[tuple[int, bytes, bytes]]]]) -> Sealed:
    """A chunk as columns, its tags, and a nonce for each signal."""
    events = EventsToSeal()
    for digest, _, said in chunk:
        for bit, key, body in said:
            events.bits.append(bit)
            events.keys.append(key)
            events.bodies.append(body)
        events.digests.append(digest)
        events.ends.append(len(events.bits))
    nonces = b"".join(n.to_bytes(NONCE_BYTES, "big") for n in range(len(events.bits)))
    return events, b"".join(tag for _, tag, _ in chunk), nonces


def by_itself(events: EventsToSeal, tags: bytes, nonces: bytes) -> list[bytes]:
    """The same in a process that has no machine code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing_events, "_made", [])
        return seal_events(events, tags, nonces)


@given(chunks)
def test_together_and_one_by_one_are_the_same_bytes(chunk) -> None:
    sealed = lay_out(chunk)
    assert seal_events(*sealed) == by_itself(*sealed)


@pytest.mark.skipif(not sealing_events._made, reason="this processor has no AES of its own")
@given(chunks)
def test_what_machine_code_seals_opens_under_its_key_and_tag_alone(chunk) -> None:
    halves = sealing_events._seal_together(*lay_out(chunk))
    assert halves is not None
    for half, (digest, tag, said) in zip(halves, chunk, strict=True):
        record = read_event(half)
        assert record.message_digest == digest
        assert [bit for bit, _ in record.signals] == [bit for bit, _, _ in said]
        for (_, sealed), (_, key, body) in zip(record.signals, said, strict=True):
            nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            assert AESGCM(key).decrypt(nonce, text, tag) == body
            with pytest.raises(InvalidTag):
                AESGCM(key).decrypt(nonce, text, bytes(byte ^ 1 for byte in tag))


ONE = [(7, bytes(16), [(0, bytes(32), b"said")])]
TWO: dict[str, list[object]] = {"bits": [0, 1], "bodies": [b"said", b"said"], "ends": [2]}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda events, tags, nonces: (events, tags[1:], nonces),
        lambda events, tags, nonces: (events, tags, nonces[1:]),
        lambda events, tags, nonces: (_with(events, keys=[bytes(31)]), tags, nonces),
        lambda events, tags, nonces: (_with(events, ends=[2]), tags, nonces),
        lambda events, tags, nonces: (_with(events, bits=[]), tags, nonces),
        lambda events, tags, nonces: (_with(events, bodies=[bytes(65_508)]), tags, nonces),
        lambda events, tags, nonces: (_with(events, **TWO, keys=[bytes(31), bytes(33)]), tags, 2 * nonces),
    ],
)
def test_machine_code_is_given_nothing_of_another_length(spoil) -> None:
    assert sealing_events._seal_together(*spoil(*lay_out(ONE))) is None


def _with(events: EventsToSeal, **changed: list[object]) -> EventsToSeal:
    for name, value in changed.items():
        setattr(events, name, value)
    return events


@given(st.lists(st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 2**64 - 1)), max_size=5))
def test_evidence_of_many_is_that_of_each(people: list[tuple[bytes, int]]) -> None:
    keys, numbers = b"".join(key for key, _ in people), [number for _, number in people]
    pairs = [derive_evidence(key, number) for key, number in people]
    expected = DerivedEvidence(b"".join(tag for tag, _ in pairs), [opening for _, opening in pairs])
    assert derive_evidence_of(keys, numbers) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing_events, "_made", [])
        assert derive_evidence_of(keys, numbers) == expected


messages = st.lists(
    st.tuples(
        st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16), st.binary(max_size=900)
    ),
    max_size=6,
)


@given(messages)
def test_messages_sealed_together_open_as_those_sealed_one_by_one(said) -> None:
    keys, tags = (
        (b"".join(each) for each in zip(*((k, t) for k, t, _ in said), strict=True)) if said else (b"", b"")
    )
    nonces = b"".join(n.to_bytes(NONCE_BYTES, "big") for n in range(len(said)))
    bodies = [body for _, _, body in said]
    together = seal_messages(keys, tags, nonces, bodies)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing_events, "_made", [])
        assert seal_messages(keys, tags, nonces, bodies) == together
    for sealed, (key, tag, body) in zip(together, said, strict=True):
        assert AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], tag) == body


@pytest.mark.parametrize("short", ["keys", "tags", "nonces"])
def test_messages_with_too_few_of_anything_are_refused_before_machine_code_sees_them(short: str) -> None:
    columns = {"keys": bytes(64), "tags": bytes(32), "nonces": bytes(24)}
    columns[short] = columns[short][:-1]
    with pytest.raises(ValueError, match="one key, one tag and one nonce"):
        seal_messages(**columns, messages=[b"a", b"b"])
