"""Reading AuthZEN: refused exactly where something required is missing, and whole entities as defaults."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.authzen import (
    MAX_EVALUATIONS,
    Entity,
    Evaluation,
    Evaluations,
    Semantic,
    metadata,
    read_evaluation,
    read_evaluations,
)
from gateway.errors import BodyInvalidError

SUBJECT = {"type": "service", "id": "ranker"}
ACTION = {"name": "recommendations"}
RESOURCE = {"type": "data_subject", "id": "ada"}
WHOLE: dict[str, Any] = {"subject": SUBJECT, "action": ACTION, "resource": RESOURCE}
READ = Evaluation(Entity("service", "ranker"), "recommendations", Entity("data_subject", "ada"), gpc=False)


def without(name: str, of: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in of.items() if key != name}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"context": {}},
        {"unknown": [1]},
        {"subject": {**SUBJECT, "properties": {"team": "shop"}, "else": 1}},
        {"context": {"sec_gpc": 0}},
    ],
)
def test_what_is_not_required_may_be_missing_and_what_is_unknown_is_ignored(more: dict[str, Any]) -> None:
    read = read_evaluation(WHOLE | more)
    assert (read.action, read.gpc) == (READ.action, READ.gpc)
    asking, asked = (READ.subject, READ.resource)
    assert (read.subject.type, read.subject.id) == (asking.type, asking.id)
    assert (read.resource.type, read.resource.id) == (asked.type, asked.id)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "x",
        *[without(name, WHOLE) for name in WHOLE],
        *[WHOLE | {name: None} for name in WHOLE],
        *[WHOLE | {name: without(member, of)} for name, of in WHOLE.items() for member in of],
        *[WHOLE | {name: {**of, member: 7}} for name, of in WHOLE.items() for member in of],
        *[WHOLE | {name: {**of, member: ""}} for name, of in WHOLE.items() for member in of],
        WHOLE | {"subject": {**SUBJECT, "properties": []}},
        WHOLE | {"context": []},
        WHOLE | {"context": None},
        WHOLE | {"resource": {"type": "data_subject", "id": "x" * 257}},
    ],
)
def test_what_is_required_must_be_there(body: Any) -> None:
    with pytest.raises(BodyInvalidError):
        read_evaluation(body)


def test_only_a_clear_no_is_no_signal() -> None:
    said = [
        read_evaluation(WHOLE | {"context": {"sec_gpc": value}}).gpc
        for value in ("1", "true", True, 1, ["1"], "0", 0, False, "", None)
    ]
    assert said == [True] * 5 + [False] * 5


@pytest.mark.parametrize("listed", [{}, {"evaluations": []}, {"evaluations": [], "options": {}}])
def test_without_a_list_it_is_a_single_evaluation(listed: dict[str, Any]) -> None:
    assert read_evaluations(WHOLE | listed) == READ


def test_each_of_several_takes_whole_entities_from_the_request() -> None:
    other = {"type": "anonymous_subject", "id": "browser"}
    items = [{}, {"resource": other}, {"resource": {"id": "only half"}}, {"action": None}, 7]
    read = read_evaluations(WHOLE | {"evaluations": items})
    assert isinstance(read, Evaluations)
    assert read.semantic is Semantic.ALL
    second = Evaluation(READ.subject, READ.action, Entity("anonymous_subject", "browser"), gpc=False)
    assert read.items == (READ, second, None, None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"evaluations": {}},
        {"evaluations": "x"},
        {"evaluations": None},
        {"evaluations": [{}] * (MAX_EVALUATIONS + 1)},
        {"evaluations": [{}], "options": []},
        {"evaluations": [{}], "options": {"evaluations_semantic": "all"}},
        {"evaluations": [{}], "options": {"evaluations_semantic": ["execute_all"]}},
    ],
)
def test_a_list_that_cannot_be_worked_off_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BodyInvalidError):
        read_evaluations(WHOLE | wrong)


def test_the_metadata_name_what_there_is() -> None:
    found = metadata("https://gate.example")
    assert found["policy_decision_point"] == "https://gate.example"
    assert all(str(url).startswith("https://gate.example") for url in found.values())
    assert metadata("https://gate.example", obligations=True)["supported_obligations"] == ["custom"]
