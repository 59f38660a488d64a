"""Tenants over HTTP: rule sets that are data and nothing else, judged by the vectors of the AuthZEN interoperability events."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from audit import Kind, LogUnavailableError, Sequencer, decode_entry
from gateway.cli import main
from tests.journey.in_process import inside
from tests.journey.standing import with_public_url
from tests.requirement import datasets_directory
from tests.unit.gateway.tenants.material import EXAMPLES, RULES

VECTORS = Path(__file__).parents[1] / "vectors" / "authzen"
TO_DO = "authzen_todo_decisions_1_0-02.json"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return with_public_url(tmp_path / "volens")


def load(directory: Path, tenant: str, file: Path) -> None:
    assert main(["policy", "load", str(directory), str(file), "--tenant", tenant]) == 0


def cases(name: str) -> list[dict[str, Any]]:
    return list(json.loads((VECTORS / f"{name}.json").read_text())["cases"])


def by_name(results: list[dict[str, str]]) -> list[str]:
    return sorted(json.dumps(each, sort_keys=True) for each in results)


async def test_admin_does_not_search_in_the_rules_of_tenants(directory: Path) -> None:
    load(directory, "records", EXAMPLES / "records.toml")
    async with inside(directory) as served:
        for scopes, status in (("admin decide consent:read", 403), ("search", 200)):
            served.http.headers["authorization"] = f"Bearer {await served.token(scopes)}"
            for searched in ("subject", "resource"):
                path = f"/t/records/access/v1/search/{searched}"
                question = next(each["request"] for each in cases("search") if each["search"] == searched)
                assert (await served.http.post(path, json=question)).status_code == status


class TestInterop:
    """No line of the product knows these scenarios: what denies everything scores what is said beside each."""

    async def test_todo_43_of_43_where_denying_everything_scores_15(self, directory: Path) -> None:
        vectors = json.loads((datasets_directory() / "consent" / TO_DO).read_text())
        load(directory, "todo", EXAMPLES / "todo.toml")
        right = right_if_denied = 0
        async with inside(directory) as served:
            for case in vectors["evaluation"]:
                answer = await served.ask("/t/todo/access/v1/evaluation", case["request"])
                right += answer["decision"] is case["expected"]
                right_if_denied += case["expected"] is False
            for case in vectors["evaluations"]:
                answer = await served.ask("/t/todo/access/v1/evaluations", case["request"])
                expected = [each["decision"] for each in case["expected"]]
                right += [each["decision"] for each in answer["evaluations"]] == expected
                right_if_denied += not any(expected)
        assert (right, right_if_denied) == (43, 15)

    async def test_gateway_25_of_25_where_denying_everything_scores_6(self, directory: Path) -> None:
        load(directory, "gateway", EXAMPLES / "gateway.toml")
        async with inside(directory) as served:
            said = [
                (await served.ask("/t/gateway/access/v1/evaluation", case["request"]))["decision"]
                for case in cases("gateway")
            ]
        expected = [case["expected"] for case in cases("gateway")]
        assert (said, len(said), expected.count(False)) == (expected, 25, 6)

    @pytest.mark.parametrize(("name", "size", "empty"), [("search", 198, 46), ("identity_provider", 6, 0)])
    async def test_searches_where_finding_nothing_scores_46_and_0(
        self, directory: Path, name: str, size: int, empty: int
    ) -> None:
        load(directory, "records", EXAMPLES / "records.toml")
        right = 0
        async with inside(directory) as served:
            for case in cases(name):
                found = await served.ask(f"/t/records/access/v1/search/{case['search']}", case["request"])
                right += by_name(found["results"]) == by_name(case["expected"]["results"])
        assert right == len(cases(name)) == size
        assert sum(not case["expected"]["results"] for case in cases(name)) == empty

    @pytest.mark.parametrize(
        ("subject", "action", "resource", "expected"),
        [
            ({"id": "alice"}, {"name": "read"}, {"id": "record-1"}, True),
            ({"id": "alice"}, {"name": "write"}, {"id": "record-1"}, True),
            ({"id": "bob"}, {"name": "read"}, {"id": "record-1"}, True),
            ({"id": "bob"}, {"name": "write"}, {"id": "record-1"}, False),
            ({"id": "alice"}, {"name": "write"}, {"id": "record-2", "properties": {"status": "archived"}}, False),
            ({"id": "alice"}, {"name": "write"}, {"id": "record-1", "properties": {"status": "archived"}}, False),
            ({"id": "bob", "properties": {"role": "admin"}}, {"name": "write"},
             {"id": "record-2", "properties": {"status": "archived"}}, True),
            ({"id": "alice"}, {"name": "delete", "properties": {"soft": True}}, {"id": "record-1"}, True),
            ({"id": "alice"}, {"name": "delete", "properties": {"soft": False}}, {"id": "record-1"}, False),
            ({"id": "alice"}, {"name": "delete"}, {"id": "record-1"}, False),
            ({"id": "alice", "properties": {"department": "Sales", "role": "manager"}}, {"name": "read"},
             {"id": "record-1", "properties": {"status": "active", "owner": "bob"}}, True),
        ],
    )  # fmt: skip
    async def test_the_certification_fixture(
        self, directory: Path, subject: dict[str, Any], action: Any, resource: dict[str, Any], expected: bool
    ) -> None:
        load(directory, "conformance", EXAMPLES / "conformance.toml")
        body = {
            "subject": {"type": "user"} | subject,
            "action": action,
            "resource": {"type": "record"} | resource,
        }
        async with inside(directory) as served:
            for more in ({}, {"context": {"time": "2026-11-21T18:03Z"}, "futureField": {"nested": True}}):
                answer = await served.ask("/t/conformance/access/v1/evaluation", body | more)
                assert answer["decision"] is expected

    @pytest.mark.parametrize(
        ("searched", "body", "expected"),
        [
            ("subject", {"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
                         "resource": {"type": "record", "id": "record-1"}}, {"alice", "bob"}),
            ("resource", {"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
                          "resource": {"type": "record", "id": "record-2"}}, {"record-1", "record-2"}),
            ("action", {"subject": {"type": "user", "id": "alice"}, "resource": {"type": "record", "id": "record-1"}},
             {"read", "write"}),
            ("subject", {"subject": {"type": "user"}, "action": {"name": "write"},
                         "resource": {"type": "record", "id": "record-2", "properties": {"status": "archived"}}}, {"bob"}),
            ("resource", {"subject": {"type": "user", "id": "bob", "properties": {"role": "admin"}},
                          "action": {"name": "write"}, "resource": {"type": "record"}}, {"record-2"}),
            ("action", {"subject": {"type": "user", "id": "bob", "properties": {"role": "admin"}},
                        "resource": {"type": "record", "id": "record-2", "properties": {"status": "archived"}}},
             {"read", "write"}),
            ("subject", {"subject": {"type": "spaceship"}, "action": {"name": "read"},
                         "resource": {"type": "record", "id": "record-1"}}, set()),
            ("action", {"subject": {"type": "user", "id": "nobody"}, "resource": {"type": "record", "id": "record-1"}},
             set()),
        ],
    )  # fmt: skip
    async def test_the_searches_of_the_certification_fixture(
        self, directory: Path, searched: str, body: Any, expected: set[str]
    ) -> None:
        load(directory, "conformance", EXAMPLES / "conformance.toml")
        async with inside(directory) as served:
            found = await served.ask(f"/t/conformance/access/v1/search/{searched}", body)
        assert {each.get("id") or each["name"] for each in found["results"]} == expected


QUESTION = {
    "subject": {"type": "user", "id": "lovelace"},
    "action": {"name": "read"},
    "resource": {"type": "paper", "id": "canary-1", "properties": {"owner": "lovelace"}},
}


@pytest.fixture
def paper(directory: Path, tmp_path: Path) -> Path:
    file = tmp_path / "paper.toml"
    file.write_text(RULES.replace("ada =", "lovelace ="))
    load(directory, "paper", file)
    return file


async def test_every_answer_names_its_permit_its_rules_and_its_entry_and_the_log_names_nobody(
    directory: Path, paper: Path
) -> None:
    async with inside(directory) as served:
        log = served.services.sequencer
        answer = await served.ask("/t/paper/access/v1/evaluation", QUESTION)
        assert (answer["decision"], answer["context"]["permit"]) == (True, "owners")
        entries = [decode_entry(body) for _, body, _ in log.read(0, log.durable_size)]
        (loaded,) = [entry for entry in entries if entry.kind is Kind.POLICY]
        assert loaded.detail["tenant"] == "paper"
        entry = entries[answer["context"]["audit"]["index"]]
        assert (entry.kind, entry.outcome.value, entry.purposes) == (Kind.PERMISSION, "permitted", ())
        assert entry.policy is not None
        assert entry.policy.hex() == loaded.detail["rules"] == answer["context"]["rules"]
        for _, body, sealed in log.read(0, log.durable_size):
            assert b"canary" not in body + sealed
            assert b"lovelace" not in body + sealed


def change(directory: Path, paper: Path) -> None:
    """Put another person in the place of the one who asks."""
    paper.write_text(RULES)
    load(directory, "paper", paper)


async def test_new_rules_hold_from_the_next_question_on(directory: Path, paper: Path) -> None:
    async with inside(directory) as served:
        assert (await served.ask("/t/paper/access/v1/evaluation", QUESTION))["decision"]
        change(directory, paper)
        assert not (await served.ask("/t/paper/access/v1/evaluation", QUESTION))["decision"]
        await asyncio.to_thread((directory / "tenants" / "paper.toml").unlink)
        assert (await served.http.post("/t/paper/access/v1/evaluation", json=QUESTION)).status_code == 404


async def test_a_list_ends_where_the_request_says(directory: Path, paper: Path) -> None:
    stranger = {"subject": {"type": "user", "id": "bea"}}
    async with inside(directory) as served:
        for semantic, expected in (
            ("execute_all", [True, False, False, True]),
            ("deny_on_first_deny", [True, False]),
            ("permit_on_first_permit", [True]),
        ):
            before = served.services.permissions.outcomes.admitted
            body = QUESTION | {
                "evaluations": [{}, stranger, {"action": 1}, {}],
                "options": {"evaluations_semantic": semantic},
            }
            found = await served.ask("/t/paper/access/v1/evaluations", body)
            assert [each["decision"] for each in found["evaluations"]] == expected
            asked = len(expected) - (semantic == "execute_all")
            assert served.services.permissions.outcomes.admitted == before + asked
        assert (await served.ask("/t/paper/access/v1/evaluations", QUESTION | {"evaluations": []}))[
            "decision"
        ]


async def test_pages_of_a_search_make_the_whole_and_their_tokens_hold_for_one_tenant(
    directory: Path, paper: Path
) -> None:
    load(directory, "records", EXAMPLES / "records.toml")
    load(directory, "others", EXAMPLES / "records.toml")
    body: dict[str, Any] = {
        "subject": {"type": "user", "id": "alice"},
        "action": {"name": "view"},
        "resource": {"type": "record"},
    }
    async with inside(directory) as served:
        path = "/t/records/access/v1/search/resource"
        whole = (await served.ask(path, body))["results"]
        page = await served.ask(path, body | {"page": {"limit": 7}})
        token = page["page"]["next_token"]
        for where, more in (
            ("/t/others/access/v1/search/resource", {}),
            (path, {"action": {"name": "edit"}}),
            (path, {"page": {"token": token[:-1] + "!"}}),
        ):
            refused = await served.http.post(where, json=body | {"page": {"token": token}} | more)
            assert refused.status_code == 400
        seen = page["results"]
        while page["page"]["next_token"]:
            page = await served.ask(path, body | {"page": {"token": page["page"]["next_token"], "limit": 7}})
            seen += page["results"]
        assert (seen, len(seen)) == (whole, 20)


@pytest.mark.parametrize(
    "base", ["/.well-known/authzen-configuration/t/{}", "/t/{}/.well-known/authzen-configuration"]
)
async def test_each_tenant_has_metadata_of_its_own_from_the_settings(
    directory: Path, paper: Path, base: str
) -> None:
    async with inside(directory) as served:
        answer = await served.http.get(base.format("paper"), headers={"host": "evil.example"})
        found = answer.json()
        assert found["policy_decision_point"] == "https://gate.example/t/paper"
        assert found["search_subject_endpoint"] == "https://gate.example/t/paper/access/v1/search/subject"
        assert b"evil" not in answer.content
        assert (await served.http.get(base.format("none"))).status_code == 404


async def test_who_may_not_ask_learns_nothing_of_what_there_is(directory: Path, paper: Path) -> None:
    async with inside(directory) as served:
        token = {"anonymous_id": "browser"}
        device = (await served.http.post("/v1/device-tokens", json=token)).json()["access_token"]
        assert (await served.http.post("/t/none/access/v1/evaluation", json=QUESTION)).status_code == 404
        served.http.headers["authorization"] = f"Bearer {device}"
        for path, status in (("evaluation", 403), ("search/action", 403), ("search/subject", 403)):
            assert (await served.http.post(f"/t/paper/access/v1/{path}", json=QUESTION)).status_code == status
        served.http.headers.pop("authorization")
        for tenant in ("paper", "none", "a" * 100, "..%2f"):
            answer = await served.http.post(f"/t/{tenant}/access/v1/evaluation", json=QUESTION)
            assert answer.status_code in ({401} if "%" not in tenant else {401, 404})


async def test_without_a_log_nothing_is_permitted(
    directory: Path, paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(directory) as served:

        def refuse(*_: object, **__: object) -> int:
            raise LogUnavailableError("no room")

        monkeypatch.setattr(Sequencer, "append_many", refuse)
        answer = await served.ask("/t/paper/access/v1/evaluation", QUESTION)
        assert (answer["decision"], answer["context"]["reason"]) == (False, "log_unavailable")
        assert answer["context"]["audit"] is None
        assert "permit" not in answer["context"]


def test_the_check_of_a_directory_reads_its_tenants(
    directory: Path, paper: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "check", str(directory)]) == 0
    assert "tenant paper  5 permits" in capsys.readouterr().out
    (directory / "tenants" / "paper.toml").write_text("canary")
    assert main(["config", "check", str(directory)]) == 1
    assert "tenants/paper.toml" in capsys.readouterr().err


def test_a_rule_set_that_is_wrong_is_not_stored(
    directory: Path, paper: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paper.write_text(RULES.replace('when = "true"', 'when = "canary"'))
    stored = (directory / "tenants" / "paper.toml").read_bytes()
    assert main(["policy", "load", str(directory), str(paper), "--tenant", "paper"]) == 1
    told = capsys.readouterr().err
    assert "permits[4].when" in told
    assert "canary" not in told
    assert (directory / "tenants" / "paper.toml").read_bytes() == stored
    assert main(["policy", "load", str(directory), str(paper), "--tenant", "../x"]) == 1
