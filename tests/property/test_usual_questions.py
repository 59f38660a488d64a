"""The short way of reading an evaluation or a list of them against the long one, which is the standard's."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.authzen import read_evaluation, read_evaluations, read_usual, read_usual_one
from gateway.wire.json_bodies import loads_strict

TEXTS = st.one_of(
    st.sampled_from(["", "data_subject", "x" * 256, "é" * 257, '"', "\x1f", "\x7f", "𝄞"]), st.text()
)
ODD: st.SearchStrategy[Any] = st.one_of(st.none(), st.integers(), st.just([]), st.just({}))
ENTITIES = st.fixed_dictionaries({"type": TEXTS, "id": TEXTS}, optional={"properties": ODD})
ACTIONS = st.fixed_dictionaries({"name": TEXTS}, optional={"properties": ODD})
MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "subject": ENTITIES | ODD,
    "action": ACTIONS | ODD,
    "resource": ENTITIES | ODD,
    "context": ODD,
}
BODIES = st.fixed_dictionaries(
    {"evaluations": st.lists(st.fixed_dictionaries({}, optional=MEMBERS), max_size=4)},
    optional={**MEMBERS, "options": ODD},
)

PLAIN_ENTITIES = st.fixed_dictionaries({"type": st.just("data_subject"), "id": st.text("abcä-1", min_size=1)})
PLAIN_ACTIONS = st.fixed_dictionaries({"name": st.just("recommendations")})
PLAIN = {"subject": PLAIN_ENTITIES, "action": PLAIN_ACTIONS, "resource": PLAIN_ENTITIES}
PLAIN_BODIES = st.fixed_dictionaries(
    {
        "subject": PLAIN_ENTITIES,
        "action": PLAIN_ACTIONS,
        "resource": PLAIN_ENTITIES,
        "evaluations": st.lists(st.fixed_dictionaries({}, optional=PLAIN), min_size=1, max_size=5),
    }
)


def written(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


QUESTIONS = st.fixed_dictionaries({}, optional=MEMBERS)
PLAIN_QUESTIONS = st.fixed_dictionaries(PLAIN)


def assert_one_is_read_alike(body: bytes) -> None:
    usual = read_usual_one(body)
    assert usual is None or usual == read_evaluation(loads_strict(body))


@given(QUESTIONS | PLAIN_QUESTIONS, st.booleans())
def test_a_question_is_read_alike(body: Any, escaped: bool) -> None:
    assert_one_is_read_alike(json.dumps(body).encode() if escaped else written(body))


@given(PLAIN_QUESTIONS)
def test_a_usual_question_is_read_the_short_way(body: Any) -> None:
    assert read_usual_one(written(body)) == read_evaluation(body)


@given(PLAIN_QUESTIONS, st.data())
def test_a_question_that_was_tampered_with_is_never_read_otherwise(body: Any, data: st.DataObject) -> None:
    whole = written(body)
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, len(whole)))
    assert_one_is_read_alike(whole[:at] + whole[at:until] * data.draw(st.integers(0, 2)) + whole[until:])


def assert_read_alike(body: bytes) -> None:
    usual = read_usual(body)
    assert usual is None or usual == read_evaluations(loads_strict(body))


@given(BODIES, st.booleans())
def test_what_is_read_the_short_way_is_read_alike_the_long_way(body: Any, escaped: bool) -> None:
    assert_read_alike(json.dumps(body).encode() if escaped else written(body))


@given(PLAIN_BODIES)
def test_what_is_usual_is_read_the_short_way(body: Any) -> None:
    assert read_usual(written(body)) == read_evaluations(body)


@given(PLAIN_BODIES, st.data())
@example(
    {
        "subject": {"type": "a", "id": "b"},
        "action": {"name": "c"},
        "evaluations": [{"resource": {"type": "a", "id": "b"}}],
    },
    None,
)
def test_a_body_that_was_tampered_with_is_never_read_otherwise(body: Any, data: st.DataObject | None) -> None:
    whole = written(body)
    if data is None:
        repeated = whole.replace(b'"id": "b"', b'"id": "b", "id": "other"', 1)
        assert read_usual(repeated) is None
        return
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, len(whole)))
    again = data.draw(st.integers(0, 2))
    assert_read_alike(whole[:at] + whole[at:until] * again + whole[until:])
