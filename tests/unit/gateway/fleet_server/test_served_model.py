"""Devices are given the model that is served: signed, and never an older one than they have."""

from __future__ import annotations

import httpx
import pytest

from federated.driving import HeldModel
from gateway.fleet.bundles import Signer, make_bundle
from gateway.fleet_server import served_model
from gateway.fleet_server.served_model import ServedModel

SIGNER = Signer(b"s" * 32)


def bundle(version: int, index: int, signer: Signer = SIGNER) -> bytes:
    said = {"name": "items", "version": version, "card": {}, "published_at": 1, "expires_at": 2}
    return make_bundle({**said, "log": {"index": index, "origin": "log.example"}}, b"%d" % version, signer)


@pytest.fixture
def gateway(monkeypatch):
    """What is served, as bytes or an error; every look asks."""
    monkeypatch.setattr(served_model, "FRESH_SECONDS", 0.0)
    served: dict[str, bytes | Exception | None] = {"now": None}
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = served["now"]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(404) if found is None else httpx.Response(200, content=found)

    model = ServedModel("http://gateway.example", httpx.MockTransport(answer))
    yield served, asked, model
    model.close()


def test_what_is_served_is_held_and_what_cannot_be_fetched_changes_nothing(gateway):
    served, asked, model = gateway
    assert model.held(SIGNER.public) is None
    served["now"] = bundle(1, 10)
    first = model.held(SIGNER.public)
    assert isinstance(first, HeldModel)
    assert first.version == 1
    for nothing in (None, httpx.ConnectError("away"), b"rubbish", bundle(2, 11, Signer(b"o" * 32))):
        served["now"] = nothing
        assert model.held(SIGNER.public) == first
    assert {each.url.path for each in asked} == {"/v1/models/items"}


def test_a_rollback_is_followed_and_an_entry_before_the_one_that_is_held_is_not(gateway):
    served, _, model = gateway
    for version, index, held in ((2, 20, 2), (1, 30, 1), (2, 20, 1), (3, 40, 3)):
        served["now"] = bundle(version, index)
        found = model.held(SIGNER.public)
        assert found is not None
        assert found.version == held


def test_a_version_that_was_gone_back_to_says_what_the_next_round_goes_on_from(gateway):
    served, _, model = gateway
    said = {"name": "items", "version": 1, "card": {"goes_on_from": "f" * 64}, "published_at": 1}
    more = {"expires_at": 2, "log": {"index": 50, "origin": "log.example"}}
    served["now"] = make_bundle(said | more, b"1", SIGNER)
    found = model.held(SIGNER.public)
    assert found is not None
    assert (found.version, found.newest) == (1, "f" * 64)


def test_it_is_asked_for_once_by_many_devices(monkeypatch):
    monkeypatch.setattr(served_model, "FRESH_SECONDS", 3_600.0)
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=bundle(1, 10))

    model = ServedModel("http://gateway.example", httpx.MockTransport(answer))
    assert {model.held(SIGNER.public) for _ in range(50)} == {model.held(SIGNER.public)}
    assert len(asked) == 1
    model.close()
