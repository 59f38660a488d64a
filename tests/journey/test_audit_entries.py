"""`GET /v1/audit/entries`: what stands in the log is found, page by page, and each entry that is found can be proven."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from audit import hash_leaf, published_entries
from consent import ActorKind, AgeBand, ConsentRequest, Status
from gateway.directory.init_directory import initialise
from tests.journey.in_process import Inside, inside
from tests.journey.shop import item, view


async def entries(served: Inside, **asked: Any) -> dict[str, Any]:
    answer = await served.http.get("/v1/audit/entries", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    return dict(answer.json())


async def test_the_pages_together_are_the_log(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.stock()
        await served.consent("ada", "given")
        for n in range(5):
            await served.batch([view("ada", item(0, n)), view("bea", item(1, n))])
            await served.decide("ada")
        found, before = [], None
        while before is not None or not found:
            page = await entries(served, limit=4, **({} if before is None else {"before": before}))
            assert len(page["entries"]) <= 4
            found, before = found + page["entries"], page["before"]
        assert [each["index"] for each in found] == list(reversed(range(page["size"])))
        withheld = await entries(served, outcome="withheld.no_record")
        assert len(withheld["entries"]) == 5
        decided = await entries(served, kind="decision", purpose="recommendations")
        assert len(decided["entries"]) == 5
        assert {each["entry"]["k"] for each in decided["entries"]} == {"decision"}
        assert (await entries(served, to="2020-01-01"))["entries"] == []
        assert len((await entries(served, **{"from": "2020-01-01"}))["entries"]) > 0
    kept = dict(published_entries(directory / "log"))
    assert {each["index"]: base64.b64decode(each["bytes"]) for each in found} == kept
    assert len(hash_leaf(kept[0])) == 32


async def test_attempts_to_undo_what_people_said_themselves_are_counted_and_told_without_saying_whose(
    tmp_path: Path,
) -> None:
    async with inside(tmp_path / "volens") as served:
        ada = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ada is not None
        no = ConsentRequest(purpose="recommendations", status=Status.REFUSED, method="portal", locale="en")
        await served.services.desk.write(ada, no, ActorKind.PERSON, "portal")
        assert await served.services.ages.state(ada, AgeBand.CHILD, ActorKind.PERSON, "portal")
        for _ in range(3):
            assert (await served.consent("ada", "given")).status_code == 409
        older = {"subject": {"id": "ada"}, "age_band": "18+"}
        app = {"authorization": f"Bearer {await served.token('consent:write')}"}
        refused = await served.http.put("/v1/consents/age-band", json=older, headers=app)
        assert refused.json()["reason"] == "lifts_a_protection"
        metrics = (await served.http.get("/metrics")).text
        assert 'volens_consent_refused_total{reason="lifts_a_denial"} 3.0' in metrics
        assert 'volens_consent_refused_total{reason="lifts_a_protection"} 1.0' in metrics
        served.running.attempts.look()
        told = [each["entry"] for each in (await entries(served, outcome="failed"))["entries"]]
        assert [each["d"] for each in told] == [
            {"act": "lifts_a_protection", "n": 1},
            {"act": "lifts_a_denial", "n": 3},
        ]
        assert all(each.keys() == {"d", "k", "o", "pol", "t", "v"} for each in told)


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "canary"}, {"outcome": "canary"}, {"purpose": "canary"}, {"from": "canary"}, {"limit": "0"},
        {"limit": "501"}, {"before": "-1"}, {"before": "canary"}, {"purpose": "x" * 65}, {"canary": "1"},
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused_without_an_echo(tmp_path: Path, asked: dict[str, str]) -> None:
    async with inside(tmp_path / "volens") as served:
        answer = await served.http.get("/v1/audit/entries", params=asked)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canary" not in answer.text


async def test_it_needs_the_scope_and_nothing_else_will_do(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        given = (served.credentials["client_id"], served.credentials["client_secret"])
        form = {"grant_type": "client_credentials", "scope": "decide"}
        answer = await served.http.post("/oauth/token", auth=given, data=form)
        served.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        assert (await served.http.get("/v1/audit/entries")).status_code == 403
        served.http.headers.pop("authorization")
        assert (await served.http.get("/v1/audit/entries")).status_code == 401


async def test_entries_about_people_can_be_left_to_officers(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    initialise(directory)
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text() + "\n[officer]\nprograms_see_people = false\n")
    async with inside(directory) as served:
        await served.decide("ada")
        await served.services.published.wait_for(0)
        for asked in ({}, {"kind": "decision"}, {"kind": "round"}):
            assert (await served.http.get("/v1/audit/entries", params=asked)).status_code == 403
        for kinds in ([], ["decision"], ["boot", "consent"]):
            answer = await served.http.post("/v1/audit/exports", json={"kinds": kinds})
            assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (
                403,
                "insufficient-scope",
            )
        assert (await served.http.get("/log/tile/entries/000.p/1")).status_code == 403
        assert len((await entries(served, kind="boot"))["entries"]) == 1
        assert (await served.http.get("/log/checkpoint")).status_code == 200
        assert (await served.http.get("/log/proof/0")).status_code == 200
