"""What is dropped is counted by the policy's names, and by no name of a client."""

from __future__ import annotations

from collections import Counter

import pytest

from consent import default_policy_text, parse_policy
from gateway.telemetry import dropped_fields
from gateway.telemetry.dropped_fields import OTHER_FIELD, DroppedFields

POLICY = parse_policy(default_policy_text())
CANARY = "ann@example.org"


def bits(*names: str) -> int:
    return POLICY.mask_of(names)


def note(counted: DroppedFields, purposes: int, attributes: dict[str, object]) -> None:
    counted.note_all([(0, "Product Viewed", purposes, attributes, 0, 0)])


def test_a_name_of_the_policy_is_told_and_a_clients_is_other():
    counted = DroppedFields(POLICY)
    for _ in range(3):
        note(counted, bits("recommendations"), {"product_id": "p", "revenue": 3, CANARY: 1, "x": 2})
    assert counted.totals() == {
        ("recommendations", "revenue"): 3,
        ("recommendations", OTHER_FIELD): 6,
    }
    assert CANARY not in repr(vars(counted))


def test_each_purpose_drops_on_its_own():
    counted = DroppedFields(POLICY)
    note(counted, bits("recommendations", "analytics"), {"product_id": "p", "mystery": 1})
    assert {purpose for purpose, _ in counted.totals()} == {"recommendations", "analytics"}


def test_what_no_rule_takes_of_an_object_that_a_rule_leads_into_is_counted_too():
    counted = DroppedFields(POLICY)
    product = {"product_id": "p", "category": "c", CANARY: 1, "brand": {CANARY: 2}}
    order = {"products": [product, {"product_id": "q"}, product, 7], "total": 3}
    counted.note_all([(0, "Order Completed", bits("recommendations"), order, 0, 0)])
    assert counted.totals() == {
        ("recommendations", "products[].category"): 2,
        ("recommendations", OTHER_FIELD): 5,
    }
    assert CANARY not in repr(vars(counted))


def test_what_is_told_apart_is_bounded_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dropped_fields, "MAX_SHAPES", 8)
    counted = DroppedFields(POLICY)
    for number in range(100):
        note(counted, bits("recommendations"), {f"field-{number}": 1})
    assert len(counted._seen) <= 8
    assert counted.totals() == Counter({("recommendations", OTHER_FIELD): 100})
    assert counted.totals() == Counter({("recommendations", OTHER_FIELD): 100})
