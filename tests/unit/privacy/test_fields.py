"""Field rules are read strictly, and their errors quote nothing."""

from __future__ import annotations

import pytest

from privacy import FieldPolicy, FieldRuleError, FieldType, Transform, parse_field_rule


def test_a_whole_rule_is_read():
    rule = parse_field_rule("products[].price", "number bucket:10,20.5 if location")
    assert rule.kind is FieldType.NUMBER
    assert rule.transform is Transform.BUCKET
    assert rule.arguments == (10.0, 20.5)
    assert rule.condition == "location"
    assert rule.segments == ("products[]", "price")


def test_what_is_not_said_has_a_bound():
    rule = parse_field_rule("name", "string")
    assert (rule.max_length, rule.transform, rule.condition) == (256, Transform.KEEP, None)
    assert parse_field_rule("name", "string:10").max_length == 10


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "string:0",
        "string:5000",
        "string:x",
        "number:5",
        "string keep keep",
        "string keep:1",
        "string floor:hour",
        "time floor:week",
        "number round",
        "number round:x",
        "number round:10",
        "integer round:1",
        "number bucket",
        "number bucket:2,1",
        "number bucket:1,1",
        "number bucket:nan",
        "number bucket:1e300",
        "place",
        "place keep",
        "place zone:3",
        "string zone",
        "string if",
        "string if Location",
        "string if a b",
        "if location",
        "string hash",
        "string site:1",
        "id site",
    ],
)
def test_a_rule_that_is_not_understood_is_refused_without_being_quoted(text):
    with pytest.raises(FieldRuleError) as caught:
        parse_field_rule("field", text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    "path", ["", "a..b", "a.b.c.d.e.f.g", "a[0]", "a[]", "[]", "a\nb", "x" * 65, "a[].b[]"]
)
def test_a_path_that_is_not_understood_is_refused(path):
    with pytest.raises(FieldRuleError):
        parse_field_rule(path, "string")


def test_the_names_that_are_read_are_the_first_steps_of_the_paths():
    rules = (
        parse_field_rule("products[].price", "number"),
        parse_field_rule("place", "place zone if location"),
    )
    policy = FieldPolicy({"Order Completed": rules})
    assert policy.top_level_names == {"products", "place"}
    assert policy.conditions == {"location"}
