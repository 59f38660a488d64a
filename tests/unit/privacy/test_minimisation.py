"""Minimisation: an allow-list of typed fields; everything else stays out."""

from __future__ import annotations

import pytest

from privacy import (
    FieldPolicy,
    FieldRuleError,
    compile_fields,
    inner_dropped,
    minimise,
    name_dropped,
    parse_field_rule,
)


def fields_of(rules, conditions=()):
    policy = FieldPolicy({"Viewed": tuple(parse_field_rule(path, text) for path, text in rules.items())})
    return compile_fields(policy, conditions)["Viewed"]


def take(text, value, conditions=()):
    return minimise({"x": value}, fields_of({"x": text}, conditions)).get("x", "dropped")


@pytest.mark.parametrize(
    ("rule", "value", "kept"),
    [
        ("string", "text", "text"),
        ("string:3", "text", "dropped"),
        ("string", 5, "dropped"),
        ("string", True, "dropped"),
        ("string", ["text"], "dropped"),
        ("id", "p-1", "p-1"),
        ("id", 85123, "85123"),
        ("id", "", "dropped"),
        ("id", 1.5, "dropped"),
        ("id", True, "dropped"),
        ("id:3", 1234, "dropped"),
        ("strings", ["a", "b"], ["a", "b"]),
        ("strings", ["a", 1], "dropped"),
        ("strings", "a", "dropped"),
        ("strings:1", ["a", "bb"], "dropped"),
        ("strings", ["a"] * 101, "dropped"),
        ("number", 1.5, 1.5),
        ("number", 2, 2),
        ("number", True, "dropped"),
        ("number", "2", "dropped"),
        ("number", float("nan"), "dropped"),
        ("number", float("inf"), "dropped"),
        ("number", 10**400, "dropped"),
        ("integer", 5, 5),
        ("integer", 5.0, "dropped"),
        ("integer", True, "dropped"),
        ("integer", 1 << 60, "dropped"),
        ("boolean", False, False),
        ("boolean", 0, "dropped"),
        ("number round:1", 2.25, 2.2),
        ("number round:-1", 26, 30),
        ("integer round:-2", 1249, 1200),
        ("number bucket:10,20", 9.99, "<10"),
        ("number bucket:10,20", 10, "10-20"),
        ("number bucket:10,20", 20, ">=20"),
        ("number bucket:0.5", 0.4, "<0.5"),
        ("time", "2026-11-20T09:31:45.123Z", "2026-11-20T09:31:45Z"),
        ("time floor:minute", "2026-11-20T09:31:45+01:00", "2026-11-20T08:31:00Z"),
        ("time floor:hour", "2026-11-20T09:31:45Z", "2026-11-20T09:00:00Z"),
        ("time floor:day", "2026-11-20T00:10:00+02:00", "2026-11-19T00:00:00Z"),
        ("time", "2026-11-20T09:31:45", "dropped"),
        ("time", "yesterday", "dropped"),
        ("time", 1_800_000_000, "dropped"),
        ("time", "0001-01-01T00:00:00+23:59", "dropped"),
        ("time", "2" * 50, "dropped"),
        ("string site", "https://News.Example.org:8443/a/letter?to=ann#top", "news.example.org"),
        ("string site", "HTTP://www.example.com", "example.com"),
        ("string site", "https://example.com?q=secret", "example.com"),
        ("string site", "https://ann:secret@example.com/", "dropped"),
        ("string site", "https://ann@example.com", "dropped"),
        ("string site", "https://192.168.1.7/photos", "dropped"),
        ("string site", "https://[::1]/", "dropped"),
        ("string site", "http://anns-laptop/", "dropped"),
        ("string site", "https://www.local/", "dropped"),
        ("string site", "//example.com/", "dropped"),
        ("string site", "android-app://com.example/", "dropped"),
        ("string site", "javascript:alert(1)//https://example.com", "dropped"),
        ("string site", "https://ex ample.com/", "dropped"),
        ("string site", "https://example.com\n.evil/", "dropped"),
        ("string:20 site", "https://example.com/a/long/path", "dropped"),
        ("string site", "", "dropped"),
        ("string site", 7, "dropped"),
        ("place zone", {"latitude": 48.1, "longitude": 11.5}, "N48E011"),
        ("place zone:10", {"latitude": 48.1, "longitude": 11.5}, "N40E010/10"),
        ("place zone", "Munich", "dropped"),
    ],
)
def test_a_value_is_taken_as_its_rule_says_or_dropped(rule, value, kept):
    taken = take(rule, value)
    assert taken == kept
    assert type(taken) is type(kept)


def test_what_no_rule_names_stays_out():
    event = {"product_id": "p", "email": "ann@example.org", "ip": "10.0.0.1"}
    assert minimise(event, fields_of({"product_id": "id"})) == {"product_id": "p"}


def test_an_unknown_event_is_told_apart_from_an_event_without_fields():
    compiled = compile_fields(FieldPolicy({"Searched": ()}))
    assert minimise({"query": "x"}, compiled.get("Searched")) == {}
    assert minimise({"query": "x"}, compiled.get("Bought")) is None


def test_the_shape_is_mirrored_in_objects_and_lists():
    fields = fields_of(
        {"products[].product_id": "id", "products[].price": "number round:0", "a.b.c": "string"}
    )
    event = {
        "products": [
            {"product_id": "p", "price": 9.6, "coupon": "ANN"},
            {"coupon": "BOB"},
            "x",
            {"price": 1},
        ],
        "a": {"b": {"c": "deep", "d": "no"}, "e": 1},
    }
    assert minimise(event, fields) == {
        "products": [{"product_id": "p", "price": 10.0}, {"price": 1}],
        "a": {"b": {"c": "deep"}},
    }


@pytest.mark.parametrize("odd", [None, 5, "text", [], {}, [[]], [{}], {"product_id": "p"}])
def test_an_object_where_a_list_should_be_is_dropped(odd):
    assert minimise({"products": odd}, fields_of({"products[].product_id": "id"})) == {}


@pytest.mark.parametrize("odd", [5, "text", [{"b": "x"}], {"b": 7}])
def test_a_list_where_an_object_should_be_is_dropped(odd):
    assert minimise({"a": odd}, fields_of({"a.b": "string"})) == {}


def test_a_list_is_read_to_its_bound():
    event = {"products": [{"product_id": number} for number in range(1000)]}
    assert len(minimise(event, fields_of({"products[].product_id": "id"}))["products"]) == 200


def test_a_conditional_field_needs_its_condition():
    rules = {"product_id": "id", "location": "place zone if location", "channel": "string if cross-channel"}
    event = {"product_id": "p", "location": {"latitude": 1, "longitude": 1}, "channel": "app"}
    assert minimise(event, fields_of(rules)) == {"product_id": "p"}
    assert minimise(event, fields_of(rules, ["location"])) == {"product_id": "p", "location": "N01E001"}
    assert fields_of(rules, ["location"]).paths == {"product_id", "location"}


@pytest.mark.parametrize(
    "rules",
    [
        {"a": "string", "a.b": "string"},
        {"a[].b": "string", "a": "string"},
        {"a[].b": "string", "a.b": "string"},
        {"a.b": "string", "a.b.c": "string if location"},
    ],
)
def test_rules_that_contradict_one_another_are_refused_even_if_a_condition_hides_it(rules):
    with pytest.raises(FieldRuleError):
        fields_of(rules)


def test_dropped_names_are_told_only_if_the_policy_knows_them():
    event = {"product_id": "p", "price": 1, "ann@example.org": 1, "email": 2}
    named, others = name_dropped(event, fields_of({"product_id": "id"}), frozenset({"product_id", "price"}))
    assert (named, others) == (["price"], 2)


def test_anything_with_a_get_can_be_minimised():
    class Decoded:
        product_id = "p"

        def get(self, name):
            return getattr(self, name, None)

    assert minimise(Decoded(), fields_of({"product_id": "id", "price": "number"})) == {"product_id": "p"}


def test_what_no_rule_takes_inside_is_told_by_its_path():
    rules = {"a.b.c": "string", "a.list[].x": "integer", "products[].id": "id"}
    event = {
        "a": {"b": {"c": "kept", "d": 1}, "list": [{"x": 1, "y": 2}, 3], "e": {"f": 1}},
        "products": [{"id": "p"}, {"id": "q", "secret": 1}],
        "elsewhere": {"not": "looked into"},
    }
    found = sorted(inner_dropped(event, fields_of(rules).paths))
    assert found == ["a.b.d", "a.e", "a.list[].y", "products[].secret"]
    assert list(inner_dropped({"a": [1], "products": {"id": "p"}}, fields_of(rules).paths)) == []
