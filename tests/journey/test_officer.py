"""The officers' console over real HTTP, without scripts: nobody comes in with one factor, and no look goes unseen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from audit import NoteVerifier, ProofError, verify_proof
from gateway.officer.application import INSIDE, OUTSIDE
from tests.gateway_process import Gateway, Gateways, volens
from tests.journey.officer_visitor import (
    PASSWORD,
    WRONG,
    Officer,
    details,
    enrolment_code,
    many_sign_ins,
    printed_code,
    words_of,
)
from tests.journey.shop import Shop, view, wait_until


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateways = Gateways(tmp_path_factory.mktemp("officer"))
    try:
        yield gateways.start(many_sign_ins)
    finally:
        gateways.close()


@pytest.fixture(scope="module")
def vera(gateway: Gateway) -> Officer:
    return Officer(gateway).enrol()


def entries(gateway: Gateway) -> list[dict[str, object]]:
    """What the log holds of officers, in order."""
    return [each for each in details(gateway.directory) if "officer" in str(each)]


def test_there_is_no_console_before_somebody_was_invited(tmp_path: Path) -> None:
    gateways = Gateways(tmp_path)
    try:
        gateway = gateways.start()
        told = httpx.get(f"{gateway.url}/officer", headers={"accept-language": "de"}, timeout=90)
        assert told.status_code == 200
        assert "volens officer enrol DIR --name NAME" in told.text
        assert "lädt Beauftragte" in told.text
        assert httpx.get(f"{gateway.url}/officer/static/officer.css", timeout=90).status_code == 200
        for method, path, _ in (*OUTSIDE, *INSIDE):
            if path in ("/officer", "/officer/language"):
                continue
            answer = httpx.request(
                method, gateway.url + path, data={"name": "vera"}, headers={"origin": gateway.url}, timeout=90
            )
            assert answer.status_code == 404, (method, path)
            assert "password" not in answer.text
        assert len(printed_code(gateway.directory, "vera")) == 43
        assert httpx.get(f"{gateway.url}/officer/sign-in", timeout=90).status_code == 200
    finally:
        gateways.close()


def test_nothing_is_shown_to_anybody_outside(gateway: Gateway, vera: Officer) -> None:
    for method, path, _ in INSIDE:
        place = re.sub(r"\{\w+\}", "1", path)
        answer = httpx.request(method, gateway.url + place, headers={"origin": gateway.url}, timeout=90)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/officer/sign-in")


def test_an_enrolment_needs_both_factors_before_it_changes_anything(gateway: Gateway) -> None:
    officer = Officer(gateway, "emil")
    code = enrolment_code(gateway.directory, "emil")
    assert officer.begin(code).status_code == 303
    for said in (
        {"password": "short", "again": "short"},
        {"again": PASSWORD + "x"},
        {"code": WRONG},
        {"code": ""},
    ):
        answer = officer.finish(**said)
        assert answer.status_code == 422, said
        assert 'role="alert"' in answer.text
    listed = volens("officer", "list", gateway.directory).stdout
    assert re.search(r"^emil  officer-[0-9a-f]{8}  invited$", listed, re.MULTILINE)
    assert httpx.get(f"{gateway.url}/officer", cookies=officer.http.cookies, timeout=90).status_code == 303
    assert officer.finish().status_code == 303
    assert "How things stand" in officer.read()
    used = Officer(gateway, "emil")
    assert used.begin(code).status_code == 403


def test_a_code_to_enrol_that_does_not_work_is_answered_with_one_page(
    gateway: Gateway, vera: Officer
) -> None:
    pages = {Officer(gateway).begin(code).text for code in ("A" * 43, "", "\x00", "x" * 2000)}
    assert len(pages) == 1


def test_the_form_of_an_enrolment_counts_in_its_own_browser_only(gateway: Gateway) -> None:
    one, other = Officer(gateway, "nora"), Officer(gateway, "nora")
    code = enrolment_code(gateway.directory, "nora")
    one.begin(code)
    other.begin(code)
    page = one.http.get("/officer/enrol/finish").text
    other.http.get("/officer/enrol/finish")
    found = re.search(r'name="enrolment" value="([^"]+)"', page)
    assert found
    form = {"enrolment": found[1], "password": PASSWORD, "again": PASSWORD, "code": "000000"}
    assert other.send("/officer/enrol/finish", form).status_code == 403
    assert (
        httpx.get(f"{gateway.url}/officer/enrol/finish", timeout=90).headers["location"] == "/officer/enrol"
    )


def test_name_password_and_code_let_in_and_whatever_is_wrong_looks_the_same(
    gateway: Gateway, vera: Officer
) -> None:
    outside = Officer(gateway)
    outside.secret, outside.used = vera.secret, vera.used
    wrong = [
        outside.sign_in(password="wrong horse battery"),
        outside.sign_in(code=WRONG),
        outside.sign_in(name="nobody-at-all", code=WRONG),
        outside.sign_in(name="", password="", code=""),
        outside.sign_in(name="../../credentials", code=WRONG),
    ]
    assert {each.status_code for each in wrong} == {403}
    assert len({each.text for each in wrong}) == 1
    assert "set-cookie" not in wrong[0].headers


def test_a_session_is_new_strict_and_in_no_address(gateway: Gateway) -> None:
    officer = Officer(gateway, "rosa").enrol()
    before = officer.http.cookies["volens_officer"]
    came = officer.sign_in(csrf=officer.csrf())
    assert came.status_code == 303
    cookie = came.headers["set-cookie"].lower()
    assert "samesite=strict" in cookie
    assert "httponly" in cookie
    after = officer.http.cookies["volens_officer"]
    assert after != before
    assert after not in came.headers["location"]
    old = httpx.get(f"{gateway.url}/officer", headers={"cookie": f"volens_officer={before}"}, timeout=90)
    assert old.headers["location"] == "/officer/sign-in"


def test_a_code_is_accepted_once(gateway: Gateway) -> None:
    officer = Officer(gateway, "kurt").enrol()
    code = officer.code()
    again = Officer(gateway, "kurt")
    assert again.sign_in(code=code).status_code == 303
    assert Officer(gateway, "kurt").sign_in(code=code).status_code == 403


def test_a_form_needs_our_own_origin_and_the_token_of_its_session(gateway: Gateway, vera: Officer) -> None:
    for method, path, _ in (*OUTSIDE, *INSIDE):
        if method == "POST":
            place = re.sub(r"\{\w+\}", "1", path)
            csrf = vera.csrf()
            for origin in ("https://evil.example", "null", ""):
                assert vera.send(place, {"csrf": csrf}, origin=origin).status_code == 403, path
            assert vera.send(place, {"csrf": "x"}).status_code == 403, path
            assert vera.send(place, {}).status_code == 403, path
    assert "How things stand" in vera.read()


@pytest.mark.usefixtures("vera")
def test_whoever_is_removed_is_out_with_the_next_request(gateway: Gateway) -> None:
    officer = Officer(gateway, "gone").enrol()
    assert volens("officer", "remove", gateway.directory, "--name", "gone").returncode == 0
    assert officer.http.get("/officer").headers["location"] == "/officer/sign-in"
    assert volens("officer", "remove", gateway.directory, "--name", "gone").returncode == 1


def test_a_new_enrolment_ends_the_sessions_of_the_old_one(gateway: Gateway) -> None:
    officer = Officer(gateway, "twice").enrol()
    fresh = Officer(gateway, "twice").enrol()
    assert officer.http.get("/officer").status_code == 303
    assert "How things stand" in fresh.read()
    assert officer.sign_in().status_code == 403


def test_after_a_sign_out_the_cookie_opens_nothing(gateway: Gateway) -> None:
    officer = Officer(gateway, "leaves").enrol()
    name = officer.http.cookies["volens_officer"]
    assert officer.press("/officer/sign-out").headers["location"] == "/officer/sign-in"
    answer = httpx.get(f"{gateway.url}/officer", headers={"cookie": f"volens_officer={name}"}, timeout=90)
    assert answer.status_code == 303


def test_every_answer_carries_the_rules_of_the_portal(gateway: Gateway, vera: Officer) -> None:
    for answer in (
        vera.http.get("/officer"),
        httpx.get(f"{gateway.url}/officer/sign-in", timeout=90),
        vera.http.get("/officer/nowhere"),
        httpx.get(f"{gateway.url}/officer", timeout=90),
    ):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
    page = vera.page()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)", page)


def numbers(said: str) -> list[int]:
    """What the overview counts of events and consents, in its order."""
    patterns = (
        r"Let through: (\d+)",
        r"Withheld: (\d+)",
        r"confirmed: (\d+)",
        r"ended: (\d+)",
        r"Open (\d+)",
    )
    return [int(found[1]) for pattern in patterns if (found := re.search(pattern, said))]


def test_the_overview_counts_what_happened(gateway: Gateway, vera: Officer) -> None:
    before = numbers(vera.read())
    shop = Shop(gateway)
    shop.stock()
    shop.consent("ada-lovelace", "given")
    shop.consent("ada-lovelace", "refused", "analytics")
    shop.batch([view("ada-lovelace", "item-1"), view("nobody-asked", "item-1")])
    shop.decide("nobody-asked")
    shop.server.post(
        "/v1/rights", json={"subject": {"id": "ada-lovelace"}, "type": "access", "identity_confirmed": False}
    )
    said = vera.read()
    assert [after - was for after, was in zip(numbers(said), before, strict=True)] == [1] * 5
    assert "Nobody ever asked the person 1 100%" in said
    assert "no witness is configured" in said
    assert "no entry was ever turned away" in said
    assert "ada-lovelace" not in said.split()


def test_every_look_is_an_entry_that_names_the_officer_by_a_pseudonym(
    gateway: Gateway, vera: Officer
) -> None:
    listed = volens("officer", "list", gateway.directory).stdout
    pseudonym = re.search(r"^vera  (\S+)", listed, re.MULTILINE)
    assert pseudonym
    vera.read()
    look = {"act": "officer_look", "officer": pseudonym[1], "page": "overview"}
    wait_until(lambda: look in entries(gateway), "the look under a checkpoint")
    seen = entries(gateway)
    looks = [each for each in seen if each.get("officer") == pseudonym[1]]
    assert looks[0]["act"] == "officer_enrolled"
    assert "vera" not in json.dumps(seen)


def test_nothing_is_written_in_another_language_than_the_page_says(gateway: Gateway, vera: Officer) -> None:
    found = {}
    for language in ("de", "fr"):
        answer = vera.http.get("/officer", headers={"accept-language": language})
        assert answer.headers["content-language"] == language
        found[language] = words_of(answer.text)
    assert "Wie es steht" in found["de"]
    assert "Où en sont les choses" in found["fr"]
    assert (
        vera.press("/officer/language", {"language": "de", "back": "https://evil.example"}).headers[
            "location"
        ]
        == "/officer"
    )
    assert "Wie es steht" in vera.read()
    vera.press("/officer/language", {"language": "en", "back": "/officer"})


def test_it_answers_under_its_own_name_only(gateway: Gateway, vera: Officer) -> None:
    answer = httpx.get(f"{gateway.url}/officer/sign-in", headers={"host": "evil.example"}, timeout=90)
    assert answer.status_code == 421


def test_an_entry_is_found_shown_and_proved_to_somebody_who_trusts_nobody(
    gateway: Gateway, vera: Officer, tmp_path: Path
) -> None:
    shop = Shop(gateway)
    shop.consent("proved", "given", "analytics")
    page = vera.page("/officer/entries", kind="consent", outcome="given")
    found = re.search(r'href="/officer/entries/(\d+)">', page)
    assert found
    index = found[1]
    shown = vera.read(f"/officer/entries/{index}")
    assert f"Entry {index} Consent" in shown
    wait_until(lambda: vera.http.get(f"/officer/entries/{index}/proof").status_code == 200, "a checkpoint")
    proof = vera.http.get(f"/officer/entries/{index}/proof")
    raw = vera.http.get(f"/officer/entries/{index}/bytes")
    assert proof.headers["content-disposition"] == f'attachment; filename="entry-{index}.tlog-proof"'
    key = NoteVerifier.from_vkey(httpx.get(f"{gateway.url}/log/log.vkey", timeout=90).text.strip())
    assert verify_proof(proof.content, raw.content, key)[0] == int(index)
    with pytest.raises(ProofError):
        verify_proof(proof.content, raw.content.replace(b"given", b"ended"), key)


def test_a_search_that_makes_no_sense_is_refused_and_says_nothing_back(vera: Officer) -> None:
    for query in (
        "kind=lovelace%40example.org",
        "who=lovelace",
        "kind=event&kind=event",
        "from=yesterday",
        "before=-1",
    ):
        answer = vera.http.get(f"/officer/entries?{query}")
        assert answer.status_code == 400, query
        assert "lovelace" not in words_of(answer.text)


def test_places_that_are_not_there_look_like_pages_that_are_not(vera: Officer) -> None:
    pages = [
        vera.http.get(f"/officer/entries/{place}") for place in ("99999999", "-1", "x", "1" * 40, "1/nothing")
    ]
    assert {each.status_code for each in pages} == {404}
    assert len({each.text for each in pages}) == 1


def test_the_look_at_an_entry_says_which_to_those_with_the_keys_alone(
    gateway: Gateway, vera: Officer
) -> None:
    vera.page("/officer/entries/0")
    vera.page("/officer/entries", kind="boot")

    def seen() -> list[dict[str, object]]:
        return [{name: each[name] for name in each if name != "officer"} for each in entries(gateway)]

    def looks(page: str) -> list[dict[str, object]]:
        wanted = {"act": "officer_look", "page": page, "kind": "boot"}
        return [each for each in seen() if wanted.items() <= each.items()]

    wait_until(lambda: looks("entry") and looks("entries"), "the looks under a checkpoint")
    assert "seen" not in looks("entries")[0]
    assert len({str(each["seen"]) for each in looks("entry")}) == len(looks("entry"))
    assert not any("index" in each for each in seen())
    told = volens("officer", "looks", gateway.directory, "--index", "0")
    assert (told.returncode, told.stderr) == (0, "")
    assert {line.split("  ", 1)[1] for line in told.stdout.splitlines()} >= {"vera  entry  entry 0"}
    assert volens("officer", "looks", gateway.directory, "--index", "99999999").stdout == ""
