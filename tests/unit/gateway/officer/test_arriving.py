"""Who comes from the provider is let in by what was shown, in time, once, in one browser."""

from __future__ import annotations

import os

import pytest

from gateway.officer.accounts import Account
from gateway.officer.arriving import ARRIVED_SECONDS, Arrivals, has_second_factor
from gateway.pages.oidc import SignedIn
from gateway.settings.officer import OfficerSettings

NOW = 1_800_000_000
VERA = Account(officer="officer-1", name="vera", since="a")


def test_an_arrival_is_found_by_its_name_until_it_is_over() -> None:
    arrivals = Arrivals(os.urandom)
    name, arrival = arrivals.begin(VERA, needs_code=True, now=NOW)
    assert arrivals.find(name, now=NOW + ARRIVED_SECONDS - 1) is arrival
    for wrong in (None, "", name[:-1], "\udcff"):
        assert arrivals.find(wrong, now=NOW) is None
    assert arrivals.find(name, now=NOW + ARRIVED_SECONDS) is None
    assert arrivals.find(name, now=NOW - 1) is None
    arrivals.end(name)
    arrivals.end(None)
    assert arrivals.find(name, now=NOW) is None


def test_there_are_never_more_than_a_hundred() -> None:
    arrivals = Arrivals(os.urandom)
    first, _ = arrivals.begin(VERA, needs_code=True, now=NOW)
    for _ in range(100):
        last, _ = arrivals.begin(VERA, needs_code=True, now=NOW)
    assert arrivals.find(first, now=NOW) is None
    assert arrivals.find(last, now=NOW) is not None


@pytest.mark.parametrize(
    ("acr", "amr", "accepted", "enough"),
    [
        (None, [], {}, False),
        ("urn:mfa", ["mfa"], {}, False),
        ("urn:mfa", [], {"oidc_accepted_acr": ["urn:mfa"]}, True),
        ("urn:pwd", ["pwd"], {"oidc_accepted_acr": ["urn:mfa"], "oidc_accepted_amr": ["mfa", "hwk"]}, False),
        (None, ["pwd", "hwk"], {"oidc_accepted_amr": ["mfa", "hwk"]}, True),
        (None, ["mfa"], {"oidc_accepted_acr": ["mfa"]}, False),
    ],
)
def test_a_factor_of_the_provider_counts_where_it_was_configured_and_nowhere_else(
    acr: str | None, amr: list[str], accepted: dict[str, frozenset[str]], enough: bool
) -> None:
    settings = OfficerSettings(**{name: frozenset(values) for name, values in accepted.items()})
    assert has_second_factor(SignedIn("vera", acr, frozenset(amr)), settings) is enough
