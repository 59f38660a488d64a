"""Conditions: what they may say, what they read, and that both parsers agree."""

from __future__ import annotations

import pytest

from gateway.tenants.condition import (
    FAILURES,
    circumstances,
    compile_condition,
    variable_of,
)
from scoring import ExpressionError
from scoring.rules.cel_words import MAX_CHARACTERS, MAX_DEPTH

ALWAYS = dict.fromkeys(("subject_id", "subject_type", "resource_id", "resource_type", "action_name"), "a")


def holds(text: str, **attributes: object) -> bool:
    known = {variable_of(*name.split("__")): value for name, value in attributes.items()}
    return compile_condition(text).holds(circumstances(ALWAYS | known))


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("true", set()),
        ('subject.id == "a" && action.name in ["a", "b"]', set()),
        ("subject.properties.n > 3", {("subject", "n")}),
        (
            "resource.properties.owner == subject.properties.email",
            {("resource", "owner"), ("subject", "email")},
        ),
        ("subject . properties . id == subject . id", {("subject", "id")}),
        ('subject.properties.roles.exists(role, role == "x")', {("subject", "roles")}),
        ('subject.properties.email.endsWith("@x") || action.properties.soft', {("subject", "email"), ("action", "soft")}),
        ("timestamp(context.time) > timestamp('2026-01-01T00:00:00Z')", {("context", "time")}),
        ("size(subject.properties.roles) > 0 ? true : !action.properties.soft", {("subject", "roles"), ("action", "soft")}),
        ('"subject.properties.secret" == subject.id', set()),
    ],
)  # fmt: skip
def test_a_condition_knows_what_it_reads(text: str, reads: set[tuple[str, str]]) -> None:
    assert compile_condition(text).reads == reads


@pytest.mark.parametrize(
    "text",
    [
        "", "true &&", "subject.id = 1", "subject", "subject.properties", "subject.name", "action.id", "context",
        'subject["id"] == "a"', "subject.properties.a.b == 1", 'subject.properties["a"]', "resource.properties.all(k, true)",
        "has(subject.properties.a)", "now() > 1", "type(subject.id) == string", 'subject.id.matches("a+")',
        'r"a" == subject.id', '"a" "b" == subject.id', '"""a""" == subject.id', '{"a": 1}.a == 1', "undefined == 1",
        "[1].map(x, x) == [1]", "[1].exists(x, [2].exists(y, y == x))", "[1].exists(subject, true)",
        "[1].exists(subject_p_a, true)", "subject.id == null", "true // && false", "subject.id == `a`", "subject.id.size == 1",
        '[[1].size(), 2].exists("x", true)', "[1].exists(", "dyn(1) == 1", "subject_p_a == 1", "subject_id == subject.id",
        "(" * (MAX_DEPTH + 1) + "true" + ")" * (MAX_DEPTH + 1), "true" + " && true" * MAX_CHARACTERS, "true\x00", "trüe",
    ],
)  # fmt: skip
def test_what_a_condition_may_not_say(text: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_condition(text)
    assert not any(word in str(refused.value) for word in ("subject.id", "matches", "secret"))


@pytest.mark.parametrize(
    ("text", "attributes", "expected"),
    [
        ("subject.properties.a == resource.properties.a", {"subject__a": "x", "resource__a": "x"}, True),
        ("subject.properties.a == resource.properties.a", {"subject__a": "x", "resource__a": "y"}, False),
        ("subject.properties.id == subject.id", {"subject__id": "b"}, False),
        ("subject.properties.l.all(x, x in resource.properties.l)", {"subject__l": ["a"], "resource__l": ["a", "b"]}, True),
        ("context.n + 1 == 3", {"context__n": 2}, True),
    ],
)  # fmt: skip
def test_a_condition_reads_what_it_names(text: str, attributes: dict[str, object], expected: bool) -> None:
    assert holds(text, **attributes) is expected


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("1 / context.n == 1".replace("/", "%"), {"context__n": 0}),
        ("subject.properties.l[0] == 'a'", {"subject__l": []}),
        ("timestamp(context.t) > timestamp(context.t)", {"context__t": "yesterday"}),
        ("subject.id", {}),
        ("subject.id < 1", {}),
        ("subject.properties.missing == 1", {}),
    ],
)
def test_what_cannot_be_evaluated_raises_and_is_never_true(text: str, attributes: dict[str, object]) -> None:
    with pytest.raises(FAILURES):
        holds(text, **attributes)
