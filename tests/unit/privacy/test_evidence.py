"""Tags and openings follow from the person's key and the running number, and from nothing else."""

from __future__ import annotations

import hashlib

from privacy import derive_evidence, key_fingerprint

KEY = b"k" * 32


def test_tag_and_opening_are_one_keyed_hash_of_the_running_number():
    expected = hashlib.blake2b(
        bytes(7) + b"\x05", digest_size=48, key=KEY, person=b"volens-evidence"
    ).digest()
    assert derive_evidence(KEY, 5) == (expected[:16], expected[16:])


def test_no_two_entries_share_a_tag_or_an_opening():
    made = [derive_evidence(key, number) for key in (KEY, b"j" * 32) for number in range(200)]
    assert len({tag for tag, _ in made}) == len({opening for _, opening in made}) == 400


def test_the_fingerprint_is_a_hash_in_a_context_of_its_own():
    assert key_fingerprint(KEY) == hashlib.sha256(b"volens/kf/v1\0" + KEY).digest()
