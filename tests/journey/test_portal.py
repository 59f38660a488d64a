"""The portal over real HTTP, without scripts: whoever has a link sees and changes what they allow, and nobody else does."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import read_trust_policy, verify_decision
from gateway.decision_proofs.bundle import read_proof_bundle
from gateway.portal.application import INSIDE, OUTSIDE
from tests.gateway_process import Gateways, files_of
from tests.journey.portal_visitor import Visitor, link_for, with_cookie
from tests.journey.shop import Shop, item, train_often, view

FORM_PATHS = [path for method, path, _ in (*OUTSIDE, *INSIDE) if method == "POST"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("portal"))
    try:
        opened = Shop(gateways.start(often_signed_in))
        opened.stock()
        opened.train()
        yield opened
    finally:
        gateways.close()


def often_signed_in(directory: Path) -> None:
    train_often(directory)
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text() + "\n[portal]\nsign_ins_per_minute = 10000\n")


@pytest.fixture
def visitor(shop: Shop) -> Visitor:
    return Visitor(shop.gateway)


def test_give_is_personalised_and_withdraw_is_not_with_the_very_next_question(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("ada")
    assert not shop.decide("ada")["personalised"]
    assert "On" in visitor.choose("recommendations:give")
    assert visitor.state("recommendations").startswith("Recommendations On")
    shop.see("ada", item(1, 0), item(1, 1))
    assert shop.decide("ada")["personalised"]
    visitor.choose("recommendations:withdraw")
    answer = shop.decide("ada")
    assert (answer["personalised"], answer["reason"]) == (False, "refused")
    assert visitor.state("recommendations").startswith("Recommendations Off")


def test_giving_and_ending_take_one_press_each_on_the_same_page(visitor: Visitor) -> None:
    visitor.sign_in("count")
    first = visitor.buttons()
    assert {"recommendations:give", "recommendations:refuse"} <= set(first)
    for purpose in {each.partition(":")[0] for each in first}:
        visitor.choose(f"{purpose}:give")
        assert f"{purpose}:withdraw" in visitor.buttons()
        visitor.choose(f"{purpose}:withdraw")
        assert f"{purpose}:give" in visitor.buttons()


def test_what_a_person_refused_here_no_app_turns_on_again_and_the_person_does(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("bo")
    visitor.choose("analytics:refuse")
    assert shop.ask_consent("bo", "given", "analytics").json()["reason"] == "lifts_a_denial"
    visitor.choose("analytics:give")
    assert shop.permits("bo")["analytics"]


def test_everything_off_and_a_pause_end_all_of_it_and_only_the_pause_remembers(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("cleo")
    for purpose in ("recommendations", "analytics"):
        visitor.choose(f"{purpose}:give")
    visitor.choose("advertising:refuse")
    assert "Paused. Nothing is used" in visitor.press("/portal/pause")
    assert "You paused." in visitor.read()
    assert not any(shop.permits("cleo").values())
    visitor.press("/portal/continue")
    on = {name for name, permitted in shop.permits("cleo").items() if permitted}
    assert on == {"recommendations", "analytics"}
    visitor.press("/portal/all-off")
    assert not any(shop.permits("cleo").values())
    visitor.press("/portal/continue")
    assert not any(shop.permits("cleo").values())


def test_a_link_works_once_and_all_that_do_not_work_look_alike(shop: Shop, visitor: Visitor) -> None:
    code = link_for(shop.gateway.directory, "dora", shop.gateway.url).partition("#")[2]
    assert visitor.use(code).status_code == 303
    other = Visitor(shop.gateway)
    used = other.use(code)
    unknown, garbled = other.use("A" * 43), other.use("\x00")
    assert {each.status_code for each in (used, unknown, garbled)} == {403}
    assert used.text == unknown.text == garbled.text
    assert code not in used.text
    assert other.http.get("/portal").headers["location"] == "/portal/sign-in"


def test_the_secret_of_a_link_is_nowhere_on_the_disk_nor_is_the_id(shop: Shop) -> None:
    code = link_for(shop.gateway.directory, "a-name-to-look-for", shop.gateway.url).partition("#")[2]
    (stored,) = (shop.gateway.directory / "portal").iterdir()
    assert oct(stored.stat().st_mode)[-3:] == "600"
    for content in files_of(shop.gateway.directory).values():
        assert code.encode() not in content
        assert b"a-name-to-look-for" not in content
    Visitor(shop.gateway).use(code)
    assert not stored.exists()


def test_signing_in_takes_up_no_session_that_was_planted_and_ends_the_old_one(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.http.cookies.set("volens_portal", "P" * 43)
    visitor.sign_in("eve")
    mine = visitor.http.cookies.get("volens_portal", domain="127.0.0.1")
    assert with_cookie(shop.gateway, "P" * 43).status_code == 303
    assert with_cookie(shop.gateway, mine).status_code == 200
    csrf = visitor.csrf()
    code = link_for(shop.gateway.directory, "eve", shop.gateway.url).partition("#")[2]
    again = visitor.send("/portal/sign-in", {"code": code, "csrf": csrf})
    assert again.status_code == 303
    assert with_cookie(shop.gateway, mine).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(visitor: Visitor) -> None:
    cookie = visitor.sign_in("fay").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "max-age" not in cookie
    assert "domain" not in cookie


@pytest.mark.parametrize("path", FORM_PATHS)
def test_no_form_is_taken_from_another_origin_or_without_the_sessions_token(
    shop: Shop, visitor: Visitor, path: str
) -> None:
    visitor.sign_in("gil")
    visitor.choose("recommendations:give")
    form = {
        "csrf": visitor.csrf(),
        "choice": "recommendations:withdraw",
        "notice": "2026-11-20",
        "sure": "yes",
    }
    stranger = Visitor(shop.gateway)
    stranger.sign_in("stranger")
    for origin in ("https://evil.example", "null", shop.gateway.url + "/", shop.gateway.url.upper()):
        assert visitor.send(path, form, origin=origin).status_code == 403
    assert visitor.http.post(path, data=form).status_code == 403
    for token in ("", "x", stranger.csrf(), form["csrf"] + "x", "\ud800".encode("utf-8", "replace").decode()):
        assert visitor.send(path, {**form, "csrf": token}).status_code == 403
    assert (
        visitor.send(path, {name: value for name, value in form.items() if name != "csrf"}).status_code == 403
    )
    assert visitor.state("recommendations").startswith("Recommendations On")


def test_no_page_of_somebody_inside_is_shown_to_somebody_outside(shop: Shop) -> None:
    outside = Visitor(shop.gateway)
    for method, path, _ in INSIDE:
        place = re.sub(r"\{\w+\}", "1", path)
        answer = outside.http.get(place) if method == "GET" else outside.send(place, {})
        again = "" if method == "GET" else "?again"
        assert (answer.status_code, answer.headers["location"]) == (303, f"/portal/sign-in{again}"), path
    assert "nothing was changed" in outside.read("/portal/sign-in?again")
    assert "nothing was changed" not in outside.read("/portal/sign-in")


def test_a_receipt_is_shown_to_its_owner_and_does_not_exist_for_anybody_else(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("hal")
    visitor.choose("recommendations:give")
    page = visitor.read("/portal/receipts")
    name = page.partition("/portal/receipts/")[2][:32]
    receipt = visitor.http.get(f"/portal/receipts/{name}")
    assert set(receipt.json()) == {"format", "log", "notice", "receipt"}
    assert "attachment" in receipt.headers["content-disposition"]
    other = Visitor(shop.gateway)
    other.sign_in("ivy")
    theirs, nobodys = other.http.get(f"/portal/receipts/{name}"), other.http.get("/portal/receipts/xyz")
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.text == nobodys.text


def test_an_erasure_needs_the_tick_and_ends_every_session_and_link_of_the_person(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("jan")
    visitor.choose("recommendations:give")
    elsewhere = Visitor(shop.gateway)
    elsewhere.sign_in("jan")
    waiting = link_for(shop.gateway.directory, "jan", shop.gateway.url).partition("#")[2]
    csrf = visitor.csrf()
    assert visitor.send("/portal/erase", {"csrf": csrf}).status_code == 422
    assert shop.permits("jan")["recommendations"]
    assert "Everything is erased" in visitor.send("/portal/erase", {"csrf": csrf, "sure": "yes"}).text
    assert not shop.permits("jan")["recommendations"]
    for client in (visitor, elsewhere):
        assert client.http.get("/portal").status_code == 303
    assert Visitor(shop.gateway).use(waiting).status_code == 403


def test_an_erasure_that_the_app_asks_for_ends_the_sessions_too(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("kim")
    visitor.choose("recommendations:give")
    shop.server.post("/v1/rights", json={"subject": {"id": "kim"}, "type": "erasure"}).raise_for_status()
    assert visitor.http.get("/portal").status_code == 303


def test_what_is_held_can_be_taken_along_and_names_nobody(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("lou-the-person")
    visitor.choose("recommendations:give")
    shop.see("lou-the-person", item(2, 3))
    assert visitor.http.get("/portal/data/file").status_code == 405, (
        "another site can make a browser look, not ask"
    )
    assert visitor.send("/portal/data/file", {}).status_code == 403
    assert visitor.send("/portal/data/file", {"csrf": visitor.csrf(), "form": "odd"}).status_code == 404
    answer = visitor.send("/portal/data/file", {"csrf": visitor.csrf()})
    data = json.loads(answer.text)
    (recommendations,) = [each for each in data["purposes"] if each["id"] == "recommendations"]
    assert [item(2, 3) in json.dumps(each["fields"]) for each in recommendations["signals"]] == [True]
    assert [each["status"] for each in data["consents"]] == ["given"]
    assert "lou-the-person" not in answer.text
    form = {"csrf": visitor.csrf(), "form": "html"}
    size = size_of_log(shop)
    answers = [visitor.send("/portal/data/file", form).status_code for _ in range(20)]
    assert set(answers) == {200, 429}
    assert answers[-1] == 429
    assert size_of_log(shop) - size <= 4 * answers.count(200)


def size_of_log(shop: Shop) -> int:
    start = "volens_log_size_entries "
    lines = shop.server.get("/metrics").text.splitlines()
    return int(float(next(line.removeprefix(start) for line in lines if line.startswith(start))))


def test_the_whole_link_will_do_where_there_is_no_script(shop: Shop, visitor: Visitor) -> None:
    assert visitor.use(f" {link_for(shop.gateway.directory, 'mia', shop.gateway.url)} ").status_code == 303
    assert visitor.use("#").status_code == 403


def test_a_person_keeps_the_proof_of_what_was_shown_to_them(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("zoe")
    visitor.choose("recommendations:give")
    place = int(shop.decide("zoe")["audit"]["index"])
    page = visitor.read("/portal/why")
    assert f"Keep the proof of entry {place}" in page
    (path,) = re.findall(r'href="(/portal/why/\d+/proof)"', page)
    kept = visitor.http.get(path)
    assert (kept.status_code, kept.headers["content-type"]) == (200, "application/zip")
    bundle = read_proof_bundle(kept.content)
    proven = verify_decision(bundle.shown, read_trust_policy(bundle.policy), accept_unwitnessed=True)
    assert proven.index == place
    other = Visitor(shop.gateway)
    assert other.http.get(path).status_code in (302, 303)
    other.sign_in("yan")
    for nowhere in (path, "/portal/why/0/proof", f"/portal/why/{'9' * 18}/proof", "/portal/why/x/proof"):
        assert other.http.get(nowhere).status_code == 404


def test_a_person_sees_why_and_takes_out_what_should_not_count(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("uma")
    visitor.choose("recommendations:give")
    shop.see("uma", item(0, 4))
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    shop.batch([view("uma", item(0, 4), timestamp=before)])
    assert shop.decide("uma")["personalised"]
    ask = {
        "subject": {"type": "service", "id": "mailer"},
        "action": {"name": "recommendations"},
        "resource": {"type": "data_subject", "id": "uma"},
    }
    assert shop.server.post("/access/v1/evaluation", json=ask).json()["decision"]
    page = visitor.read("/portal/why")
    assert page.count("Chosen for you") == 1, "what a service asked is no slate"
    assert "because you looked at Title 4" in page
    assert "seen again 1 time<" in page
    other = Visitor(shop.gateway)
    other.sign_in("vic")
    assert "Title 4" not in other.read("/portal/why")
    number = re.findall(r'name="item" value="(\d+)"', page)
    assert len(number) == 1
    assert "Nothing was changed" in other.press("/portal/why", {"item": number[0]}, "/portal/why")
    assert "Nothing was changed" in visitor.press("/portal/why", {"item": "99999999999"}, "/portal/why")
    assert shop.decide("uma")["personalised"]
    page = visitor.press("/portal/why", {"item": number[0]}, "/portal/why")
    assert "We no longer use this." in page
    assert "Do not use this" not in page
    assert shop.decide("uma")["reason"] == "no_history"
    assert "Nothing was changed" in other.press("/portal/why/again", {"item": number[0]}, "/portal/why")
    assert shop.decide("uma")["reason"] == "no_history"
    page = visitor.press("/portal/why/again", {"item": number[0]}, "/portal/why")
    assert "We use this again." in page
    assert "Use this again" not in page
    assert shop.decide("uma")["personalised"]


def test_signing_out_ends_the_session_on_our_side(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("max")
    name = visitor.http.cookies.get("volens_portal")
    assert with_cookie(shop.gateway, name).status_code == 200
    assert "signed out" in visitor.send("/portal/sign-out", {"csrf": visitor.csrf()}).text
    assert with_cookie(shop.gateway, name).status_code == 303


def test_the_opt_out_signal_is_shown_with_what_it_keeps_off(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("nina")
    assert "does not send the Global Privacy Control" in visitor.read()
    page = visitor.http.get("/portal", headers={"sec-gpc": "1"}).text
    assert "It keeps these off in this browser: Advertising." in page


def test_under_the_signal_nothing_that_it_denies_is_turned_on_and_the_page_says_what_holds_here(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("nils")
    visitor.choose("advertising:give")
    silent = {"sec-gpc": "1"}
    visitor.http.headers.update(silent)
    assert visitor.state("advertising").startswith("Advertising Off ")
    assert "Off in this browser whatever you choose" in visitor.state("advertising")
    assert "You turned it on, so it is on where no such signal is sent." in visitor.state("advertising")
    assert "On since" not in visitor.state("advertising")
    assert "Uses that are on: 0 of 7." in visitor.read()
    assert [each for each in visitor.buttons() if "advertising" in each] == ["advertising:withdraw"]
    visitor.choose("advertising:withdraw")
    assert not [each for each in visitor.buttons() if "advertising" in each]
    page = visitor.choose("advertising:give")
    assert "turn the signal off first" in page
    assert not shop.permits("nils")["advertising"]
    del visitor.http.headers["sec-gpc"]
    assert "advertising:give" in visitor.buttons()


def test_a_pause_that_is_ended_under_the_signal_gives_back_nothing_that_it_denies(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("nora")
    for purpose in ("advertising", "analytics"):
        visitor.choose(f"{purpose}:give")
    visitor.press("/portal/pause")
    visitor.http.headers["sec-gpc"] = "1"
    visitor.press("/portal/continue")
    permits = shop.permits("nora")
    assert (permits["analytics"], permits["advertising"]) == (True, False)
    del visitor.http.headers["sec-gpc"]
    visitor.press("/portal/continue")
    assert shop.permits("nora")["advertising"]


def test_a_no_that_the_app_wrote_is_not_said_to_be_the_persons(shop: Shop, visitor: Visitor) -> None:
    shop.consent("otto", "refused")
    visitor.sign_in("otto")
    assert "An app told us that you do not want it." in visitor.state("recommendations")
    visitor.choose("analytics:refuse")
    assert "You said no." in visitor.state("analytics")


def test_the_whole_notice_needs_no_sign_in_and_says_every_purpose(shop: Shop) -> None:
    page = Visitor(shop.gateway).read("/portal/notice")
    assert "Recommendations" in page
    assert page.count("How long it is kept") == 7
    assert page.count("We alone. Nobody else gets it.") == 7, "and no text of a purpose says otherwise"
    assert "Partners learn them only if they are named here" in page


def test_a_language_is_chosen_by_the_browser_then_by_the_person_and_leads_nowhere_else(
    visitor: Visitor,
) -> None:
    visitor.sign_in("olga")
    assert 'lang="en"' in visitor.read()
    csrf = visitor.csrf()
    for back, to in (
        ("/portal/history", "/portal/history"),
        ("/portal/notice", "/portal/notice"),
        (f"/portal/erased/{'0' * 64}", f"/portal/erased/{'0' * 64}"),
        (f"/portal/erased/{'0' * 64}/../x", "/portal"),
        ("https://evil.example", "/portal"),
        ("//evil.example", "/portal"),
        ("/portal/../x", "/portal"),
        ("/portal\r\nx: y", "/portal"),
    ):
        answer = visitor.send("/portal/language", {"csrf": csrf, "language": "de", "back": back})
        assert (answer.status_code, answer.headers["location"]) == (303, to)
    assert '<html lang="de">' in visitor.read()
    visitor.send("/portal/language", {"csrf": csrf, "language": "xx", "back": "/portal"})
    assert '<html lang="de">' in visitor.read()


@pytest.mark.parametrize(
    "form",
    [
        {"choice": "no-such-purpose:give", "notice": "2026-11-20"},
        {"choice": "recommendations:everything", "notice": "2026-11-20"},
        {"choice": "recommendations", "notice": "2026-11-20"},
        {"choice": "recommendations:give", "notice": "an-older-notice"},
        {"choice": "*restriction:give", "notice": "2026-11-20"},
        {},
    ],
)
def test_a_choice_that_is_none_changes_nothing_and_is_not_repeated(
    shop: Shop, visitor: Visitor, form: dict[str, str]
) -> None:
    visitor.sign_in("pat")
    page = visitor.press("/portal/choices", form)
    assert "Nothing was changed" in page
    assert "no-such-purpose" not in page
    assert not any(shop.permits("pat").values())


def test_a_form_that_cannot_be_read_is_refused_whole(visitor: Visitor) -> None:
    visitor.sign_in("quinn")
    csrf = visitor.csrf()
    origin = {"origin": visitor.gateway.url}
    for body in (
        f"csrf={csrf}&csrf={csrf}".encode(),
        f"csrf={csrf}&x=".encode() + b"y" * 20_000,
        f"csrf={csrf}&".encode() + b"&".join(b"f%d=1" % n for n in range(40)),
        b"\xff\xfe",
    ):
        answer = visitor.http.post("/portal/all-off", content=body, headers=origin)
        assert answer.status_code == 403


HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def test_every_answer_forbids_frames_foreign_code_and_keeping(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("rosa")
    answers = [visitor.http.get(f"/portal{path}") for path in ("", "/history", "/nowhere")]
    answers.append(visitor.send("/portal/data/file", {"csrf": visitor.csrf()}))
    answers += [visitor.send("/portal/choices", {}), Visitor(shop.gateway).http.get("/portal")]
    answers += [visitor.http.get("/portal/choices"), visitor.http.put("/portal")]
    assert {answer.status_code for answer in answers} == {200, 303, 403, 404, 405}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == "no-store"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text


def test_attempts_are_counted_for_each_address_alone_and_the_answer_says_so(gateways: Gateways) -> None:
    def few(directory: Path) -> None:
        settings = directory / "volens.toml"
        text = settings.read_text().replace("[server]", '[server]\ntrusted_proxies = ["127.0.0.1"]', 1)
        settings.write_text(text + "\n[portal]\nsign_ins_per_minute = 3\n")

    gateway = gateways.start(few)
    visitor = Visitor(gateway)
    good = link_for(gateway.directory, "wes", gateway.url).partition("#")[2]
    assert [visitor.use("A" * 43).status_code for _ in range(5)] == [403, 403, 403, 429, 429]
    answer = visitor.use(good)
    assert answer.status_code == 429
    assert "too many attempts" in answer.text
    elsewhere = visitor.send("/portal/sign-in", {"code": good}, **{"x-forwarded-for": "192.0.2.7"})
    assert elsewhere.status_code == 303, "whoever comes through a proxy of ours from elsewhere is not held up"


def test_a_page_that_may_send_events_may_still_send_no_form(gateways: Gateways) -> None:
    def allowing(directory: Path) -> None:
        settings = directory / "volens.toml"
        text = settings.read_text().replace(
            "allowed_origins = []", 'allowed_origins = ["https://shop.example"]'
        )
        settings.write_text(text)

    gateway = gateways.start(allowing)
    visitor = Visitor(gateway)
    visitor.sign_in("xia")
    form = {"csrf": visitor.csrf(), "notice": "2026-11-20", "choice": "recommendations:give"}
    answer = visitor.send("/portal/choices", form, origin="https://shop.example")
    assert answer.status_code == 403
    assert "access-control-allow-credentials" not in answer.headers
    assert visitor.state("recommendations").startswith("Recommendations Off")


def test_where_there_is_to_be_no_portal_there_is_none(gateways: Gateways) -> None:
    def without(directory: Path) -> None:
        settings = directory / "volens.toml"
        settings.write_text(settings.read_text() + "\n[portal]\nenabled = false\n")

    gateway = gateways.start(without)
    assert Visitor(gateway).http.get("/portal").json()["status"] == 404


def test_over_https_the_cookie_is_bound_to_the_host_and_forms_to_the_public_address(
    gateways: Gateways,
) -> None:
    public = "https://privacy.shop.example"

    def behind_tls(directory: Path) -> None:
        settings = directory / "volens.toml"
        text = settings.read_text().replace("[server]\n", f'[server]\npublic_url = "{public}"\n')
        settings.write_text(text)

    gateway = gateways.start(behind_tls)
    visitor = Visitor(gateway)
    link = link_for(gateway.directory, "yan", public)
    assert link.startswith(f"{public}/portal/sign-in#")
    code = link.partition("#")[2]
    assert visitor.use(code).status_code == 403
    cookie = visitor.send("/portal/sign-in", {"code": code}, origin=public).headers["set-cookie"]
    assert cookie.startswith("__Host-volens_portal=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


def test_a_page_of_ours_under_another_name_is_not_ours(visitor: Visitor) -> None:
    visitor.sign_in("sam")
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80@127.0.0.1", ""):
        answer = visitor.http.get("/portal", headers={"host": host})
        assert answer.status_code in (400, 421), host
        assert "evil" not in answer.text


ODD_PATHS = (
    "/portal//",
    "/portal/%00",
    "/portal/%ff",
    "/portal/..%2f..%2fetc%2fpasswd",
    "/portal/static/..%2fpages.py",
    "/portal/static/portal.py",
    "/portal/receipts/%2e%2e",
    "/portal/receipts/" + "f" * 5000,
    "/portal/receipts/" + "\u0661" * 32,
    "/portal/<script>alert(1)</script>",
    "/portal/oidc",
    "/portal/oidc/return?state=x&code=y",
)


@pytest.mark.parametrize("path", ODD_PATHS)
def test_an_odd_address_is_no_page_and_is_not_repeated(visitor: Visitor, path: str) -> None:
    visitor.sign_in("zoe")
    answer = visitor.http.get(path)
    assert answer.status_code == 404
    assert "There is no such page, or it is not yours." in answer.text
    assert 'href="/portal/history"' in answer.text, "the way on stays for somebody who is inside"
    assert "aria-current" not in answer.text
    assert "alert(1)" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"accept-language": "x" * 20_000},
        {"accept-language": "de;q=" + "9" * 300 + ",en-" + "a" * 200},
        {"accept-language": ",;=,;q=,*;q=nan,fr;q=inf"},
        {"cookie": "volens_portal=" + "x" * 6000},
        {"cookie": "volens_portal=; volens_portal_language=../../de; ;;;=;"},
        {"cookie": 'volens_portal="\\303\\251"; volens_portal_language="\\"'},
        {"sec-gpc": "yes"},
        {"content-type": "multipart/form-data; boundary=x", "content-encoding": "br"},
        {"x-forwarded-for": "'; --, <b>"},
    ],
)
def test_odd_headers_are_answered_with_a_page(visitor: Visitor, headers: dict[str, str]) -> None:
    assert visitor.http.get("/portal/sign-in", headers=headers).status_code == 200
    answer = visitor.send("/portal/sign-in", {"code": "x"}, **headers)
    assert answer.status_code == 403


def test_nothing_of_it_is_said_in_the_log_of_the_process(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("tess-of-the-log")
    visitor.choose("recommendations:give")
    assert "tess-of-the-log" not in shop.gateway.log_file.read_text()
    assert str(visitor.http.cookies.get("volens_portal")) not in shop.gateway.log_file.read_text()
