"""Pseudonyms: keyed, separate by namespace, and nothing else."""

from __future__ import annotations

import hashlib

import pytest

from privacy import Pseudonymiser

KEY = bytes(range(32))
PEOPLE = Pseudonymiser(KEY)


def test_a_pseudonym_is_keyed_blake2b_of_namespace_and_id():
    assert PEOPLE.known("ann") == hashlib.blake2b(b"uann", digest_size=16, key=KEY).digest()
    assert PEOPLE.anonymous("ann") == hashlib.blake2b(b"aann", digest_size=16, key=KEY).digest()
    assert PEOPLE.claimed("ann") == hashlib.blake2b(b"cann", digest_size=16, key=KEY).digest()


def test_the_three_namespaces_never_meet():
    assert len({PEOPLE.known("ann"), PEOPLE.anonymous("ann"), PEOPLE.claimed("ann")}) == 3


def test_another_key_gives_other_pseudonyms():
    assert Pseudonymiser(bytes(32)).known("ann") != PEOPLE.known("ann")


def test_a_pseudonymiser_keeps_no_state_between_people():
    first = PEOPLE.known("ann")
    PEOPLE.known("bob")
    assert PEOPLE.known("ann") == first


def test_a_message_id_is_of_its_source_alone():
    ours, theirs = PEOPLE.message_id("shop", "m-1"), PEOPLE.message_id("app", "m-1")
    assert ours != theirs
    assert 0 <= ours < 1 << 64
    assert PEOPLE.message_id(b"shop", "m-1") == ours


def test_source_and_message_cannot_be_shifted_into_one_another():
    assert PEOPLE.message_id("ab", "c") != PEOPLE.message_id("a", "bc")


def test_sources_beyond_the_bound_still_work():
    people = Pseudonymiser(KEY)
    for number in range(5000):
        people.message_id(f"source-{number}", "m")
    assert len(people._sources) <= 4096
    assert people.message_id("source-4999", "m") == PEOPLE.message_id("source-4999", "m")


def test_a_lone_surrogate_is_an_id_like_any_other_and_not_an_error_that_quotes_it():
    assert len(PEOPLE.known("\ud800")) == 16
    assert PEOPLE.known("\ud800") != PEOPLE.known("?")


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonymiser(b"short")


def test_many_at_once_are_the_same_as_one_by_one():
    raws = ["m-1", "", "\ud800", "m-1", "é"]
    assert PEOPLE.message_ids("shop", raws) == [PEOPLE.message_id("shop", raw) for raw in raws]
    assert PEOPLE.message_ids("shop", [None, 7, ["m-1"], ""]) == [0, 0, 0, 0], (
        "what is no text, or empty, has no digest"
    )
    assert PEOPLE.known_many([*raws, None]) == [*(PEOPLE.known(raw) for raw in raws), None]
