"""What a new policy would change, said before it is loaded."""

from __future__ import annotations

import pytest

from consent import Weight, explain_change, parse_policy
from tests.unit.consent.material import DEFAULT, condition_text, policy_of, policy_text, purpose_text

BASE = (purpose_text("shop", "shp"), purpose_text("mail", "mai"), condition_text("place", "plc"))


def weights(*entries, before=BASE):
    return [(each.weight, each.subject) for each in explain_change(policy_of(*before), policy_of(*entries))]


def test_the_same_policy_changes_nothing():
    assert explain_change(DEFAULT, DEFAULT) == ()
    assert weights(*BASE) == []


@pytest.mark.parametrize(
    ("line", "value", "weight"),
    [
        ("code", '"sho"', Weight.BREAKS),
        ("version", "2", Weight.ASKS),
        ("retention_days", "31", Weight.WIDENS),
        ("retention_days", "29", Weight.NARROWS),
        ("max_consent_age_days", "11", Weight.WIDENS),
        ("max_consent_age_days", "9", Weight.NARROWS),
        ("gpc_sensitive", "true", Weight.NARROWS),
        ("minors_allowed", "true", Weight.WIDENS),
        ("legal_basis", '"contract"', Weight.WIDENS),
        ("destinations", '["warehouse"]', Weight.WIDENS),
        ("broader", '["mail"]', Weight.NARROWS),
        ("mappings", '{ segment = ["A"] }', Weight.WIDENS),
        ("dpv", '"https://w3id.org/dpv#Other"', Weight.NOTES),
        ("time", '"hour"', Weight.NARROWS),
        ("texts", '{ en = { title = "U", text = "Text." } }', Weight.WIDENS),
        ("fields", '{ "Viewed" = { product_id = "id", price = "number" } }', Weight.WIDENS),
        ("fields", '{ "Viewed" = { product_id = "id:20" } }', Weight.WIDENS),
        ("fields", '{ "Viewed" = { product_id = "id" }, "Other" = {} }', Weight.WIDENS),
        ("fields", '{ "Viewed" = {} }', Weight.NARROWS),
    ],
)
def test_a_change_of_one_line_has_its_weight(line, value, weight):
    assert weights(purpose_text("shop", "shp", **{line: value}), *BASE[1:]) == [(weight, "shop")]


def test_consent_instead_of_another_basis_asks_everybody_and_widens_nothing():
    before = purpose_text("shop", "shp", legal_basis='"legitimate_interests"')
    old, new = policy_of(before), policy_of(purpose_text("shop", "shp"))
    assert [(each.weight, each.subject) for each in explain_change(old, new)] == [(Weight.ASKS, "shop")]


def test_the_way_back_has_the_opposite_weight():
    opened = (purpose_text("shop", "shp", gpc_sensitive="true", minors_allowed="true"), *BASE[1:])
    assert sorted(weights(*BASE, before=opened)) == [(Weight.NARROWS, "shop"), (Weight.WIDENS, "shop")]


def test_moving_or_removing_a_purpose_breaks():
    assert set(weights(BASE[1], BASE[0], BASE[2])) == {(Weight.BREAKS, "shop"), (Weight.BREAKS, "mail")}
    assert (Weight.BREAKS, "mail") in weights(BASE[0], BASE[2])


def test_a_new_purpose_at_the_end_asks_and_breaks_nothing():
    assert weights(BASE[0], BASE[1], purpose_text("new", "new"), BASE[2]) == [(Weight.ASKS, "new")]


def test_a_purpose_that_becomes_a_condition_breaks():
    assert (Weight.BREAKS, "mail") in weights(BASE[0], condition_text("mail", "mai"), BASE[2])


def test_versions():
    of = {
        n: (purpose_text("shop", "shp", version="3", last_material_version=str(n)), *BASE[1:])
        for n in (1, 2, 3)
    }
    older = (purpose_text("shop", "shp", version="2"), *BASE[1:])
    assert weights(*of[2], before=older) == [(Weight.NOTES, "shop")]
    assert weights(*of[3], before=of[2]) == [(Weight.ASKS, "shop")]
    assert weights(*of[1], before=of[2]) == [(Weight.WIDENS, "shop")]
    assert weights(*older, before=of[3]) == [(Weight.BREAKS, "shop")]


def test_another_notice_and_another_language_are_noted():
    def head(notice, locale):
        return f'format = 1\nnotice_version = "{notice}"\ndefault_locale = "{locale}"\n'

    texts = '{ en = { title = "T", text = "X." }, de = { title = "T", text = "X." } }'
    one = purpose_text("shop", "shp", texts=texts)
    before, after = (
        parse_policy(policy_text(one, head=head(*each))) for each in (("n1", "en"), ("n2", "de"))
    )
    assert [(each.weight, each.subject) for each in explain_change(before, after)] == [(Weight.NOTES, "")] * 2


def test_the_gravest_comes_first():
    found = weights(
        purpose_text("shop", "sho", retention_days="29", dpv='"https://w3id.org/dpv#Other"', version="2"),
        *BASE[1:],
    )
    assert [weight for weight, _ in found] == [Weight.BREAKS, Weight.ASKS, Weight.NARROWS, Weight.NOTES]
