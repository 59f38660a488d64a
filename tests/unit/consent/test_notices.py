"""Notices: what a person was told, named by its hash."""

from __future__ import annotations

import hashlib
import json

import pytest

from consent import Evidence, Reason, Status, WriteRefusal, admit, canonical_json, event_facts, resolve
from consent.admission import ActorKind, ConsentRequest
from consent.ledger import Stamp, event_of, next_step
from consent.notices import closest_locale
from privacy import SubjectRef
from tests.unit.consent.material import (
    DEFAULT,
    EVERY_NOTICE,
    NOW,
    change,
    condition_text,
    policy_of,
    policy_text,
    purpose_text,
    record,
    records,
)

CONTROLLER = """[controller]
name = "Rosa's shop"
address = "1 High Street, Anytown"
contact = "privacy@shop.example"
jurisdiction = "EU"
storage_location = "DE"
withdraw_at = "https://shop.example/portal"
"""
SHOP = policy_of(purpose_text("shop", "shp"), condition_text("place", "plc"))


def facts(policy, entry_id="shop", locale="en"):
    return json.loads(policy.notice(entry_id, locale).content)


def test_a_notice_is_named_by_the_hash_of_its_one_spelling():
    for notice in DEFAULT.notices.values():
        assert notice.digest == hashlib.sha256(notice.content).digest()
        assert canonical_json(json.loads(notice.content)) == notice.content


def test_there_is_one_for_every_purpose_and_condition_in_every_language():
    wanted = {(entry.id, locale) for entry in DEFAULT.entries for locale in entry.texts}
    assert set(DEFAULT.notices) == wanted
    assert len({notice.digest for notice in DEFAULT.notices.values()}) == len(wanted)


def test_it_says_what_the_policy_says():
    assert facts(SHOP) == {
        "basis": "consent",
        "data": {"Viewed": ["product_id"]},
        "dpv": "https://w3id.org/dpv#Purpose",
        "format": "volens-notice/v1",
        "kept_days": 30,
        "lasts_days": 10,
        "locale": "en",
        "purpose": "shop",
        "recipients": [],
        "text": "Text.",
        "title": "T",
        "version": 1,
    }
    assert facts(SHOP, "place") == {
        "basis": "consent",
        "format": "volens-notice/v1",
        "lasts_days": 10,
        "locale": "en",
        "purpose": "place",
        "text": "Text.",
        "title": "T",
        "version": 1,
    }


@pytest.mark.parametrize(
    "other",
    [
        {"texts": '{ en = { title = "T", text = "Text" } }'},
        {"version": "2"},
        {"retention_days": "31"},
        {"max_consent_age_days": "11"},
        {"destinations": '["crm"]'},
        {"fields": '{ "Viewed" = { product_id = "id", price = "number" } }'},
        {"legal_basis": '"contract"'},
    ],
)
def test_whatever_changes_for_the_person_makes_another_notice(other):
    changed = policy_of(purpose_text("shop", "shp", **other))
    assert changed.notice("shop", "en").digest != SHOP.notice("shop", "en").digest


def test_the_controller_stands_in_every_notice_once_the_policy_names_them():
    named = policy_of(purpose_text("shop", "shp"), condition_text("place", "plc"), CONTROLLER)
    assert named.controller.name == "Rosa's shop"
    for entry_id in ("shop", "place"):
        assert facts(named, entry_id)["controller"]["withdraw_at"] == "https://shop.example/portal"
    assert "controller" not in facts(SHOP)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("de-CH-1996", "de"),
        ("fr-CA", "fr"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-Hant-x-private", "zh-Hant"),
        ("zh", "en"),
        ("it", "en"),
        ("d", "en"),
    ],
)
def test_somebody_is_shown_the_closest_language_there_is(asked, shown):
    assert closest_locale(asked, ["en", "de", "fr", "zh-Hant"], "en") == shown


def test_a_write_names_the_notice_that_was_shown_and_those_it_spreads_to_name_theirs():
    policy = policy_of(
        purpose_text("marketing", "mar"), purpose_text("daily", "dly", broader='["marketing"]')
    )
    asked = ConsentRequest(purpose="marketing", status=Status.REFUSED, method="portal", locale="en-GB")
    written = admit(asked, ActorKind.PERSON, None, policy, NOW).changes
    assert [each.notice for each in written] == [policy.notice(each.purpose, "en").digest for each in written]
    assert [each.purpose for each in written] == ["marketing", "daily"]


def test_a_grant_whose_notice_is_not_kept_permits_nothing_and_a_refusal_needs_none():
    kept = {SHOP.notice("shop", "en").digest}
    good = record("shop", notice=next(iter(kept)))
    assert resolve(records(good), SHOP, NOW, kept).reason(0) is None
    for gone in (record("shop", notice=b"o" * 32), record("shop", notice=None)):
        found = resolve(records(gone), SHOP, NOW, kept)
        assert (found.mask, found.reason(0)) == (0, Reason.UNPROVABLE)
    refused = record("shop", Status.REFUSED, notice=None)
    assert resolve(records(refused), SHOP, NOW, kept).reason(0) is Reason.REFUSED


def test_another_ground_than_consent_needs_no_notice():
    policy = policy_of(purpose_text("shop", "shp", legal_basis='"contract"'))
    assert resolve({}, policy, NOW, ()).reason(0) is None
    assert resolve(records(record("shop", notice=None)), policy, NOW, EVERY_NOTICE).reason(0) is None


def test_a_jurisdiction_that_is_none_is_refused():
    for wrong in ("Europe", "eu", "", "EU-"):
        asked = ConsentRequest(
            purpose="shop", status=Status.GIVEN, method="m", locale="en", jurisdiction=wrong
        )
        assert admit(asked, ActorKind.APP, None, SHOP, NOW) is WriteRefusal.MALFORMED_JURISDICTION


def test_the_facts_of_an_event_name_nobody_and_leave_out_what_is_not_known():
    asked = change("shop", evidence=Evidence.APP_ASSERTED, ui_variant=b"u" * 32, jurisdiction="FR")
    stamp = Stamp(7, b"e" * 16, SubjectRef(b"a" * 16), 3, NOW + 1, "client:shop")
    found = event_facts(event_of(asked, next_step(None, asked, NOW), stamp))
    assert found["id"] == "65" * 16
    assert (found["ui_variant"], found["jurisdiction"], found["notice"]) == ("75" * 32, "FR", "6e" * 32)
    assert "age_band" not in found
    assert "valid_until" not in found
    assert "client:shop" not in found.values()
    assert (b"a" * 16).hex() not in found.values()


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ('jurisdiction = "Europe"', "/controller/jurisdiction"),
        ('withdraw_at = "portal"', "/controller/withdraw_at"),
        ('extra = "x"', "/controller/extra"),
    ],
)
def test_a_controller_that_cannot_be_read_is_a_problem(line, where):
    from consent import PolicyError, parse_policy

    name = line.split(" ")[0]
    lines = [each for each in CONTROLLER.splitlines() if not each.startswith(name)] + [line]
    with pytest.raises(PolicyError) as caught:
        parse_policy(policy_text(purpose_text("shop", "shp"), "\n".join(lines)))
    assert [problem.pointer for problem in caught.value.problems] == [where]
