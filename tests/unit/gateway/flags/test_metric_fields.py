"""What metrics can add up under a policy."""

from __future__ import annotations

import pytest

from consent import default_policy_text, parse_policy
from gateway.flags.metric_fields import MetricFields

ORDER = "Order Completed"
FIELDS = MetricFields(
    parse_policy(
        default_policy_text()
        .replace(
            'revenue = "number bucket:10,25,50,100,250,500,1000"',
            'revenue = "number bucket:10,25,50,100,250,500,1000"\nshipping = "number"\ncoupon = "string:20"\n'
            '"products[].price" = "number"\n"total.net" = "number"',
        )
        .encode()
    ),
    "experiments",
)


@pytest.mark.parametrize(
    ("field", "can"),
    [
        ("revenue", True),
        ("shipping", True),
        ("coupon", False),
        ("products[].price", False),
        ("total.net", False),
        ("tax", False),
    ],
)
def test_only_numbers_of_the_event_itself_can_be_added_up(field: str, can: bool) -> None:
    assert FIELDS.can_add_up(ORDER, field) is can


@pytest.mark.parametrize(
    ("field", "value", "number"),
    [
        ("revenue", "25-50", 37.5),
        ("shipping", 4, 4.0),
        ("shipping", True, None),
        ("coupon", "25-50", None),
        ("revenue", "much", None),
        ("revenue", None, None),
    ],
)
def test_a_range_counts_and_a_text_does_not(field: str, value: object, number: float | None) -> None:
    assert FIELDS.number_of(ORDER, field, value) == number


def test_a_purpose_that_is_not_there_adds_up_nothing() -> None:
    fields = MetricFields(parse_policy(default_policy_text().encode()), "telepathy")
    assert not fields.can_add_up(ORDER, "revenue")
