"""Questions are strictly read, on the fast path as on the slow one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BodyInvalidError
from gateway.wire.questions import parse_question


def test_a_whole_question_is_read() -> None:
    body = {
        "subject": {"id": "s-1"},
        "placement": "home",
        "limit": 5,
        "context": {"category": "shoes"},
        "signals": {"gpc": True},
        "exclude": ["p-1"],
        "candidates": ["p-2"],
    }
    question = parse_question(json.dumps(body).encode())
    assert (question.subject.id, question.placement, question.limit) == ("s-1", "home", 5)
    assert (question.exclude, question.candidates, question.context) == (
        ["p-1"],
        ["p-2"],
        {"category": "shoes"},
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"subject":{"id":"a"},"subject":{"id":"b"}}',
        b'{"subject":{"id":"a"},"subject" :{"id":"b"}}',
        b'{"subject":{"id":"a","id":"b"}}',
        b'{"subject":{"id":"a"},"context":{"x":1,"x":2}}',
        b'{"subject":{"id":"a:b"},"context":{"x":{"y":1,"y":2}}}',
        b'{"subject":{"id":"a"},"limit":1,"limit":null}',
        b'{"subject":{"id":"a"},"signals":{"gpc":1,"gpc":0}}',
        b'{"subject":{"id":"a"},"lim\\u0069t":3,"limit":4}',
    ],
)
def test_a_repeated_member_is_refused_wherever_it_hides(body: bytes) -> None:
    with pytest.raises(BodyInvalidError):
        parse_question(body)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b'{"subject":{"id":"canary"},"limit":"canary"}', "#/limit", "wrong_type"),
        (b'{"subject":{"id":"a"},"exclude":["a",5]}', "#/exclude/1", "wrong_type"),
        (b'{"subject":{"id":"a"},"signals":{"google":"canary"}}', "#/signals/google", "wrong_type"),
        (b'{"subject":{"canary":"a"}}', "#/subject/*", "extra_forbidden"),
        (b'{"subject":{"id":"a"},"x - at `$.canary.other":1}', "#/*", "extra_forbidden"),
        (b'{"subject":{"id":"a"},"x - at `$[4111].context[77]":1}', "#/context/*", "extra_forbidden"),
        (b'{"limit":5}', "#/subject", "missing"),
        (b"[]", "#", "wrong_type"),
        (b'{"subject":{"id":"a"},canary}', "", ""),
    ],
)
def test_it_is_said_where_a_question_is_at_fault_in_words_of_ours(
    body: bytes, pointer: str, code: str
) -> None:
    with pytest.raises(BodyInvalidError) as caught:
        parse_question(body)
    assert (caught.value.pointer, caught.value.code) == (pointer, code)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"subject":"x"}',
        b'{"subject":{"id":5}}',
        b'{"subject":{"id":"a"},"other":1}',
        b'{"subject":{}}x',
        b"\xff",
    ],
)
def test_what_is_no_question_is_refused(body: bytes) -> None:
    with pytest.raises(BodyInvalidError):
        parse_question(body)


plain = st.text(alphabet='abc:{}",\\ é', max_size=8)


@given(
    st.fixed_dictionaries(
        {"subject": st.fixed_dictionaries({}, optional={"id": plain, "anonymous_id": plain})},
        optional={
            "placement": plain,
            "exclude": st.lists(plain, max_size=3),
            "context": st.dictionaries(plain, plain, max_size=3),
        },
    ),
    st.booleans(),
)
def test_every_question_without_repetition_is_read_and_every_repetition_found(
    body: dict[str, object], spaced: bool
) -> None:
    text = json.dumps(body, separators=None if spaced else (",", ":"))
    assert parse_question(text.encode()).subject is not None
    repeated = text[:-1] + ',"subject":{}}'
    with pytest.raises(BodyInvalidError):
        parse_question(repeated.encode())
