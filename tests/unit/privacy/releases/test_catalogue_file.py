"""The catalogue: what `volens init` writes is sound and affordable, and what breaks a rule is refused without being quoted."""

from __future__ import annotations

import hashlib

import pytest

from privacy import (
    CatalogueError,
    Length,
    default_releases_text,
    read_catalogue,
    window_at,
    window_named,
    windows_between,
)
from privacy.releases.plan import encode_release, plan_of

HEAD = '[[releases]]\nid = "x"\nversion = 1\ntitle = "x"\nwindow = "day"\n'


def test_the_default_is_affordable_every_day():
    catalogue = read_catalogue(default_releases_text().encode())
    assert len(catalogue.releases) == 7
    cost = sum(plan_of(each).rho for each in catalogue.releases)
    assert cost <= catalogue.budget.daily.rho
    assert catalogue.purposes() == {"analytics": ("product_id",), "consents": ("consents",)}


def test_an_empty_file_publishes_nothing():
    assert read_catalogue(b"").releases == ()


@pytest.mark.parametrize(
    "text",
    [
        "canary = 1",
        '[budget]\nrho_per_day = "canary"',
        "[budget]\nrho_per_day = nan",
        "[budget]\nrho_per_day = inf",
        "[budget]\nrho_per_day = -1.0",
        HEAD + 'shape = "canary"',
        HEAD + 'shape = "people"',
        HEAD + 'shape = "people"\nnoise = 0.0',
        HEAD + 'shape = "people"\nnoise = -3.0',
        HEAD + 'shape = "people"\nnoise = nan',
        HEAD + 'shape = "people"\nnoise = 0.6',
        HEAD + 'shape = "people"\nnoise = 9.0\nfilter = "canary"',
        HEAD + 'shape = "people"\nnoise = 9.0\n' + HEAD + 'shape = "people"\nnoise = 9.0',
        HEAD + 'shape = "retention"\nnoise = 9.0',
        HEAD + 'shape = "late"\nnoise = 9.0',
        HEAD + 'shape = "histogram"\nof = "events"\nedges = [5, 2]\nnoise = 9.0',
        HEAD + 'shape = "histogram"\nof = "events"\nedges = [1, 2]\nnoise = 9.0',
        HEAD + 'shape = "by_keys"\nby = "category"\nkeys = ["a", "a"]\nmost_keys = 1\nnoise = 9.0',
        HEAD + 'shape = "by_keys"\nby = "category"\nkeys = ["~cut"]\nmost_keys = 1\nnoise = 9.0',
        HEAD + 'shape = "by_keys"\nby = "category"\nkeys = ["a"]\nmost_keys = 2\nnoise = 9.0',
        HEAD + 'shape = "by_found_keys"\nby = "hour"\nmost_keys = 2\nnoise = 9.0\nthreshold = 99',
        HEAD + 'shape = "by_found_keys"\nby = "category"\nmost_keys = 2\nnoise = 9.0\nthreshold = 30',
        HEAD + 'shape = "funnel"\nsteps = ["A", "A"]\nnoise = 9.0',
        HEAD + 'shape = "funnel"\nsteps = ["A", "B"]\nevents = ["A"]\nnoise = 9.0',
        HEAD + 'shape = "experiment"\nexperiment = "e"\narms = ["a", "a"]\nsuccess = "S"\nnoise = 9.0',
        HEAD + 'shape = "experiment"\nexperiment = "e"\narms = ["a|b", "a"]\nsuccess = "S"\nnoise = 9.0',
        HEAD + 'shape = "quantiles"\nof = "events"\nmost_each = 9\nshares = [0.0]\nnoise = 9.0',
        HEAD + 'shape = "total"\nof = "events"\nmost_each = 1e99\nnoise = 9.0\nnoise_people = 9.0',
        HEAD + 'shape = "people"\nnoise = 9.0\nhours_each = 3',
        HEAD + 'shape = "people"\nnoise = 9.0\nlaw = "canary"',
        HEAD + 'shape = "people"\nnoise = 1.3\nlaw = "laplace"\ntells_cut = false',
        HEAD + 'shape = "people"\nnoise = 0.9\nlaw = "laplace"',
        HEAD + 'shape = "quantiles"\nof = "events"\nmost_each = 9\nshares = [0.5, 0.5]\nnoise = 9.0',
        HEAD + 'shape = "quantiles"\nof = "events"\nmost_each = 9\nshares = [0.5]\nrho = 0.1',
        HEAD + 'shape = "by_keys"\nby = "hour"\nkeys = ["07", "24"]\nmost_keys = 1\nnoise = 9.0',
        HEAD.replace('title = "x"', 'title = " "') + 'shape = "people"\nnoise = 9.0',
        HEAD.replace('title = "x"', 'title = "T\\u001b[2J"') + 'shape = "people"\nnoise = 9.0',
        "[windows]\nkeep_days = 1\n" + HEAD + 'shape = "people"\nnoise = 9.0',
        "[windows]\nkeep_days = 7\n" + HEAD.replace('"day"', '"week"') + 'shape = "people"\nnoise = 9.0',
        HEAD + 'shape = "people"\nnoise = 9.0\npurpose = "consents"',
        HEAD + 'shape = "consents"\npurposes = ["a", "a"]\nnoise = 9.0',
        HEAD + 'shape = "consents"\npurposes = ["a|b"]\nnoise = 9.0',
        HEAD + 'shape = "consents"\npurposes = ["a"]\npurpose = "analytics"\nnoise = 9.0',
        HEAD + 'shape = "consents"\npurposes = ["a"]\nevents = ["A"]\nnoise = 9.0',
        "[budget]\ncounted_per_day = 0",
        "[windows]\nmost_people = 100",
        "not toml",
        "x = " + "[" * 5000,
    ],
)
def test_what_breaks_a_rule_is_refused_and_not_quoted(text):
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(text.encode())
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("data", [b"\xff", b"#" * (1 << 21)])
def test_what_is_no_text_is_refused(data):
    with pytest.raises(CatalogueError):
        read_catalogue(data)


@pytest.mark.parametrize("length", list(Length))
def test_windows_follow_one_another_without_a_gap(length):
    window = window_at(length, 1_795_219_200 + 12_345)
    following = window_at(length, window.end)
    assert window.begin <= 1_795_219_200 + 12_345 < window.end == following.begin
    assert window_named(length, window.name) == window
    assert list(windows_between(length, window.begin, following.end)) == [window, following]
    assert list(windows_between(length, window.begin + 1, following.end - 1)) == []


def test_a_week_begins_on_a_monday_and_has_seven_days():
    window = window_at(Length.WEEK, 1_795_219_200)
    assert window.days[0].isoweekday() == 1
    assert len(window.days) == 7


@pytest.mark.parametrize(
    ("length", "name"),
    [
        (Length.DAY, "canary"),
        (Length.DAY, "2026-11-16.week"),
        (Length.DAY, "2026-11-6"),
        (Length.DAY, "2026-11-16T00"),
        (Length.HOUR, "2026-11-21"),
        (Length.HOUR, "2026-11-21T05.week"),
        (Length.WEEK, "2026-11-21.week"),
        (Length.WEEK, "2026-11-16"),
    ],
)
def test_a_window_that_is_none_is_refused(length, name):
    with pytest.raises(CatalogueError):
        window_named(length, name)


def test_plans_from_before_keep_their_names_and_what_is_new_has_others():
    text = HEAD + 'shape = "by_found_keys"\nby = "category"\nmost_keys = 2\nnoise = 9.0\nthreshold = 99\n'
    plans = [
        encode_release(read_catalogue((text + more).encode()).releases[0])
        for more in ("", 'law = "gaussian"\ntells_cut = true', 'law = "laplace"', "tells_cut = false")
    ]
    assert plans[0] == plans[1]
    assert b"law" not in plans[0]
    assert b"tells_cut" not in plans[0]
    assert len(set(plans)) == 3


def test_terms_that_were_approved_once_keep_their_name():
    told = hashlib.sha256(read_catalogue(default_releases_text().encode()).terms).hexdigest()
    assert told == "76cbe1c072be4dde08cd91af197e75cc74110930c2d8cc870122027d9bb60b12"


QUANTILES = HEAD + 'shape = "quantiles"\nof = "events"\nmost_each = 9\nshares = [0.5]\n'


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (QUANTILES + "rho = 0.1", "releases[0].rho"),
        (QUANTILES, "releases[0].noise"),
        ("[windows]\nmost_people = 100", "windows.most_people"),
        (QUANTILES + "noise = 9.0\ncanary = 1", "releases[0]"),
        (QUANTILES + 'noise = 9.0\n"missing required field `canary`" = 1', "releases[0]"),
    ],
)
def test_a_member_is_named_if_its_name_is_ours(text, place):
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(text.encode())
    assert str(refused.value) == f"unknown, missing or outside its limits: {place}"
