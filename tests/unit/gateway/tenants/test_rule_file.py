"""Rule sets as files: everything that is wrong is found when they are loaded, and no value is quoted."""

from __future__ import annotations

import pytest

from gateway.tenants import RuleSetError, parse_rules
from gateway.tenants.rule_file import MAX_ENTITIES, MAX_PERMITS_OF_A_TARGET, MAX_RULES_BYTES
from tests.unit.gateway.tenants.material import EXAMPLES, RULES, rules


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.toml")))
def test_the_examples_can_be_used(name: str) -> None:
    assert parse_rules((EXAMPLES / name).read_bytes()).permits


def test_the_digest_is_that_of_the_file() -> None:
    assert rules().digest != rules(RULES + "\n").digest


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("format = 1", "format = 2", "format"),
        ("format = 1", "", "format"),
        ("format = 1", "format = 1\ncanary = 1", "canary"),
        ('role = "string", level', 'role = "text", level', "types.user.stored.role"),
        ('subject = "user"', 'subject = "canary-type"', "permits[0].subject"),
        ('resource = "paper"', 'resource = "user2"', "permits[0].resource"),
        ('id = "editors"', 'id = "owners"', "permits"),
        ('id = "editors"', 'id = "Canary!"', "permits[1].id"),
        ('actions = ["write"]', "actions = []", "permits[1].actions"),
        ("resource.properties.owner ==", "resource.properties.canary ==", "permits[0].when"),
        ("action.properties.soft", "action.properties.level", "permits[2].when"),
        ("context.hour", "context.canary", "permits[2].when"),
        ("context.hour < 20", "context.hour < 'canary'", "permits[2].when"),
        ("context.hour < 20", "context.hour", "permits[2].when"),
        ('when = "true"', 'when = "canary("', "permits[4].when"),
        ('when = "true"', 'when = "1"', "permits[4].when"),
        ('ada = { role = "editor", level = 3 }', 'canary = { role = "editor" }', "entities.user[0]"),
        ("level = 3 }", 'level = "canary" }', "entities.user[0]"),
        ("level = 3 }", "level = 3, canary = 1 }", "entities.user[0]"),
        ("[entities.user]", "[entities.canary]", "entities.canary"),
        ("[context]", "[context", "line"),
        ("ada = {", "bea = {", "line"),
        ('[context]\nfrom_request = { hour = "integer" }', "", "permits[2].when"),
        (
            'from_request = { role = "string", device',
            'from_request = { role = "integer", device',
            "permits[1].when",
        ),
    ],
)
def test_what_is_wrong_is_found_where_it_is(before: str, after: str, where: str) -> None:
    assert before in RULES
    with pytest.raises(RuleSetError) as refused:
        rules(RULES.replace(before, after, 1))
    places = [finding.where for finding in refused.value.findings]
    assert any(place.startswith(where) for place in places), places
    assert "canary" not in str(refused.value).replace(where, "")


def test_every_bound_is_kept() -> None:
    permit = RULES[RULES.index("[[permits]]") :].split("[[permits]]")[1]
    too_many = RULES + "".join(
        "[[permits]]" + permit.replace('"owners"', f'"o{n}"') for n in range(MAX_PERMITS_OF_A_TARGET)
    )
    with pytest.raises(RuleSetError):
        rules(too_many)
    entities = "".join(f'u{n} = {{ role = "a", level = 1 }}\n' for n in range(MAX_ENTITIES))
    with pytest.raises(RuleSetError):
        rules(RULES.replace("[[permits]]", entities + "[[permits]]", 1))
    with pytest.raises(RuleSetError):
        parse_rules(b" " * (MAX_RULES_BYTES + 1))
    with pytest.raises(RuleSetError):
        parse_rules(b"\xff")
    with pytest.raises(RuleSetError):
        parse_rules(b"a = " + b"[" * 100_000)
