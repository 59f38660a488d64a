"""Global Privacy Control at every door that a browser's request can come through: each reads the header the same way."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway_process import Gateways
from tests.journey.portal_visitor import Visitor
from tests.journey.shop import Shop, view

Headers = list[tuple[str, str]]

WHO = "ada"
PURPOSE = "recommendations"
QUESTION = {
    "subject": {"type": "service", "id": "ads"},
    "action": {"name": PURPOSE},
    "resource": {"type": "data_subject", "id": WHO},
}
SENT: dict[str, tuple[Headers, bool]] = {
    "nothing": ([], False),
    "1": ([("sec-gpc", "1")], True),
    "1, 1": ([("sec-gpc", "1, 1")], True),
    "0 and 1": ([("sec-gpc", "0"), ("sec-gpc", "1")], True),
    "true": ([("sec-gpc", "true")], False),
}
"""What the browser, or a proxy before us, sends; whether that is the signal."""


class House:
    """A gateway whose recommendations are kept off by the signal, somebody who gave their consent, and the doors."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        shop.consent(WHO, "given")
        self.visitor = Visitor(shop.gateway)
        self.visitor.sign_in(WHO)

    def event(self, path: str, headers: Headers) -> bool:
        body = view(WHO, "p")
        sent = {"batch": [body]} if path == "/v1/batch" else body
        answer = self.shop.source.post(path, json=sent, headers=headers)
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["reasons"] == {"signal": 1})

    def pixel(self, headers: Headers) -> bool:
        before = self._withheld()
        data = base64.urlsafe_b64encode(json.dumps(view(WHO, "p")).encode()).decode()
        answer = self.shop.source.get("/pixel/v1/track", params={"data": data}, headers=headers)
        assert answer.status_code == 200
        return self._withheld() == before + 1

    def _withheld(self) -> int:
        lines = self.shop.server.get("/metrics").text.splitlines()
        counter = 'volens_outcomes_total{kind="event",outcome="withheld.signal"} '
        (count,) = [line.removeprefix(counter) for line in lines if line.startswith(counter)]
        return int(float(count))

    def slate(self, headers: Headers) -> bool:
        body = {"subject": {"id": WHO}}
        return bool(
            self.shop.server.post("/v1/decide", json=body, headers=headers).json()["reason"] == "signal"
        )

    def proxy(self, headers: Headers) -> bool:
        asked = [("x-volens-service", "ads"), ("x-volens-purpose", PURPOSE), ("x-volens-subject", WHO)]
        answer = self.shop.server.get("/ext_authz", headers=asked + headers)
        return answer.headers["x-volens-reason"] == "signal"

    def evaluation(self, headers: Headers) -> bool:
        answer = self.shop.server.post("/access/v1/evaluation", json=QUESTION, headers=headers).json()
        return bool(answer["context"]["reason"] == "signal")

    def evaluations(self, headers: Headers) -> bool:
        asked = [{}, {"context": {"sec_gpc": "0"}}]
        body = {**QUESTION, "evaluations": asked}
        answer = self.shop.server.post("/access/v1/evaluations", json=body, headers=headers).json()
        denied = {each["context"]["reason"] == "signal" for each in answer["evaluations"]}
        assert len(denied) == 1, "a header that says yes is not undone by a body that says no"
        return denied.pop()

    def actions(self, headers: Headers) -> bool:
        body = {"subject": QUESTION["subject"], "resource": QUESTION["resource"]}
        answer = self.shop.server.post("/access/v1/search/action", json=body, headers=headers).json()
        return {"name": PURPOSE} not in answer["results"]

    def prompts(self, headers: Headers) -> bool:
        body = {"subject": {"id": WHO}}
        return bool(self.shop.server.post("/v1/prompts", json=body, headers=headers).json()["gpc"])

    def answers(self, headers: Headers) -> bool:
        body = {"subject": {"id": WHO}, "answers": {"analytics": False}, "method": "banner", "locale": "en"}
        answer = self.shop.server.post("/v1/prompts/answers", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["gpc"])

    def status(self, headers: Headers) -> bool:
        return bool(self.shop.server.get("/v1/signals/status", headers=headers).json()["gpc"]["received"])

    def portal(self, headers: Headers) -> bool:
        page = self.visitor.http.get("/portal", headers=headers)
        assert page.status_code == 200
        return "It keeps these off in this browser" in page.text


DOORS: dict[str, Callable[[House, Headers], bool]] = {
    "/v1/batch": lambda house, headers: house.event("/v1/batch", headers),
    "/v1/track": lambda house, headers: house.event("/v1/track", headers),
    "/pixel/v1/track": House.pixel,
    "/v1/decide": House.slate,
    "/access/v1/evaluation": House.evaluation,
    "/access/v1/evaluations": House.evaluations,
    "/access/v1/search/action": House.actions,
    "/ext_authz": House.proxy,
    "/v1/prompts": House.prompts,
    "/v1/prompts/answers": House.answers,
    "/v1/signals/status": House.status,
    "/portal": House.portal,
}


def heed(directory: Path) -> None:
    """Let the signal keep recommendations off, which is the first purpose of the policy."""
    policy = directory / "policy.toml"
    policy.write_text(policy.read_text().replace("gpc_sensitive = false", "gpc_sensitive = true", 1))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    gateways = Gateways(tmp_path_factory.mktemp("doors"))
    try:
        yield House(Shop(gateways.start(heed)))
    finally:
        gateways.close()


@pytest.mark.parametrize("door", DOORS)
def test_every_door_reads_the_signal_alike(house: House, door: str) -> None:
    heeded = {sent: DOORS[door](house, headers) for sent, (headers, _) in SENT.items()}
    assert heeded == {sent: asserted for sent, (_, asserted) in SENT.items()}
