"""The operator's tests pass what is sound, and each fails on the mistake that it is there for."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from privacy import default_releases_text, epsilon_of, read_catalogue
from privacy.measuring import accounting, audit_plan
from privacy.releases.plan import Keyed, plan_of
from privacy.releases.shapes import Law
from tests.requirement import whole_campaign

PLAN = Keyed(None, 2, 25.0, threshold=150)
SUMS = Keyed(("all", "~cut"), 2, 25.0, 30, 700.0)
LAPLACE = replace(PLAN, law=Law.LAPLACE)
SHIPPED = read_catalogue(default_releases_text().encode()).releases
MANY = 200_000 if whole_campaign() else 20_000
"""What every shipped release is tested with."""
CANARIES = 20_000 if whole_campaign() else 4_000
"""Enough to catch what is planted."""


def verdicts(plan: Keyed, folder, **more) -> dict[str, bool]:
    return {each.test: each.sound for each in audit_plan(plan, folder, canaries=CANARIES, **more)}


@pytest.mark.slow
@pytest.mark.parametrize("release", SHIPPED, ids=[each.id for each in SHIPPED])
def test_every_shipped_release_keeps_what_it_claims(tmp_path, release):
    plan = plan_of(release)
    found = list(audit_plan(plan, tmp_path, canaries=MANY))
    assert {each.test for each in found} == {"T1", "T2", "T4", "T5"} | ({"T3"} if plan.threshold else set())
    assert all(each.sound for each in found), found
    [canaries] = [each for each in found if each.test == "T2"]
    assert canaries.found > canaries.claimed / 2, "the test can see"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("law", Law)
@pytest.mark.parametrize(
    ("mistake", "caught"),
    [
        ({"noise_people": 12.5}, "T2"),
        ({"most_keys": 4}, "T1"),
        ({"most_keys": 99}, "T1"),
        ({"threshold": 100}, "T3"),
    ],
    ids=["half the noise", "twice the keys", "no bound", "a lower threshold"],
)
def test_a_planted_mistake_is_caught(tmp_path, law, mistake, caught):
    plan = replace(PLAN, law=law)
    assert verdicts(plan, tmp_path, measured=replace(plan, **mistake))[caught] is False


@pytest.mark.slow
def test_laplace_noise_keeps_what_it_claims(tmp_path):
    found = {each.test: each for each in audit_plan(LAPLACE, tmp_path, canaries=MANY)}
    assert set(found) == {"T1", "T2", "T3", "T4", "T5"}
    assert all(each.sound for each in found.values()), found
    assert found["T2"].found > found["T2"].claimed / 2, "the test can see"


@pytest.mark.slow
def test_a_sum_beyond_its_bound_is_caught(tmp_path):
    assert verdicts(SUMS, tmp_path, measured=replace(SUMS, most_each=60))["T1"] is False


@pytest.mark.slow
@pytest.mark.parametrize("law", Law)
def test_windows_that_are_booked_once_for_all_are_caught(tmp_path, law):
    assert verdicts(replace(PLAN, law=law), tmp_path, booked=1)["T4"] is False


@pytest.mark.slow
def test_hours_are_booked_for_as_many_as_a_person_counts_in(tmp_path):
    assert verdicts(PLAN, tmp_path, hours_each=2)["T4"] is True
    assert verdicts(PLAN, tmp_path, booked=2)["T4"] is False, "without the limit, two are not enough"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rho", [1e-4, 0.003473, 0.02, 0.6, 5.0])
def test_the_books_say_no_less_than_the_exact_count_and_no_fifth_more(rho):
    found = accounting(Keyed(("all",), 1, math.sqrt(1 / (2 * rho))))
    assert found.sound
    assert found.found <= found.claimed == pytest.approx(epsilon_of(rho, 1e-9), rel=1e-2)


@pytest.mark.parametrize("noise", [6.0, 60.0])
@pytest.mark.parametrize("most_keys", [1, 4, 20, 30, 40, 60, 300])
def test_what_is_told_of_laplace_noise_is_no_less_than_the_exact_count_and_no_fifth_more(noise, most_keys):
    assert accounting(Keyed(None, most_keys, noise * most_keys, threshold=10**6, law=Law.LAPLACE)).sound
