"""What no signal can carry is told before budget is spent on it."""

from __future__ import annotations

import pytest

from consent import default_policy_text, parse_policy
from gateway.aggregates.by_policy import conditions_of, unfit_releases
from privacy import MADE_BY_RULES, default_releases_text, read_catalogue
from scoring import EffectKind

HEAD = '[[releases]]\nid = "x"\nversion = 1\ntitle = "x"\nwindow = "day"\n'
POLICY = parse_policy(default_policy_text().encode())
KEYED = 'shape = "by_keys"\nkeys = ["a"]\nmost_keys = 1\nnoise = 9.0\n'
MONEY = 'shape = "total"\nof = "amount"\nmost_each = 9\nnoise = 99.0\nnoise_people = 9.0\n'
TRIAL = 'shape = "experiment"\nexperiment = "e"\narms = ["a", "b"]\nnoise = 9.0\n'


def unfit(text: str) -> dict[str, str]:
    return unfit_releases(read_catalogue(text.encode()), POLICY)


def test_what_comes_with_the_program_fits_what_comes_with_it():
    assert unfit(default_releases_text()) == {}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('shape = "people"\nnoise = 9.0\npurpose = "analitics"', "purpose"),
        ('shape = "people"\nnoise = 9.0\npurpose = "linking"', "purpose"),
        ('shape = "people"\nnoise = 9.0\nevents = ["Product Vieewed"]', "events"),
        ('shape = "funnel"\nnoise = 9.0\nsteps = ["Product Viewed", "Order Complete"]', "events"),
        (KEYED + 'by = "colour"', "field"),
        (KEYED + 'by = "category"\nevents = ["Product Removed"]', "field"),
        (MONEY, "as a number"),
        (TRIAL + 'success = "Order Completed"', "events"),
        (TRIAL + 'success = "Bought"\npurpose = "experiments"', "events"),
        ('shape = "consents"\npurposes = ["analytics", "nope"]\nnoise = 9.0', "purposes"),
    ],
)
def test_what_can_count_nobody_is_unfit(text, word):
    assert word in unfit(HEAD + text)["x"]


@pytest.mark.parametrize(
    "text",
    [
        'shape = "people"\nnoise = 9.0\nevents = ["Product Viewed", "Rule Fired"]',
        KEYED + 'by = "product_id"\nevents = ["Order Completed"]',
        KEYED.replace('["a"]', '["07"]') + 'by = "hour"',
        KEYED + 'by = "segment"\nevents = ["Segment Joined"]',
        TRIAL + 'success = "Product Added"\npurpose = "experiments"',
        'shape = "consents"\npurposes = ["analytics", "linking"]\nnoise = 9.0',
        MONEY.replace('"amount"', '"events"'),
    ],
)
def test_what_signals_carry_fits(text):
    assert unfit(HEAD + text) == {}


def test_money_that_is_kept_as_a_number_can_be_added_up():
    kept = default_policy_text().replace(
        'revenue = "number bucket:10,25,50,100,250,500,1000"', 'revenue = "number"'
    )
    assert unfit_releases(read_catalogue((HEAD + MONEY).encode()), parse_policy(kept.encode())) == {}


def test_what_rules_make_is_known_by_name():
    assert set(MADE_BY_RULES) == {kind.value for kind in EffectKind if kind is not EffectKind.SUPPRESSED}


def test_a_release_by_a_field_rests_on_the_condition_of_that_field():
    location = POLICY.bits["location"]
    by_place = read_catalogue((HEAD + KEYED + 'by = "location"\nevents = ["Product Viewed"]').encode())
    assert conditions_of(by_place, POLICY, "analytics") == {location}
    by_item = read_catalogue((HEAD + KEYED + 'by = "product_id"\nevents = ["Product Viewed"]').encode())
    assert conditions_of(by_item, POLICY, "analytics") == conditions_of(by_place, POLICY, "gone") == set()
