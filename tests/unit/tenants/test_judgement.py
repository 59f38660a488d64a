"""Judging: positive permits only, and whatever is missing, wrong or fails is a denial."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from gateway.authzen import Entity, Searched
from gateway.tenants import find, judge
from gateway.tenants.search import MAX_JUDGED
from tests.unit.tenants.material import RULES, question, rules

READ = rules()


def said(who: str = "ada", action: str = "read", **more: Any) -> str:
    return judge(READ, question(who, action, **more)).outcome.reason


def test_what_a_permit_says_is_permitted_and_the_permit_is_named() -> None:
    found = judge(READ, question(resource={"owner": "ada"}))
    assert (found.granted, found.permit) == (True, "owners")
    assert judge(READ, question("bea", resource={"owner": "ada"})).permit is None


@pytest.mark.parametrize(
    "resource",
    [{}, {"owner": 7}, {"owner": None}, {"owner": ["ada"]}, {"Owner": "ada"}, {"owner": {"id": "ada"}}],
)
def test_a_permit_of_which_an_attribute_is_missing_or_of_another_kind_does_not_apply(
    resource: dict[str, Any],
) -> None:
    assert said(resource=resource) == "not_permitted"


def test_a_negated_attribute_must_be_there_too() -> None:
    assert said(action="write") == "not_permitted"
    assert said(action="write", resource={"secret": False}) == "permitted"
    assert said(action="write", resource={"secret": True}) == "not_permitted"
    assert said(action="write", resource={"secret": 0}) == "not_permitted"


def test_what_the_request_may_say_comes_before_what_is_stored_and_nothing_else_does() -> None:
    free = {"secret": False}
    assert said("bea", "write", resource=free) == "not_permitted"
    assert said("bea", "write", resource=free, subject={"role": "editor"}) == "permitted"
    assert said("ada", "write", resource=free, subject={"role": 1}) == "not_permitted"
    assert said("bea", "share", subject={"level": 99}) == "rule_failed"


def test_one_permit_that_fails_denies_whatever_the_others_say() -> None:
    assert said("bea", "share") == "rule_failed"
    assert said("ada", "share") == "permitted"
    turned = replace(READ, permits=tuple(reversed(READ.permits)))
    assert judge(turned, question("bea", "share")).outcome.reason == "rule_failed"


def test_action_and_context_are_read() -> None:
    assert said("bea", "burn", action_={"soft": True}, context={"hour": 8}) == "permitted"
    assert said("bea", "burn", action_={"soft": True}, context={"hour": 23}) == "not_permitted"
    assert said("bea", "burn", action_={"soft": False}, context={"hour": 8}) == "not_permitted"
    assert said("bea", "burn", action_={"soft": True}) == "not_permitted"
    assert said("bea", "burn", action_={"soft": True}, context={"hour": 1 << 63}) == "not_permitted"


def test_who_is_not_in_the_file_is_denied_unless_the_type_is_open() -> None:
    assert said("stranger", resource={"owner": "stranger"}) == "not_permitted"
    opened = rules(RULES.replace("[types.user]", "[types.user]\nopen = true"))
    assert judge(opened, question("stranger", resource={"owner": "stranger"})).granted
    unknown = structs.replace(question(resource={"owner": "ada"}), subject=Entity("spaceship", "ada"))
    assert not judge(READ, unknown).granted
    assert said(action="fly", resource={"owner": "ada"}) == "not_permitted"


def test_a_search_finds_what_judging_permits_in_the_order_of_the_file() -> None:
    whose = question("", "write", resource={"secret": False, "owner": "bea"})
    found, then = find(READ, whose, Searched.SUBJECT, 0, 10)
    assert (found, then) == ([{"type": "user", "id": "ada"}, {"type": "user", "id": "bea"}], None)
    actions, _ = find(READ, question(action="", resource={"owner": "ada"}), Searched.ACTION, 0, 10)
    assert [each["name"] for each in actions] == ["read", "write", "burn", "share"]
    assert find(READ, question(what="", resource={"owner": "ada"}), Searched.RESOURCE, 0, 10) == ([], None)
    assert find(READ, structs.replace(whose, subject=Entity("ship", "")), Searched.SUBJECT, 0, 10) == (
        [],
        None,
    )


def test_a_page_costs_a_bounded_number_of_judgements_and_the_next_goes_on() -> None:
    many = "".join(f'u{n} = {{ role = "reader", level = 1 }}\n' for n in range(MAX_JUDGED + 5))
    larger = rules(RULES.replace("[[permits]]", many + "[[permits]]", 1))
    wanted = question("", "read", resource={"owner": f"u{MAX_JUDGED + 4}"})
    found, then = find(larger, wanted, Searched.SUBJECT, 0, 10)
    assert (found, then) == ([], MAX_JUDGED)
    found, then = find(larger, wanted, Searched.SUBJECT, then, 10)
    assert ([each["id"] for each in found], then) == ([f"u{MAX_JUDGED + 4}"], None)


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_limit_is_kept(limit: int) -> None:
    found, then = find(READ, question(action="", resource={"owner": "ada"}), Searched.ACTION, 0, limit)
    assert (len(found), then) == (limit, limit)
