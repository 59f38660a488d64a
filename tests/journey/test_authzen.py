"""AuthZEN over HTTP: what a service is told, what is in the log about it, and what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from audit import Kind, LogUnavailableError, Sequencer, decode_entry
from gateway.authzen import Searched
from gateway.evidence.answer_sealing import AnswerSealing
from gateway.evidence.personal_entries import PersonalEntries
from gateway.memory.people import People
from tests.journey.in_process import Inside, inside
from tests.journey.standing import with_public_url

EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"


def question(who: str, purpose: str = "recommendations", **context: Any) -> dict[str, Any]:
    return {
        "subject": {"type": "service", "id": "canary-service"},
        "action": {"name": purpose},
        "resource": {"type": "data_subject", "id": who},
        "context": context,
    }


async def ask(served: Inside, body: Any, path: str = EVALUATION) -> Any:
    return await served.ask(path, body)


def said(answer: dict[str, Any]) -> tuple[bool, str]:
    return answer["decision"], answer["context"]["reason"]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return with_public_url(tmp_path / "volens")


async def test_every_answer_follows_the_ledger_and_has_its_entry(directory: Path) -> None:
    async with inside(directory) as served:
        before = served.services.sequencer.durable_size
        assert said(await ask(served, question("ada"))) == (False, "no_record")
        await served.consent("ada", "given")
        granted = await ask(served, question("ada"))
        assert said(granted) == (True, "permitted")
        assert said(await ask(served, question("ada", "analytics"))) == (False, "no_consent")
        assert said(await ask(served, question("ada", "no-such-purpose"))) == (False, "unknown_purpose")
        strange = question("ada") | {"resource": {"type": "document", "id": "7"}}
        assert said(await ask(served, strange)) == (False, "unknown_resource")
        await served.consent("ada", "withdrawn")
        assert said(await ask(served, question("ada"))) == (False, "refused")
        entries = [decode_entry(body) for _, body, _ in served.services.sequencer.read(before, 100)]
        found = [(entry.outcome.value, entry.purposes) for entry in entries if entry.kind is Kind.PERMISSION]
        assert [outcome for outcome, _ in found] == [
            "denied.no_record",
            "permitted",
            "denied.no_consent",
            "denied.unknown_purpose",
            "denied.unknown_resource",
            "denied.refused",
        ]
        assert found[3][1] == ()
        _, body, _ = served.services.sequencer.read(granted["context"]["audit"]["index"], 1)[0]
        assert decode_entry(body).outcome.value == "permitted"
        assert b"canary" not in b"".join(body for _, body, _ in served.services.sequencer.read(before, 100))
        counted = served.services.permissions.outcomes
        assert counted.admitted == sum(counted.counts.values()) == 6


async def test_a_signal_denies_what_it_is_about(directory: Path) -> None:
    async with inside(directory) as served:
        sensitive = next(p.id for p in served.services.policy.purposes if p.gpc_sensitive)
        for purpose in ("recommendations", sensitive):
            await served.consent("ada", "given", purpose)
        assert said(await ask(served, question("ada", sensitive, sec_gpc="1"))) == (False, "signal")
        assert said(await ask(served, question("ada", sensitive, sec_gpc="0"))) == (True, "permitted")


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        ("execute_all", [True, False, True]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
async def test_several_questions_end_where_the_request_says(
    directory: Path, semantic: str, expected: list[bool]
) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        body = question("ada") | {
            "evaluations": [{}, {"resource": {"type": "data_subject", "id": "bea"}}, {}],
            "options": {"evaluations_semantic": semantic},
        }
        answers = (await ask(served, body, EVALUATIONS))["evaluations"]
        assert [each["decision"] for each in answers] == expected
        assert served.services.permissions.outcomes.admitted == len(expected)


async def test_one_that_cannot_be_read_does_not_spoil_the_others(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        body = question("ada") | {"evaluations": [{"action": {}}, {}]}
        answers = (await ask(served, body, EVALUATIONS))["evaluations"]
        assert [said(each) for each in answers] == [(False, "cannot_be_read"), (True, "permitted")]
        single = await ask(served, question("ada"), EVALUATIONS)
        assert said(single) == (True, "permitted")


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"subject":{"type":"a","id":"canary"}}', "application/json"),
        (b'{"subject":{"type":"a","id":"b"},"subject":{"type":"a","id":"c"}}', "application/json"),
        (b"{}", "text/plain"),
    ],
)
async def test_what_cannot_be_read_is_400_and_never_echoed(
    directory: Path, content: bytes, content_type: str
) -> None:
    async with inside(directory) as served:
        for path in (EVALUATION, EVALUATIONS, *(f"/access/v1/search/{each}" for each in Searched)):
            answer = await served.http.post(path, content=content, headers={"content-type": content_type})
            assert answer.status_code == 400
            assert b"canary" not in answer.content
        assert (await served.http.get(EVALUATION)).status_code == 405
        assert served.services.permissions.outcomes.admitted == 0


async def test_who_may_not_ask_is_told_so_and_an_id_of_the_request_comes_back(directory: Path) -> None:
    async with inside(directory) as served:
        good = await served.http.post(
            EVALUATION,
            json=question("ada"),
            headers={"x-request-id": "a-1", "content-type": "application/json; charset=utf-8"},
        )
        assert (good.status_code, good.headers["x-request-id"]) == (200, "a-1")
        wrong = await served.http.post(EVALUATION, json={}, headers={"x-request-id": "a b<c>"})
        assert (wrong.status_code, wrong.headers["x-request-id"]) == (400, "a b<c>")
        served.http.headers.pop("authorization")
        refused = await served.http.post(EVALUATION, json=question("ada"), headers={"x-request-id": "a-2"})
        assert (refused.status_code, refused.headers["x-request-id"]) == (401, "a-2")
        assert "www-authenticate" in refused.headers


async def test_the_purposes_of_a_person_are_found(directory: Path) -> None:
    async with inside(directory) as served:
        for purpose in ("recommendations", "analytics"):
            await served.consent("ada", "given", purpose)
        body = {name: value for name, value in question("ada").items() if name != "action"}
        found = await ask(served, body, "/access/v1/search/action")
        assert sorted(each["name"] for each in found["results"]) == ["analytics", "recommendations"]
        nobody = body | {"resource": {"type": "data_subject", "id": "nobody"}}
        assert (await ask(served, nobody, "/access/v1/search/action"))["results"] == []


async def test_who_may_receive_data_is_found_among_the_destinations_and_page_by_page(directory: Path) -> None:
    with (directory / "volens.toml").open("a") as file:
        for name in ("one", "two", "three"):
            file.write(
                f'\n[[destinations]]\nid = "{name}"\nkind = "ndjson"\npurpose = "recommendations"\npath = "{name}"\n'
            )
    policy = directory / "policy.toml"
    head, mark, tail = policy.read_text().partition('id = "recommendations"')
    listed = 'destinations = ["one", "two", "three", "not-configured"]'
    policy.write_text(head + mark + tail.replace("destinations = []", listed, 1))
    async with inside(directory) as served:
        whole = question("ada") | {"subject": {"type": "destination"}, "page": {"limit": 2}}
        path = "/access/v1/search/subject"
        assert (await ask(served, whole, path))["results"] == []
        await served.consent("ada", "given")
        first = await ask(served, whole, path)
        assert [each["id"] for each in first["results"]] == ["one", "two"]
        second = await ask(served, whole | {"page": {"token": first["page"]["next_token"]}}, path)
        assert second == {
            "page": {"next_token": "", "count": 1},
            "results": [{"type": "destination", "id": "three"}],
        }
        for other in (question("bea"), whole):
            token = first["page"]["next_token"][::-1] if other is whole else first["page"]["next_token"]
            body = whole | {"resource": other["resource"], "page": {"token": token}}
            assert (await served.http.post(path, json=body)).status_code == 400
        assert (await ask(served, whole | {"subject": {"type": "service"}}, path))["results"] == []
        assert (await ask(served, whole | {"action": {"name": "analytics"}}, path))["results"] == []


async def test_a_search_for_people_finds_nobody_because_nobodys_id_is_kept(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        for type_ in ("data_subject", "anonymous_subject", "spaceship"):
            body = question("ada") | {"resource": {"type": type_}}
            assert await ask(served, body, "/access/v1/search/resource") == {"results": []}


async def test_searches_need_a_scope_of_their_own(directory: Path) -> None:
    async with inside(directory) as served:
        given = (served.credentials["client_id"], served.credentials["client_secret"])
        form = {"grant_type": "client_credentials", "scope": "decide consent:read"}
        token = (await served.http.post("/oauth/token", auth=given, data=form)).json()["access_token"]
        served.http.headers["authorization"] = f"Bearer {token}"
        for searched, status in (("subject", 403), ("resource", 403), ("action", 200)):
            answer = await served.http.post(f"/access/v1/search/{searched}", json=question("ada"))
            assert answer.status_code == status


async def test_obligations_come_with_a_permission_when_the_settings_want_them(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        assert "obligations" not in (await ask(served, question("ada")))["context"]
    with (directory / "volens.toml").open("a") as file:
        file.write('\n[authzen]\nobligations = "draft-2026-07"\n')
    async with inside(directory) as served:
        found = (await ask(served, question("ada")))["context"]["obligations"]
        assert [(each["id"], each["type"]) for each in found] == [("minimise", "custom")]
        purpose = served.services.policy.purpose("recommendations")
        assert purpose is not None
        events = found[0]["properties"]["events"]
        assert set(events) == set(purpose.fields.events)
        conditional = {
            (event, rule.path)
            for event, rules in purpose.fields.events.items()
            for rule in rules
            if rule.condition
        }
        assert conditional, "the default policy has a field that needs a condition"
        assert not [(event, path) for event, path in conditional if path in events[event]]
        for condition in {
            r.condition for rules in purpose.fields.events.values() for r in rules if r.condition
        }:
            await served.consent("ada", "given", condition)
        again = (await ask(served, question("ada")))["context"]["obligations"][0]["properties"]["events"]
        assert all(path in again[event] for event, path in conditional)
        assert "obligations" not in (await ask(served, question("bea")))["context"]
        metadata = (await served.http.get("/.well-known/authzen-configuration")).json()
        assert metadata["supported_obligations"] == ["custom"]


async def test_the_metadata_come_from_the_settings_and_never_from_the_request(directory: Path) -> None:
    async with inside(directory) as served:
        answer = await served.http.get("/.well-known/authzen-configuration", headers={"host": "evil.example"})
        assert answer.json()["access_evaluation_endpoint"] == "https://gate.example/access/v1/evaluation"
        assert b"evil" not in answer.content


async def test_without_a_log_nothing_is_permitted(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        slot = next(iter(served.services.people.slots()))
        number = served.services.people.number[slot]

        def refuse(*_: object, **__: object) -> int:
            raise LogUnavailableError("no room")

        monkeypatch.setattr(Sequencer, "append_many", refuse)
        answer = await ask(served, question("ada"))
        assert (said(answer), answer["context"]["audit"]) == ((False, "log_unavailable"), None)
        assert served.services.people.number[slot] == number
        monkeypatch.undo()
        assert said(await ask(served, question("ada"))) == (True, "permitted")


async def test_what_is_withdrawn_while_the_entry_is_written_is_denied(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        people: People = served.services.people
        bit = served.services.policy.bits["recommendations"]
        append = PersonalEntries.append
        once = iter([True])

        def withdraw_meanwhile(log: PersonalEntries, *entries: Any, **how: Any) -> int:
            first = append(log, *entries, **how)
            if next(once, False):
                people.deny(next(iter(people.slots())), 1 << bit)
            return first

        monkeypatch.setattr(PersonalEntries, "append", withdraw_meanwhile)
        assert said(await ask(served, question("ada"))) == (False, "withdrawn_meanwhile")


async def test_a_defect_denies_everybody_who_asked_in_that_turn_and_nobody_after_it(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(directory, expects_faults=True) as served:
        await asyncio.gather(*[served.consent(who, "given") for who in ("ada", "bea")])
        number = list(served.services.people.number)
        monkeypatch.setattr(AnswerSealing, "seal_each", defect)
        answers = await asyncio.gather(*[ask(served, question(who)) for who in ("ada", "bea")])
        assert [said(each) for each in answers] == [(False, "internal")] * 2
        assert [each["context"]["audit"] for each in answers] == [None, None]
        assert list(served.services.people.number) == number
        assert served.services.permissions.outcomes.balanced()
        monkeypatch.undo()
        assert said(await ask(served, question("ada"))) == (True, "permitted")


def defect(*_: object) -> list[Any]:
    raise ValueError("a defect")


async def test_restarted_it_goes_on_counting_where_it_was(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        await asyncio.gather(*[ask(served, question("ada")) for _ in range(20)])
        slot = next(iter(served.services.people.slots()))
        number = served.services.people.number[slot]
    for path in (directory / "snapshot").iterdir():
        path.unlink()
    async with inside(directory) as again:
        assert again.services.people.number[next(iter(again.services.people.slots()))] == number
        assert said(await ask(again, question("ada"))) == (True, "permitted")
