"""How old somebody is, as they say it in the portal: one press, no date, and taken back only by whoever said it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway_process import Gateways
from tests.journey.portal_visitor import Visitor
from tests.journey.shop import Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("age"))
    try:
        yield Shop(gateways.start())
    finally:
        gateways.close()


@pytest.fixture
def visitor(shop: Shop) -> Visitor:
    return Visitor(shop.gateway)


def test_one_press_ends_all_profiling_and_what_a_minor_allowed_does_not_come_back_by_itself(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("teen")
    visitor.choose("recommendations:give")
    visitor.choose("anonymous-statistics:give")
    assert shop.permits("teen")["recommendations"]
    page = visitor.press("/portal/age", {"age": "13-15"})
    assert "from this moment on" in page
    assert "never done with the data of young people" in visitor.state("recommendations")
    assert not shop.permits("teen")["recommendations"]
    assert "recommendations:withdraw" in visitor.buttons(), "what was given can be ended"
    assert "recommendations:give" not in visitor.buttons()
    page = visitor.press("/portal/age", {"age": "18+"})
    assert "you are asked anew" in page
    assert not shop.permits("teen")["recommendations"]
    assert shop.permits("teen")["anonymous-statistics"], "what minors may allow stays as it is"
    assert {"recommendations:give", "recommendations:refuse"} <= set(visitor.buttons())
    visitor.choose("recommendations:give")
    assert shop.permits("teen")["recommendations"]
    assert "Your age" in visitor.read("/portal/history")


def test_a_minor_turns_off_what_was_given_before(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("pupil")
    visitor.choose("analytics:give")
    visitor.press("/portal/age", {"age": "16-17"})
    visitor.choose("analytics:withdraw")
    assert "analytics:withdraw" not in visitor.buttons()
    assert "Turned off" in visitor.read("/portal/history")


def test_what_an_app_said_is_not_taken_back_there(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("child")
    body = {"subject": {"id": "child"}, "age_band": "0-12"}
    assert shop.server.put("/v1/consents/age-band", json=body).status_code == 200
    page = visitor.read()
    assert "An app told us" in page
    assert 'value="18+"' not in page
    visitor.press("/portal/age", {"age": "18+"})
    assert "An app told us" in visitor.read()


@pytest.mark.parametrize("age", ["", "12", "2011-03-04", "18"])
def test_anything_else_changes_nothing(visitor: Visitor, age: str) -> None:
    visitor.sign_in(f"odd-{age}")
    assert "Nothing was changed." in visitor.press("/portal/age", {"age": age})


def test_a_form_from_elsewhere_says_nobodys_age(shop: Shop, visitor: Visitor) -> None:
    visitor.sign_in("framed")
    assert visitor.send("/portal/age", {"age": "0-12"}).status_code == 403
    token = visitor.csrf()
    elsewhere = visitor.send("/portal/age", {"csrf": token, "age": "0-12"}, origin="https://evil.example")
    assert elsewhere.status_code == 403
    assert "You told us" not in visitor.read()
