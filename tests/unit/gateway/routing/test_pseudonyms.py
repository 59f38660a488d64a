"""Who a person is to a destination."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from gateway.routing.pseudonyms import DestinationPseudonyms
from privacy import KeyFileError
from tests.unit.gateway.routing.fakes import person


def test_the_pseudonym_is_the_documented_hmac() -> None:
    expected = hmac.new(b"k" * 32, b"analytics\0" + person(7), hashlib.sha256).hexdigest()[:32]
    assert DestinationPseudonyms(b"k" * 32, "analytics").of(person(7)) == expected


def test_a_person_keeps_their_name_at_one_destination_and_has_another_elsewhere() -> None:
    here = DestinationPseudonyms(b"a" * 32, "analytics")
    there = DestinationPseudonyms(b"b" * 32, "analytics")
    otherwise = DestinationPseudonyms(b"a" * 32, "advertising")
    assert here.of(person(1)) == here.of(person(1))
    assert len({here.of(person(1)), here.of(person(2)), there.of(person(1)), otherwise.of(person(1))}) == 4


def test_our_own_pseudonym_is_not_in_it() -> None:
    assert person(1).hex() not in DestinationPseudonyms(b"a" * 32, "analytics").of(person(1))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(KeyFileError, match="must have 32 bytes"):
        DestinationPseudonyms(b"k" * length, "analytics")
