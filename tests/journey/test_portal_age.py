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


def test_one_press_ends_all_profiling_and_another_gives_ones_own_choices_back(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.sign_in("teen")
    visitor.choose("recommendations:give")
    assert shop.permits("teen")["recommendations"]
    page = visitor.press("/portal/age", {"age": "13-15"})
    assert "from this moment on" in page
    assert "never done with the data of young people" in visitor.state("recommendations")
    assert not shop.permits("teen")["recommendations"]
    assert "recommendations:withdraw" not in visitor.buttons()
    page = visitor.press("/portal/age", {"age": "18+"})
    assert "Your own choices hold again." in page
    assert shop.permits("teen")["recommendations"]
    assert "Your age" in visitor.read("/portal/history")


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
