"""A policy file is read strictly, completely, and without being quoted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from consent import LegalBasis, PolicyError, default_policy_text, parse_policy
from privacy import minimise
from tests.unit.consent.material import DEFAULT, condition_text, policy_of, policy_text, purpose_text

GOOD = policy_text(purpose_text("shop", "shp"), condition_text("location", "loc"))


def problems_of(text: str) -> dict[str, str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    return {each.pointer: each.problem for each in caught.value.problems}


def test_the_default_policy_has_the_purposes_and_conditions_in_bit_order():
    assert [purpose.id for purpose in DEFAULT.purposes] == [
        "recommendations",
        "analytics",
        "model-improvement",
        "experiments",
        "notifications",
        "advertising",
        "anonymous-statistics",
    ]
    assert [purpose.code for purpose in DEFAULT.purposes] == ["rec", "ana", "mod", "exp", "ntf", "adv", "sta"]
    assert [(each.id, each.code, each.bit) for each in DEFAULT.conditions] == [
        ("location", "loc", 7),
        ("linking", "lnk", 8),
        ("cross-channel", "xch", 9),
    ]
    assert {purpose.legal_basis for purpose in DEFAULT.purposes} == {LegalBasis.CONSENT}
    assert all(set(entry.texts) == {"en", "de", "fr"} for entry in DEFAULT.entries)


def test_the_file_that_the_documentation_shows_is_a_policy():
    page = Path(__file__).parents[3].joinpath("docs", "policy.md").read_text()
    shown = page.split("```toml\n")[1].split("```")[0]
    policy = parse_policy(shown)
    assert [entry.id for entry in policy.entries] == ["recommendations", "location"]
    assert not policy.purposes[0].material


def test_the_digest_is_of_the_files_bytes():
    text = default_policy_text()
    assert DEFAULT.digest == hashlib.sha256(text.encode()).digest()
    assert parse_policy(text.encode()).digest == DEFAULT.digest
    assert parse_policy(text + "\n# a word\n").digest != DEFAULT.digest
    assert len(DEFAULT.digest_text) == 43


def test_masks_and_codes():
    assert DEFAULT.mask_of(["recommendations", "location", "nothing"]) == 1 | 1 << 7
    assert DEFAULT.codes(DEFAULT.mask_of(["recommendations", "analytics", "location"])) == (
        "ana",
        "loc",
        "rec",
    )
    assert DEFAULT.codes(0) == ()
    assert DEFAULT.purposes_mask | DEFAULT.conditions_mask == DEFAULT.all_mask == 0x3FF
    assert DEFAULT.gpc_mask == DEFAULT.mask_of(["advertising"])
    assert DEFAULT.purpose("location") is None
    assert DEFAULT.rule("location").bit == 7
    assert DEFAULT.purpose("nothing") is DEFAULT.rule("nothing") is None


def test_a_purpose_sees_its_own_fields_and_a_condition_only_adds_to_them():
    event = {
        "product_id": "p",
        "category": "c",
        "price": 12,
        "location": {"latitude": 48.1, "longitude": 11.5},
    }

    def seen(purpose_id: str, mask: int):
        return minimise(event, DEFAULT.purpose(purpose_id).fields_for(mask).get("Product Viewed"))

    location = DEFAULT.mask_of(["location"])
    assert seen("recommendations", 0) == {"product_id": "p", "category": "c"}
    assert seen("recommendations", location) == {"product_id": "p", "category": "c", "location": "N48E011"}
    assert seen("recommendations", DEFAULT.all_mask) == seen("recommendations", location)
    assert seen("model-improvement", DEFAULT.all_mask) == {"product_id": "p"}
    assert seen("advertising", DEFAULT.all_mask) == {"category": "c"}
    assert seen("notifications", DEFAULT.all_mask) is None


def test_traits_pass_for_no_purpose():
    assert not any("Identify" in purpose.fields.events for purpose in DEFAULT.purposes)
    assert DEFAULT.property_names.isdisjoint({"email", "name_first", "query", "url", "traits"})


def test_the_attributes_that_are_read_are_the_policys_own():
    assert DEFAULT.property_names >= {"product_id", "products", "location"}


def test_only_lists_and_mappings_may_be_left_out():
    assert parse_policy(GOOD).purposes[0].mappings.segment == ()
    for line in purpose_text("shop", "shp").splitlines()[1:]:
        name = line.split(" = ")[0]
        text = policy_text(purpose_text("shop", "shp").replace(line + "\n", ""))
        if name == "fields":
            assert not parse_policy(text).purposes[0].fields.events
        else:
            assert any(name in pointer for pointer in problems_of(text))


def test_the_version_is_material_unless_the_file_says_otherwise():
    assert policy_of(purpose_text("shop", "shp", version="3")).purposes[0].material
    later = policy_of(purpose_text("shop", "shp", version="3", last_material_version="2")).purposes[0]
    assert (later.material, later.last_material_version) == (False, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", '"Shop"'),
        ("id", '"a--b"'),
        ("id", "5"),
        ("code", '"shop"'),
        ("version", "0"),
        ("version", "true"),
        ("version", "1.0"),
        ("last_material_version", "2"),
        ("legal_basis", '"whim"'),
        ("dpv", '"http://example.org"'),
        ("retention_days", "0"),
        ("retention_days", "100000"),
        ("max_consent_age_days", "-1"),
        ("gpc_sensitive", '"no"'),
        ("minors_allowed", "0"),
        ("time", '"week"'),
        ("destinations", '"shop"'),
        ("destinations", '["a", "a"]'),
        ("broader", '["nothing"]'),
        ("broader", '["shop"]'),
        ("texts", '{ de = { title = "T", text = "Text." } }'),
        ("texts", '{ en = { title = "", text = "Text." } }'),
        ("texts", '{ en = { title = "T", text = "Text.", more = "x" } }'),
        ("texts", "5"),
        ("texts", '{ en = { title = "T", text = "X." }, x = { title = "T", text = "X." } }'),
        ("mappings", "5"),
        ("mappings", "{ tcf = [0] }"),
        ("mappings", '{ gcm = ["all"] }'),
        ("mappings", '{ other = ["all"] }'),
        ("fields", '{ "Viewed" = { product_id = "hash" } }'),
        ("fields", '{ "Viewed" = { product_id = 5 } }'),
        ("fields", '{ "Viewed" = { "a[]" = "string" } }'),
        ("fields", '{ "Viewed" = { place = "place zone if nowhere" } }'),
        ("fields", '{ "Viewed" = { a = "string", "a.b" = "string" } }'),
        ("fields", '{ "Viewed" = 5 }'),
        ("fields", '{ "" = { a = "string" } }'),
        ("surprise", "5"),
    ],
)
def test_a_mistake_is_found_where_it_is_and_not_quoted(name, value):
    found = problems_of(policy_text(purpose_text("shop", "shp", **{name: value})))
    assert any(pointer.startswith(f"/purposes/0/{name}") for pointer in found)
    told = " ".join(found.values())
    assert all(word not in told for word in ("whim", "nowhere", "surprise", "hash"))


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("", "/format"),
        ("format = 2", "/format"),
        ("= broken", "line 1"),
        ('format = 1\nsecret = "x"\n', "/secret"),
        (policy_text(purpose_text("a", "aaa"), purpose_text("a", "bbb")), "/purposes"),
        (policy_text(purpose_text("a", "aaa"), purpose_text("b", "aaa")), "/purposes"),
        (policy_text(purpose_text("a", "aaa"), condition_text("a", "bbb")), "/conditions"),
        (policy_text(condition_text("a", "bbb")), "/purposes"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused(text, pointer):
    assert pointer in problems_of(text)


def test_more_than_sixteen_bits_are_refused():
    many = [purpose_text(f"p-{n}", f"p{chr(97 + n // 26)}{chr(97 + n % 26)}") for n in range(15)]
    assert len(policy_of(*many, condition_text("c", "ccc")).entries) == 16
    assert "/conditions" in problems_of(
        policy_text(*many, condition_text("c", "ccc"), condition_text("d", "ddd"))
    )


def test_bytes_that_are_no_text_and_files_without_end_are_refused():
    with pytest.raises(PolicyError, match="UTF-8"):
        parse_policy(b"\xff\xfe")
    with pytest.raises(PolicyError, match="1 MiB"):
        parse_policy(b"#" * (2 << 20))


def test_every_problem_is_told_at_once():
    found = problems_of(policy_text(purpose_text("Shop", "shop", version="0", surprise="1")))
    assert len(found) == 4


def test_broader_purposes_form_a_graph_without_circles():
    policy = policy_of(
        purpose_text("top", "top"),
        purpose_text("middle", "mid", broader='["top"]'),
        purpose_text("low", "low", broader='["middle"]'),
    )
    assert policy.rules[2].broader == {"middle", "top"}
    assert policy.narrower["top"] == ("middle", "low")
    circle = policy_text(purpose_text("a", "aaa", broader='["b"]'), purpose_text("b", "bbb", broader='["a"]'))
    assert {"/purposes/0/broader", "/purposes/1/broader"} <= set(problems_of(circle))


def test_a_purpose_may_not_depend_on_ever_more_conditions():
    conditions = [condition_text(f"c{n}", f"cc{chr(97 + n)}") for n in range(7)]
    fields = ", ".join(f'f{n} = "string if c{n}"' for n in range(7))
    text = policy_text(purpose_text("shop", "shp", fields=f'{{ "Viewed" = {{ {fields} }} }}'), *conditions)
    assert "/purposes/0/fields" in problems_of(text)


def test_events_and_fields_are_bounded():
    events = ", ".join(f'"e{n}" = {{}}' for n in range(257))
    assert "/purposes/0/fields" in problems_of(
        policy_text(purpose_text("shop", "shp", fields=f"{{ {events} }}"))
    )
    fields = ", ".join(f'f{n} = "id"' for n in range(129))
    text = policy_text(purpose_text("shop", "shp", fields=f'{{ "Viewed" = {{ {fields} }} }}'))
    assert "/purposes/0/fields/Viewed" in problems_of(text)


def test_event_names_with_a_slash_are_pointed_at_unambiguously():
    text = policy_text(purpose_text("shop", "shp", fields='{ "a/b~c" = { x = "hash" } }'))
    assert "/purposes/0/fields/a~1b~0c/x" in problems_of(text)
