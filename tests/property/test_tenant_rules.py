"""Tenants' rules: whatever is sent or written, nothing is permitted that no permit allows, and nothing breaks."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.authzen import Evaluation, Searched
from gateway.tenants import RuleSetError, find, judge, parse_rules
from gateway.tenants.condition import FAILURES, circumstances, compile_condition, variable_of
from scoring import ExpressionError
from tests.unit.gateway.tenants.material import RULES, question, rules

READ = rules()
WORDS = (
    "subject", ".id", ".properties", ".role", ".size()", "resource", "action.name", "context.hour", "(", ")", "[", "]", ",",
    "&&", "||", "!", "==", "<", "in", "? true :", "true", "1", "0", '"a"', "'", '"', ".exists(x,", "x", "has(", "{", "}", "%",
    "subject_id", "timestamp(", ".matches(", "//", "\\", "r", ".", "-", "9223372036854775807", "1e999", "\n",
)  # fmt: skip

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["owner", "pages", "tags", "secret", "role", "level", "soft", "hour", "other"])
said = st.dictionaries(names, st.sampled_from(["ada", "editor", True, False, 1, 8]) | values, max_size=6)


@st.composite
def questions(draw: st.DrawFn) -> Evaluation:
    return question(
        draw(st.sampled_from(["ada", "bea", "nobody"])),
        draw(st.sampled_from(["read", "write", "burn", "share", "fly"])),
        "p1",
        subject=draw(said),
        action_=draw(said),
        resource=draw(said),
        context=draw(said),
    )


def allowed(asked: Evaluation) -> bool | None:
    """What the rules of the material say, in Python; None where one of them fails."""
    stored = {"ada": {"role": "editor", "level": 3}, "bea": {"role": "reader", "level": 0}}.get(
        asked.subject.id
    )
    if stored is None:
        return False
    resource, subject, act = asked.resource.properties, asked.subject.properties, asked.action
    role = subject.get("role", stored["role"])
    owns = resource.get("owner") == asked.subject.id
    soft, hour = asked.action_properties.get("soft"), asked.context.get("hour")
    softly = soft is True and type(hour) is int and -(1 << 63) <= hour < 20
    if act == "share":
        return None if stored["level"] == 0 else True
    return {
        "read": owns,
        "write": owns or (role == "editor" and resource.get("secret") is False),
        "burn": owns or softly,
    }.get(act, False)


@given(questions())
def test_what_is_permitted_is_what_the_rules_say(asked: Evaluation) -> None:
    found = judge(READ, asked)
    expected = allowed(asked)
    assert found.granted is (expected is True)
    assert (found.outcome.reason == "rule_failed") is (expected is None)


@given(questions(), st.permutations(READ.permits))
def test_the_order_of_permits_never_matters(asked: Evaluation, order: list[Any]) -> None:
    assert judge(replace(READ, permits=tuple(order)), asked).outcome is judge(READ, asked).outcome


@given(questions(), st.sampled_from(list(Searched)), st.integers(1, 3))
def test_a_search_finds_exactly_what_judging_permits(
    asked: Evaluation, searched: Searched, limit: int
) -> None:
    start: int | None = 0
    found = []
    while start is not None:
        page, start = find(READ, asked, searched, start, limit)
        found += page
    if searched is Searched.ACTION:
        every = [structs.replace(asked, action=name) for name in ("read", "write", "burn", "share")]
    elif searched is Searched.SUBJECT:
        every = [
            structs.replace(asked, subject=structs.replace(asked.subject, id=name)) for name in ("ada", "bea")
        ]
    else:
        every = []
    assert len(found) == sum(judge(READ, each).granted for each in every)


@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_no_condition_breaks_anything_and_none_reads_what_it_does_not_say(words: list[str]) -> None:
    try:
        condition = compile_condition(" ".join(words))
    except ExpressionError:
        return
    known = dict.fromkeys(("subject_id", "subject_type", "resource_id", "resource_type", "action_name"), "a")
    for value in ("a", 1, ["a"], True):
        with contextlib.suppress(*FAILURES):
            condition.holds(circumstances(known | {variable_of(*read): value for read in condition.reads}))


@given(st.binary(max_size=200) | st.integers(0, len(RULES)).map(lambda at: RULES[:at].encode()))
def test_whatever_a_file_holds_it_is_used_or_refused(raw: bytes) -> None:
    with contextlib.suppress(RuleSetError):
        assert parse_rules(raw).types


@given(st.integers(0, len(RULES) - 1), st.text(max_size=3), st.integers(0, 12))
def test_a_damaged_file_is_used_or_refused(at: int, put: str, width: int) -> None:
    with contextlib.suppress(RuleSetError):
        judge(parse_rules((RULES[:at] + put + RULES[at + width :]).encode()), question())
