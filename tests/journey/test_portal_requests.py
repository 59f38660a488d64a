"""Rights that people exercise in the portal themselves, over real HTTP: stop the use, lift it, confirm, take back, see who was told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.rights.certificate_check import verify_certificate
from tests.gateway_process import Gateways
from tests.journey.portal_visitor import Visitor, many_sign_ins
from tests.journey.shop import Shop, wait_until

DATA = "/portal/data"
NOBODY = "0" * 32


def with_recipients(directory: Path) -> None:
    """Let signals go to a directory of ours, and to somebody who can only be told by hand."""
    many_sign_ins(directory)
    policy = directory / "policy.toml"
    named = 'destinations = ["lines", "mail"]'
    policy.write_text(policy.read_text().replace("destinations = []", named, 1))
    settings = directory / "volens.toml"
    settings.write_text(
        settings.read_text()
        + '\n[[destinations]]\nid = "lines"\nkind = "ndjson"\npurpose = "recommendations"\npath = "sinks/lines"\n'
        + '\n[[destinations]]\nid = "mail"\nkind = "http"\npurpose = "recommendations"\n'
        + 'url = "http://127.0.0.1:1/"\n'
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("requests"))
    try:
        yield Shop(gateways.start(with_recipients))
    finally:
        gateways.close()


@pytest.fixture
def visitor(shop: Shop) -> Visitor:
    return Visitor(shop.gateway)


def ask(shop: Shop, who: str, right: str, **more: Any) -> dict[str, Any]:
    """What an app asks for somebody; must be answered 200."""
    answer = shop.server.post("/v1/rights", json={"subject": {"id": who}, "type": right, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def act(visitor: Visitor, what: str, asked: dict[str, Any]) -> str:
    return visitor.press(f"/portal/requests/{what}", {"request": asked["request_id"]}, then=DATA)


def test_a_person_stops_all_use_and_ends_that_and_no_app_does(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("ada")
    visitor.choose("recommendations:give")
    page = visitor.press("/portal/restriction", then=DATA)
    assert "Stopped. Nothing about you is used" in page
    assert "You had the use of your data stopped on" in page
    assert not any(shop.permits("ada").values())
    assert "All use of your data is stopped." in visitor.read()
    assert ask(shop, "ada", "restriction", lift=True)["status"] == "refused"
    page = visitor.press("/portal/restriction/lift", then=DATA)
    assert "Your own choices hold again." in page
    assert shop.permits("ada")["recommendations"]
    assert "To have your data used again" in page
    assert "All use of your data is stopped." not in visitor.read()


def test_what_an_app_had_stopped_the_person_allows_again(shop: Shop, visitor: Visitor) -> None:
    shop.consent("dora", "given")
    ask(shop, "dora", "restriction")
    visitor.sign_in("dora")
    assert "You had the use" not in visitor.state("recommendations")
    assert "An app had the use of your data stopped on" in visitor.read(DATA)
    visitor.press("/portal/restriction/lift", then=DATA)
    assert shop.permits("dora")["recommendations"]


def test_a_waiting_restriction_is_confirmed_by_whoever_is_signed_in_and_by_nobody_else(
    shop: Shop, visitor: Visitor
) -> None:
    shop.consent("emil", "given")
    asked = ask(shop, "emil", "restriction", identity_confirmed=False)
    other = Visitor(shop.gateway)
    other.sign_in("not-emil")
    for what in ("confirm", "take-back"):
        assert "Nothing was changed." in act(other, what, asked)
    assert shop.permits("emil")["recommendations"]
    visitor.sign_in("emil")
    assert "waits until we know that it was you who asked" in visitor.read(DATA)
    assert "Thank you. It is carried out." in act(visitor, "confirm", asked)
    assert not any(shop.permits("emil").values())
    now = shop.server.get(f"/v1/rights/{asked['request_id']}").json()
    assert (now["status"], now["identity"]) == ("completed", "person_session")
    assert [each["act"] for each in now["steps"]] == ["received", "identity_confirmed", "completed"]
    assert all(each["audit"] for each in now["steps"])
    assert "Nothing was changed." in act(visitor, "confirm", asked)


def test_a_waiting_erasure_is_taken_back_or_confirmed_by_the_page_that_erases(
    shop: Shop, visitor: Visitor
) -> None:
    shop.consent("finn", "given")
    first = ask(shop, "finn", "erasure", identity_confirmed=False)
    visitor.sign_in("finn")
    assert "It was me: erase everything" in visitor.read(DATA)
    page = act(visitor, "take-back", first)
    assert "Taken back. Nothing more happens about it." in page
    assert "An answer is due by" not in page
    assert "Closed on" in page
    second = ask(shop, "finn", "erasure", identity_confirmed=False)
    assert "Nothing was changed." in act(visitor, "confirm", second)
    assert "was asked for already" in visitor.read("/portal/erase")
    assert shop.permits("finn")["recommendations"]
    assert "Everything is erased" in erase(visitor)
    status = {
        name: shop.server.get(f"/v1/rights/{each['request_id']}").json()
        for name, each in (("first", first), ("second", second))
    }
    assert (status["first"]["status"], status["second"]["status"]) == ("withdrawn", "completed")
    assert status["second"]["identity"] == "person_session"


def erase(visitor: Visitor) -> str:
    return visitor.send("/portal/erase", {"csrf": visitor.csrf(), "sure": "yes"}).text


def test_the_answer_to_a_request_is_fetched_from_its_line_and_closes_it(shop: Shop, visitor: Visitor) -> None:
    shop.consent("gus", "given")
    asked = ask(shop, "gus", "access")
    portable = ask(shop, "gus", "portability")
    visitor.sign_in("gus")
    page = visitor.read(DATA)
    assert page.count(f'name="request" value="{asked["request_id"]}"') == 2
    other = Visitor(shop.gateway)
    other.sign_in("not-gus")
    for name in (asked["request_id"], NOBODY, "x"):
        form = {"csrf": other.csrf(), "form": "json", "request": name}
        assert other.send("/portal/data/file", form).status_code == 404
    for each, form in ((asked, "json"), (portable, "ndjson")):
        filled = {"csrf": visitor.csrf(), "form": form, "request": each["request_id"]}
        assert visitor.send("/portal/data/file", {**filled, "form": "odd"}).status_code == 404
        answer = visitor.send("/portal/data/file", filled)
        assert answer.status_code == 200
        assert "recommendations" in answer.text
        assert shop.server.get(f"/v1/rights/{each['request_id']}").json()["status"] == "completed"
    page = visitor.read(DATA)
    assert "An answer is due by" not in page
    assert 'name="request"' not in page


def test_a_refused_request_says_why(shop: Shop, visitor: Visitor) -> None:
    asked = ask(shop, "hanna", "access", identity_confirmed=False)
    refusal = {"act": "refused", "reason": "identity_not_confirmed"}
    assert shop.server.post(f"/v1/rights/{asked['request_id']}/steps", json=refusal).status_code == 200
    visitor.sign_in("hanna")
    assert "We could not make sure that it was you who asked." in visitor.read(DATA)


def test_the_page_of_an_erasure_needs_no_account_and_says_who_has_confirmed(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("ida-the-person")
    visitor.choose("recommendations:give")
    page = erase(visitor)
    [link] = set(re.findall(rf'href="({shop.gateway.url}/portal/erased/[0-9a-f]{{64}})"', page))
    name = link.rpartition("/")[2]

    def anybody(path: str) -> httpx.Response:
        return httpx.get(f"{shop.gateway.url}/portal/erased/{path}", timeout=90)

    wait_until(lambda: "what was held there is gone" in anybody(name).text, "the rows of our own files go")
    answer = anybody(name)
    assert "<strong>lines</strong>" in answer.text
    assert "<strong>mail</strong>: cannot be told by a program" in answer.text
    assert "ida-the-person" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    certificate = anybody(f"{name}/certificate")
    assert certificate.status_code == 200
    vkey = (shop.gateway.directory / "log" / "log.vkey").read_text()
    assert verify_certificate(certificate.content, log_key=vkey).index > 0
    assert json.loads(certificate.text)["format"].startswith("volens-erasure-certificate/")
    turned = name[:-1] + ("0" if name[-1] != "0" else "1")
    for path in (name[:32], name[:32] + "0" * 32, turned, name.upper() + "0", "x", "é" * 64):
        for place in (path, f"{path}/certificate"):
            assert anybody(place).status_code == 404, place


def test_only_an_erasure_that_is_done_has_such_a_page(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("jo")
    asked = ask(shop, "jo", "erasure", identity_confirmed=False)
    outside = httpx.get(f"{shop.gateway.url}/portal/erased/{asked['request_id']}{NOBODY}", timeout=90)
    assert outside.status_code == 404


def test_an_app_that_erased_somebody_can_tell_them_where_to_look(shop: Shop, visitor: Visitor) -> None:
    people = ("erased-by-the-app", "never-known-here")
    visitor.sign_in(people[0])
    visitor.choose("recommendations:give")
    pages = [ask(shop, who, "erasure")["page"] for who in people]
    assert ask(shop, people[0], "erasure", identity_confirmed=False)["page"] is None
    assert ask(shop, people[0], "access")["page"] is None
    for page in pages:
        assert re.fullmatch(r"/portal/erased/[0-9a-f]{64}", page)
        shown = httpx.get(f"{shop.gateway.url}{page}", timeout=30).text
        assert "Everything is erased" in shown
        assert "<strong>mail</strong>" in shown
        assert not any(who in shown for who in people)
