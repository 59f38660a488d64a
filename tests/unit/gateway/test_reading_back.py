"""What is read back is minimised again: by the policy in force, and by the conditions that hold."""

from __future__ import annotations

import pytest

from gateway.reading_back import ReadingBack
from scoring import EffectKind
from tests.unit.consent.material import condition_text, policy_of, purpose_text

ITEMS = {"p-1": 1, "p-2": 2}
LOCATION = 1 << 1
AT = 1_800_000_061


def reading(viewed: str, other: str = "", time: str = "second") -> ReadingBack:
    fields = f'{{ "Viewed" = {{ {viewed} }}{other} }}'
    return ReadingBack(
        policy_of(
            purpose_text("recommendations", "rec", fields=fields, time=f'"{time}"'),
            condition_text("location", "loc"),
        ),
        ITEMS,
    )


GATED = 'product_id = "id", location = "place zone if location"'
KEPT = {"product_id": "p-1", "location": "N48E011"}


def test_a_field_goes_with_its_condition() -> None:
    read = reading(GATED)
    assert read.narrowed(0, LOCATION, ("Viewed", (1,), AT, KEPT)) == ("Viewed", (1,), AT, KEPT)
    assert read.narrowed(0, 0, ("Viewed", (1,), AT, KEPT)) == ("Viewed", (1,), AT, {"product_id": "p-1"})
    assert read.conditions_of(0) == (1,)


@pytest.mark.parametrize(
    ("viewed", "left"),
    [
        ('product_id = "id"', {"product_id": "p-1"}),
        ('product_id = "id", location = "place zone:10"', {"product_id": "p-1", "location": "N40E010/10"}),
        ('product_id = "id:2", location = "place zone"', {"location": "N48E011"}),
        ('product_id = "integer", location = "number"', {}),
    ],
)
def test_a_narrower_policy_sees_what_it_would_see_now_and_items_only_with_their_field(
    viewed: str, left: dict[str, str]
) -> None:
    items = (1,) if "product_id" in left else ()
    assert reading(viewed).narrowed(0, 0, ("Viewed", (1,), AT, KEPT)) == ("Viewed", items, AT, left)


def test_an_event_that_the_purpose_knows_no_more_is_nothing() -> None:
    assert reading(GATED).narrowed(0, LOCATION, ("Clicked", (1,), AT, {"product_id": "p-1"})) is None


def test_a_time_is_as_coarse_as_the_purpose_may_know_it_now() -> None:
    found = reading(GATED, time="minute").narrowed(0, LOCATION, ("Viewed", (1,), AT, KEPT))
    assert found is not None
    assert found[2] == AT - AT % 60


def test_of_a_record_of_a_rule_what_it_says_itself_stays_and_what_it_included_is_minimised() -> None:
    said = {"rule": "near", "action": "webhook", "name": "near", "location": "N48E011", "product_id": "p-1"}
    record = (EffectKind.FIRED.value, (), AT, {**said, "gone": "x"})
    ours = {"rule": "near", "action": "webhook", "name": "near"}
    read = reading(GATED)
    assert read.narrowed(0, LOCATION, record) == (record[0], (), AT, said)
    assert read.narrowed(0, 0, record) == (record[0], (), AT, {**ours, "product_id": "p-1"})
    assert reading(GATED, time="minute").narrowed(0, LOCATION, record) == (record[0], (), AT, said), (
        "when it was is ours"
    )
    both = reading(GATED, other=', "Clicked" = { location = "place zone" }')
    assert both.narrowed(0, 0, record) == (record[0], (), AT, {**ours, "product_id": "p-1"}), (
        "one of the events that may have it may not have it now"
    )
