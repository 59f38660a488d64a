"""Prompts, answers and banner tokens over HTTP, with everything that somebody might try."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.gateway_process import Gateways
from tests.journey.shop import Shop

OURS, FOREIGN = "https://shop.example", "https://evil.example"
EVERYTHING = [
    "recommendations", "analytics", "model-improvement", "experiments", "notifications", "advertising",
    "anonymous-statistics", "location", "linking", "cross-channel",
]  # fmt: skip
DAY = 86_400
SLACK = 3_600
"""Seconds that may lie between two requests of which both mean the same day in a year."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("prompts"))

    def allow(directory: Any) -> None:
        settings = directory / "volens.toml"
        text = settings.read_text()
        assert "allowed_origins = []" in text
        settings.write_text(text.replace("allowed_origins = []", f'allowed_origins = ["{OURS}"]'))

    try:
        yield Shop(gateways.start(allow))
    finally:
        gateways.close()


def token_for(shop: Shop, who: str, **more: Any) -> httpx.Response:
    body = {"subject": {"anonymous_id": who}, "origin": OURS, **more}
    return shop.server.post("/v1/banner-tokens", json=body)


class Page:
    """A page of an origin, with the token of one person."""

    def __init__(self, shop: Shop, who: str, origin: str | None = OURS) -> None:
        answer = token_for(shop, who)
        assert answer.status_code == 200, answer.text
        self.headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
        if origin is not None:
            self.headers["origin"] = origin
        self.url = shop.gateway.url

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return httpx.post(self.url + path, json=body, headers={**self.headers, **headers}, timeout=90)

    def prompts(self, **headers: str) -> dict[str, dict[str, Any]]:
        answer = self.post("/v1/prompts", {}, **headers)
        assert answer.status_code == 200, answer.text
        return {each["purpose"]: each for each in answer.json()["prompts"]}

    def answer(self, answers: dict[str, bool], **more: Any) -> httpx.Response:
        return self.post(
            "/v1/prompts/answers", {"answers": answers, "method": "banner", "locale": "en", **more}
        )


def test_a_person_is_asked_answers_and_is_left_alone(shop: Shop) -> None:
    page = Page(shop, "ada")
    assert list(page.prompts()) == EVERYTHING
    assert {each["reason"] for each in page.prompts().values()} == {"no_consent"}
    answered = page.answer({"recommendations": True, "advertising": False})
    assert answered.status_code == 200, answered.text
    changes = {each["purpose"]: each for each in answered.json()["changes"]}
    assert {name: (each["status"], each["evidence"]) for name, each in changes.items()} == {
        "recommendations": ("given", "user_action"),
        "advertising": ("refused", "user_action"),
    }
    assert all(each["audit"]["index"] >= 0 for each in changes.values())
    prompts = page.prompts()
    assert answered.json()["prompts"] == list(prompts.values())
    for name, reason in (("recommendations", "given"), ("advertising", "refused")):
        assert (prompts[name]["may_ask"], prompts[name]["reason"]) == (False, reason)
        assert prompts[name]["not_before"] >= changes["recommendations"]["valid_until"] - SLACK
    assert prompts["analytics"]["may_ask"]
    assert page.answer({"recommendations": True, "advertising": False}).json()["changes"] == []
    withdrawn = page.answer({"recommendations": False}).json()["changes"]
    assert [each["status"] for each in withdrawn] == ["withdrawn"]
    assert not shop.permits({"anonymous_id": "ada"})["recommendations"]


def test_somebody_unknown_looks_like_somebody_who_never_answered(shop: Shop) -> None:
    shop.consent("known", "given", "linking")
    known, unknown = (
        shop.server.post("/v1/prompts", json={"subject": {"id": who}}).json() for who in ("known", "unknown")
    )
    assert [each["purpose"] for each in known["prompts"]] == [each["purpose"] for each in unknown["prompts"]]
    assert set(known) == set(unknown)
    assert not shop.permits("unknown")["linking"]


def test_under_the_signal_what_it_denies_is_not_asked_for_twelve_months_and_not_taken(shop: Shop) -> None:
    page = Page(shop, "gina")
    prompt = page.prompts(**{"sec-gpc": "1"})["advertising"]
    assert (prompt["may_ask"], prompt["reason"], prompt["permitted"]) == (False, "opt_out_signal", False)
    quiet = page.prompts(**{"sec-gpc": "1"})["advertising"]["not_before"]
    page.answer({"recommendations": False})
    assert quiet >= page.prompts()["recommendations"]["not_before"] - SLACK, "a year, as a consent would last"
    refused = page.post(
        "/v1/prompts/answers",
        {"answers": {"advertising": True, "analytics": True}, "method": "banner", "locale": "en"},
        **{"sec-gpc": "1"},
    )
    assert (refused.status_code, refused.json()["reason"]) == (409, "denied_by_signal")
    assert page.answer({"advertising": True}, gpc=True).json()["reason"] == "denied_by_signal"
    assert not any(shop.permits({"anonymous_id": "gina"}).values()), "nothing of it was written"
    assert page.prompts(**{"sec-gpc": "0"})["advertising"]["may_ask"]


def test_what_the_signal_denied_stays_unasked_for_twelve_months_after_it_is_gone(shop: Shop) -> None:
    page = Page(shop, "greta")
    answered = page.answer({"recommendations": True}, gpc=True).json()
    assert {each["purpose"]: (each["status"], each["evidence"]) for each in answered["changes"]} == {
        "advertising": ("refused", "signal"),
        "recommendations": ("given", "user_action"),
    }
    prompt = page.prompts()["advertising"]
    assert (prompt["may_ask"], prompt["reason"]) == (False, "refused")
    given = page.prompts()["recommendations"]
    assert abs(prompt["not_before"] - given["not_before"]) <= SLACK, "twelve months, as the consent lasts"
    assert page.answer({"advertising": True}).status_code == 200, "the person may change their mind unasked"
    assert page.answer({"analytics": True}, gpc=True).json()["changes"][0]["purpose"] == "analytics"
    assert shop.permits({"anonymous_id": "greta"})["advertising"], (
        "a signal takes back no word of the person's"
    )


@pytest.mark.parametrize(
    ("answers", "more", "status", "reason"),
    [
        ({"recommendations": True, "no-such-purpose": True}, {}, 409, "unknown_purpose"),
        ({"recommendations": True}, {"notice_version": "1999-01-01"}, 409, "wrong_notice"),
        ({"recommendations": True}, {"method": "<script>"}, 409, "malformed_method"),
        ({"recommendations": True}, {"locale": "!!"}, 409, "malformed_locale"),
        ({}, {}, 422, None),
        ({f"purpose-{n}": True for n in range(10_000)}, {}, 422, None),
        ({"recommendations": "yes"}, {}, 422, None),
        ({"recommendations": 1}, {}, 422, None),
        ({"recommendations": None}, {}, 422, None),
        ({"recommendations": True}, {"occurred_at": 1}, 422, None),
        ({"recommendations": True}, {"subject": {"id": "x", "anonymous_id": "y"}}, 422, None),
    ],
)
def test_a_bad_answer_is_a_typed_problem_and_changes_nothing(
    shop: Shop, answers: dict[str, Any], more: dict[str, Any], status: int, reason: str | None
) -> None:
    page = Page(shop, "bad")
    refused = page.answer(answers, **more)
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json().get("reason") == reason
    for said in ("no-such", "purpose-1", "1999", "<script>", "!!"):
        assert said not in refused.text
    assert not any(shop.permits({"anonymous_id": "bad"}).values())


def test_a_banner_token_speaks_for_one_person_from_one_origin_and_for_nothing_else(shop: Shop) -> None:
    body = {"answers": {"recommendations": True}, "method": "banner", "locale": "en"}
    for origin in (FOREIGN, "null", None, OURS + ".evil.example", OURS + "/"):
        stolen = Page(shop, "tina", origin)
        for path, sent in (("/v1/prompts", {}), ("/v1/prompts/answers", body)):
            refused = stolen.post(path, sent)
            assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "origin-refused")
    page = Page(shop, "tina")
    for other in ({"anonymous_id": "somebody-else"}, {"id": "tina"}):
        refused = page.post("/v1/prompts/answers", {**body, "subject": other})
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "not-permitted")
    assert page.post("/v1/prompts", {"subject": {"anonymous_id": "tina"}}).status_code == 200
    elsewhere = {
        "/v1/decide": {"subject": {"anonymous_id": "tina"}},
        "/v1/track": {"event": "Product Viewed", "anonymousId": "tina"},
        "/v1/rights": {"subject": {"anonymous_id": "tina"}, "type": "erasure"},
        "/v1/device-tokens": {"anonymous_id": "tina"},
        "/access/v1/evaluation": {},
        "/v1/banner-tokens": {"subject": {"anonymous_id": "tina"}, "origin": OURS},
        "/v1/consents/query": {"subject": {"anonymous_id": "tina"}},
        "/v1/profiles/query": {"subject": {"anonymous_id": "tina"}},
        "/access/v1/search/action": {},
    }
    assert {path: page.post(path, sent).status_code for path, sent in elsewhere.items()} == dict.fromkeys(
        elsewhere, 403
    )
    changed = page.post("/v1/prompts/answers", body).json()["changes"]
    with httpx.Client(base_url=page.url, headers=page.headers, timeout=90) as browser:
        assert browser.put("/v1/consents/age-band", json={"age_band": "18+"}).status_code == 403
        consent = {"purpose": "analytics", "status": "given", "method": "x", "locale": "en"}
        assert browser.put("/v1/consents", json=consent).status_code == 403
        assert browser.get(f"/v1/receipts/{changed[0]['receipt_id']}").status_code == 403
    assert (
        page.post("/v1/prompts/answers", {**body, "answers": {"recommendations": False}}).status_code == 200
    )
    assert not any(shop.permits({"anonymous_id": "tina"}).values())


def test_who_may_have_a_token_made(shop: Shop) -> None:
    assert token_for(shop, "x", origin=FOREIGN).status_code == 403
    assert token_for(shop, "x", ttl_seconds=0).status_code == 422
    assert token_for(shop, "x", ttl_seconds=60).json()["expires_in"] == 60
    assert token_for(shop, "x", ttl_seconds=86_400).json()["expires_in"] <= 3600
    body = {"subject": {"anonymous_id": "x"}, "origin": OURS}
    reader = shop.gateway.client("consent:read decide events:write")
    for client in (shop.browser, shop.source, reader):
        assert client.post("/v1/banner-tokens", json=body).status_code == 403
    assert httpx.post(f"{shop.gateway.url}/v1/banner-tokens", json=body, timeout=90).status_code == 401
    for path in ("/v1/prompts", "/v1/prompts/answers"):
        assert shop.browser.post(path, json={}).status_code == 403, (
            "the key of browsers asks and answers nothing"
        )


def test_an_apps_answers_are_an_apps_and_lift_no_refusal(shop: Shop) -> None:
    who = {"anonymous_id": "lena"}
    Page(shop, "lena").answer({"analytics": False})
    body = {"subject": who, "answers": {"analytics": True}, "method": "form", "locale": "en"}
    refused = shop.server.post("/v1/prompts/answers", json=body)
    assert (refused.status_code, refused.json()["reason"]) == (409, "lifts_a_denial")
    taken = shop.server.post("/v1/prompts/answers", json={**body, "answers": {"experiments": True}}).json()
    assert [each["evidence"] for each in taken["changes"]] == ["app_asserted"]
    assert shop.server.post("/v1/prompts", json={}).status_code == 422, "an app has to say whose"


def test_the_program_is_cached_and_asked_for_again_by_its_tag(shop: Shop) -> None:
    first = httpx.get(f"{shop.gateway.url}/banner/v1.js", timeout=90)
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["cache-control"] == "public, max-age=3600"
    assert first.headers["x-content-type-options"] == "nosniff"
    tag = first.headers["etag"]
    assert hashlib.sha256(first.content).hexdigest().startswith(tag.strip('"'))
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = httpx.get(f"{shop.gateway.url}/banner/v1.js", headers={"if-none-match": known}, timeout=90)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    changed = httpx.get(f"{shop.gateway.url}/banner/v1.js", headers={"if-none-match": '"other"'}, timeout=90)
    assert changed.status_code == 200


def test_the_notice_is_for_whoever_holds_the_browser_key_and_names_nobody(shop: Shop) -> None:
    key, secret = (shop.gateway.credentials[name] for name in ("write_key", "server_key"))
    answer = httpx.get(f"{shop.gateway.url}/v1/projects/{key}/notice", params={"locale": "fr-CH"}, timeout=90)
    assert answer.status_code == 200
    assert answer.json()["locale"] == "fr"
    assert [each["id"] for each in answer.json()["purposes"]] == EVERYTHING
    tag = answer.headers["etag"]
    again = httpx.get(answer.url, headers={"if-none-match": tag}, timeout=90)
    assert again.status_code == 304
    german = httpx.get(answer.url.copy_set_param("locale", "de"), timeout=90)
    assert german.headers["etag"] != tag
    for other in ("unknown", secret, "%2e%2e"):
        assert httpx.get(f"{shop.gateway.url}/v1/projects/{other}/notice", timeout=90).status_code == 404


def test_a_visitor_cannot_fill_the_log_and_is_never_kept_from_ending(shop: Shop) -> None:
    """Sixty changes at once are more than a page needs; what ends a permission is never held up."""
    page = Page(shop, "restless")
    began = time.monotonic()
    taken = 0
    while (status := page.answer({"advertising": True}).status_code) == 200:
        taken += 1
        assert page.answer({"advertising": False}).status_code == 200
        assert taken <= 61 + (time.monotonic() - began), "sixty at once, and one more each second"
    assert status == 429
    assert taken >= 60
    assert page.answer({"advertising": False}).status_code == 200
    assert not page.prompts()["advertising"]["permitted"]
    other = Page(shop, "somebody-else")
    assert other.answer({"advertising": True}).status_code == 200, "each has a pace of their own"
