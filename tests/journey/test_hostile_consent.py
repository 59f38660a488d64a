"""Bad input about consent over HTTP: a typed problem, nothing changed, nothing of it said back or put into the log."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.journey.in_process import Inside, inside
from tests.journey.shop import subject
from tests.leak.canaries import canary, search

CANARY = canary("hostile")
MANY = 10_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "volens"


@pytest.fixture
async def served(home: Path) -> AsyncIterator[Inside]:
    async with inside(home) as gateway:
        await gateway.consent("ann", "given")
        await gateway.consent("bob", "withdrawn")
        yield gateway


async def standing(served: Inside) -> dict[str, Any]:
    """Everything that a write could change."""
    ledger, run = served.services.desk._ledger, served.services.desk._run
    refs = [served.services.identities.ref_of(known=who, anonymous=None) for who in ("ann", "bob")]
    return {
        "records": [await run(ledger.records_of, ref) for ref in refs],
        "people": len(served.services.people.slot_of),
        "log": served.services.sequencer.size,
    }


def change(who: str = "ann", **more: Any) -> dict[str, Any]:
    return {
        "subject": subject(who), "purpose": "recommendations", "status": "given", "method": "test", **more,
    }  # fmt: skip


WRITES: dict[str, tuple[dict[str, Any], int, str | None]] = {
    "a purpose that does not exist": (change(purpose=CANARY), 409, "unknown_purpose"),
    "a standing, which is no purpose": (change(purpose="*minority"), 409, "unknown_purpose"),
    "another notice": (change(notice_version=CANARY), 409, "wrong_notice"),
    "back-dated before the withdrawal": (change("bob", occurred_at=1_000_000_000), 409, "back_dated"),
    "before its notice was in force": (
        change(occurred_at=int(time.time()) - 300 * 86_400),
        409,
        "before_the_notice",
    ),
    "in the future": (change(occurred_at=int(time.time()) + 86_400), 409, "in_the_future"),
    "a method that is markup": (change(method=f"<{CANARY}>"), 409, "malformed_method"),
    "a locale that is none": (change(locale=f"{CANARY}"[:30]), 409, "malformed_locale"),
    "a jurisdiction that is none": (change(jurisdiction=CANARY), 422, None),
    "a variant that is no hash": (change(ui_variant=CANARY), 422, None),
    "a status of another protocol": (change(status=CANARY), 422, None),
    "a status that is worked out": (change(status="renewed"), 422, None),
    "a status that is reserved": (change(status="invalidated"), 422, None),
    "better evidence than one has": (change(evidence="user_action"), 422, None),
    "members of one's own": (change(**{CANARY: True}), 422, None),
    "nobody": (change() | {"subject": {}}, 422, None),
    "two at once": (change() | {"subject": {"id": "ann", "anonymous_id": CANARY}}, 422, None),
    "an id without end": (change() | {"subject": {"id": CANARY * 100}}, 422, None),
    "a number for a name": (change() | {"subject": {"id": 7}}, 422, None),
    "ten thousand purposes": (change(purpose=[f"{CANARY}-{n}" for n in range(MANY)]), 422, None),
}


@pytest.mark.parametrize("what", WRITES)
async def test_a_write_that_is_not_right_changes_nothing(served: Inside, what: str) -> None:
    body, status, reason = WRITES[what]
    before = await standing(served)
    answer = await served.http.put("/v1/consents", json=body)
    assert (answer.status_code, answer.json().get("reason")) == (status, reason), answer.text
    counted = {refusal.value: n for refusal, n in served.services.desk.refused.items() if n}
    assert counted == ({} if reason is None else {reason: 1})
    await nothing_happened(served, answer, before)


async def nothing_happened(served: Inside, answer: Any, before: dict[str, Any]) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].startswith("https://")
    assert search(answer.content + str(answer.headers).encode(), {"said": CANARY}) == set()
    assert await standing(served) == before


async def test_a_consent_that_was_recorded_wrongly_is_revoked_at_once_and_may_be_given_again(
    tmp_path: Path,
) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        await served.personalise("cleo")
        answer = await served.consent("cleo", "revoked")
        assert (answer.status_code, answer.json()["status"]) == (200, "revoked")
        assert answer.json()["audit"]["index"] >= 0
        assert (await served.decide("cleo"))["reason"] == "refused"
        assert (await served.consent("cleo", "given")).status_code == 200
        assert (await served.decide("cleo"))["reason"] == "no_history", "what was learnt before is gone"


async def test_ten_thousand_answers_and_bodies_of_other_shapes(served: Inside) -> None:
    before = await standing(served)
    many = {f"{CANARY}-{n}": True for n in range(MANY)}
    answers = {"subject": subject("ann"), "method": "m", "locale": "en"}
    for path, body in (
        ("/v1/prompts/answers", {**answers, "answers": many}),
        ("/v1/prompts/answers", {**answers, "answers": {}}),
        ("/v1/prompts/answers", {**answers, "answers": {"recommendations": 1}}),
        ("/v1/consents/query", {"subject": subject("ann"), "purposes": list(many)}),
        ("/v1/prompts", [many]),
    ):
        answer = await served.http.post(path, json=body)
        assert answer.status_code in (400, 422), path
        await nothing_happened(served, answer, before)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 50_000, json.dumps(CANARY).encode(),
        b'{"subject":{"id":"ann"},"subject":{"id":"bob"},"purpose":"recommendations","status":"given","method":"x"}',
        b'{"subject":{"id":"ann"},"purpose":"recommendations","status":"given","method":"x","occurred_at":NaN}',
        b'{"subject":{"id":"ann\\ud800"},"purpose":"recommendations","status":"given","method":"x"}',
    ],
    ids=range(10),
)  # fmt: skip
async def test_a_body_that_is_not_json_as_it_should_be(served: Inside, raw: bytes) -> None:
    before = await standing(served)
    answer = await served.http.put("/v1/consents", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    await nothing_happened(served, answer, before)


async def test_a_forged_token_and_that_of_another_write_nothing(served: Inside) -> None:
    good = served.http.headers["authorization"].removeprefix("Bearer ")
    head, claims, signature = good.split(".")
    made = await served.http.post("/v1/device-tokens", json={"anonymous_id": "somebody"})
    before = await standing(served)
    none = "eyJhbGciOiJub25lIn0"
    forged = [f"{head}.{claims}.{signature[:-4]}AAAA", f"{none}.{claims}.", f"{head}.{claims}", CANARY, ""]
    for token in forged:
        headers = {b"authorization": f"Bearer {token}".encode()}
        answer = await served.http.put("/v1/consents", json=change(), headers=headers)
        assert answer.status_code == 401, token
        await nothing_happened(served, answer, before)
    device = {"authorization": f"Bearer {made.json()['access_token']}"}
    for body in (change(), change() | {"subject": {"anonymous_id": "somebody"}}):
        answer = await served.http.put("/v1/consents", json=body, headers=device)
        assert answer.status_code == 403, "a device may ask what to show, and nothing else"
        await nothing_happened(served, answer, before)
