"""Whatever a client sends: what comes out was allowed, and each field is taken by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from privacy import FieldPolicy, compile_fields, minimise, parse_field_rule, taker_again_of

RULES = {
    "product_id": "id:20",
    "category": "string:20",
    "price": "number bucket:10,20",
    "quantity": "integer",
    "gift": "boolean",
    "tags": "strings:10",
    "at": "time floor:hour",
    "location": "place zone:5 if location",
    "products[].product_id": "id:20",
    "products[].price": "number round:1",
    "shipping.country": "string:2",
    "referrer": "string site",
}
POLICY = FieldPolicy({"Viewed": tuple(parse_field_rule(path, text) for path, text in RULES.items())})
FIELDS = compile_fields(POLICY, ["location"])["Viewed"]

NAMES = st.sampled_from(
    [
        "product_id",
        "category",
        "price",
        "quantity",
        "gift",
        "tags",
        "at",
        "location",
        "products",
        "shipping",
        "country",
        "referrer",
    ]
) | st.text(max_size=6)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
    | st.sampled_from(
        ["https://www.www.shop.example/a?b", "http://Shop.example:80", "10-20", ">=20", "shop.example"]
    )
    | st.fixed_dictionaries({"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)})
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)
EVENTS = st.dictionaries(NAMES, VALUES, max_size=10)


def paths_of(kept: object, prefix: str = "") -> set[str]:
    if isinstance(kept, dict):
        inner = [paths_of(value, f"{prefix}.{name}" if prefix else name) for name, value in kept.items()]
        return set().union(*inner)
    if isinstance(kept, list) and any(isinstance(each, dict) for each in kept):
        return set().union(*(paths_of(each, f"{prefix}[]") for each in kept))
    return {prefix}


@given(EVENTS)
def test_only_allowed_paths_come_out(event):
    assert paths_of(minimise(event, FIELDS)) - {""} <= FIELDS.paths == set(RULES)


@given(EVENTS, NAMES, VALUES)
def test_another_field_never_changes_the_rest(event, name, value):
    with_it = minimise({**event, name: value}, FIELDS)
    without = minimise({key: each for key, each in event.items() if key != name}, FIELDS)
    with_it.pop(name, None)
    assert repr(with_it) == repr(without)


@given(EVENTS)
def test_minimising_is_repeatable_and_leaves_the_event_alone(event):
    before = repr(event)
    assert repr(minimise(event, FIELDS)) == repr(minimise(event, FIELDS))
    assert repr(event) == before


@given(EVENTS)
def test_a_stricter_policy_never_sees_more(event):
    strict = compile_fields(POLICY)["Viewed"]
    wide, narrow = minimise(event, FIELDS), minimise(event, strict)
    wide.pop("location", None)
    assert repr(wide) == repr(narrow)


STRICTER = {
    "product_id": "id:20",
    "category": "string:5",
    "price": "number bucket:20",
    "gift": "boolean if location",
    "tags": "strings:10",
    "at": "time floor:day",
    "location": "place zone:10 if location",
    "products[].price": "number round:0",
    "referrer": "string site",
}


@given(EVENTS)
def test_what_was_kept_is_kept_again_as_it_is(event):
    again = compile_fields(POLICY, ["location"], taker_again_of)["Viewed"]
    kept = minimise(event, FIELDS)
    assert repr(minimise(kept, again)) == repr(kept)


@given(EVENTS)
def test_of_what_was_kept_a_policy_that_is_stricter_now_sees_no_more_than_of_the_event_itself(event):
    policy = FieldPolicy({"Viewed": tuple(parse_field_rule(path, text) for path, text in STRICTER.items())})
    for conditions in ([], ["location"]):
        at_the_door = minimise(event, compile_fields(policy, conditions)["Viewed"])
        later = minimise(
            minimise(event, FIELDS), compile_fields(policy, conditions, taker_again_of)["Viewed"]
        )
        assert paths_of(later) <= paths_of(at_the_door)
        for field in later.keys() - {
            "price",
            "products",
        }:  # a range is no number any more; rounding twice rounds otherwise
            assert repr(later[field]) == repr(at_the_door[field])
