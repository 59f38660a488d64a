"""Evaluation: the first rule that applies decides, and nothing that an app says makes it fail."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import Policy, default_policy_text, parse_policy
from gateway.errors import FlagRefusedError
from gateway.flags.checking import FlagRule, check_change, check_flag, fields_seen
from gateway.flags.evaluation import Unit, evaluate
from gateway.flags.model import Flag, ReadyFlag, decode_flag, encode_flag, experiment_of

POLICY: Policy = parse_policy(default_policy_text().encode())
FIELDS = ("platform", "app_version")
NOBODY = Unit("00" * 16, lambda _: None)
SPLIT: dict[str, Any] = {"salt": "s", "weights": {"on": 0.5, "off": 0.5}}
METRIC = {"name": "orders", "event": "Order Completed"}
CLICKS = {"name": "clicks", "event": "Product Clicked"}
EXPERIMENT = {"id": "e", "baseline": "off", "metrics": [METRIC]}


def flag(*rules: dict[str, Any], **more: Any) -> Flag:
    body = {
        "key": "f",
        "type": "boolean",
        "variants": {"on": True, "off": False},
        "default": "off",
        "rules": rules,
    }
    return msgspec.convert({**body, **more}, Flag)


def ready(*rules: dict[str, Any], **more: Any) -> ReadyFlag:
    return check_flag(flag(*rules, **more), POLICY, FIELDS)


def test_the_first_rule_that_applies_decides() -> None:
    found = ready(
        {"when": "context.platform == 'ios'", "variant": "on"},
        {"split": {"salt": "s", "weights": {"on": 1.0}, "coverage": 0.0}},
        {"variant": "on"},
    )
    assert evaluate(found, {"platform": "ios"}, NOBODY, 0).reason == "TARGETING_MATCH"
    assert evaluate(found, {"platform": "web"}, NOBODY, 0).variant == "on", (
        "a split without room is passed over"
    )
    only_split = ready({"split": {"salt": "s", "weights": {"on": 1.0}, "coverage": 0.0}})
    assert evaluate(only_split, {}, NOBODY, 0).reason == "STATIC"


def test_a_ramp_takes_effect_in_time() -> None:
    split = {"salt": "s", "weights": {"on": 1.0}, "coverage": 0.0, "ramp": [{"at": 100, "coverage": 1.0}]}
    found = ready({"split": split})
    assert [evaluate(found, {}, NOBODY, now).variant for now in (99, 100)] == ["off", "on"]


@pytest.mark.parametrize("before", ["on", "off"])
def test_an_arm_that_was_used_stays(before: str) -> None:
    found = ready({"split": {**SPLIT, "coverage": 0.0, "experiment": EXPERIMENT}})
    unit = Unit("00" * 16, lambda experiment: before if experiment == "e" else None)
    resolved = evaluate(found, {}, unit, 0)
    assert (resolved.variant, resolved.reason, resolved.experiment) == (before, "SPLIT", "e")


def test_an_arm_that_is_no_more_does_not_stay() -> None:
    found = ready({"split": {**SPLIT, "experiment": EXPERIMENT}})
    unit = Unit("00" * 16, lambda _: "gone")
    assert evaluate(found, {}, unit, 0).variant in ("on", "off")


def test_what_gives_way_gives_way_to_nothing_but_true() -> None:
    found = ready({"variant": "on"}, gives_way_to=["prefers_reduced_motion"])
    for value, expected in [(True, "off"), (False, "on"), ("true", "on"), (None, "on")]:
        assert evaluate(found, {"prefers_reduced_motion": value}, NOBODY, 0).variant == expected


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*FIELDS, "other"]), ODD))
def test_whatever_a_context_holds_there_is_an_answer(context: dict[str, Any]) -> None:
    found = ready(
        {"when": "context.app_version > 3 && context.platform.startsWith('i')", "variant": "on"},
        {"when": "1 % context.app_version > 0", "variant": "on"},
    )
    assert evaluate(found, context, NOBODY, 0).variant in ("on", "off")


@pytest.mark.parametrize(
    ("rules", "more", "reason"),
    [
        ((), {"default": "none"}, FlagRule.UNKNOWN_VARIANT),
        (({"variant": "none"},), {}, FlagRule.UNKNOWN_VARIANT),
        (({"split": {"salt": "s", "weights": {"none": 1.0}}},), {}, FlagRule.UNKNOWN_VARIANT),
        ((), {"variants": {"off": "no"}}, FlagRule.VALUE_TYPE),
        (({},), {}, FlagRule.RULE_INCOMPLETE),
        (({"variant": "on", "split": SPLIT},), {}, FlagRule.RULE_INCOMPLETE),
        (({"split": {"salt": "s", "weights": {"on": 0.4}}},), {}, FlagRule.WEIGHTS),
        (({"split": {"salt": "s", "weights": {"on": 2.0, "off": -1.0}}},), {}, FlagRule.WEIGHTS),
        (({"split": {**SPLIT, "ramp": [{"at": 1, "coverage": 0.5}]}},), {}, FlagRule.RAMP_FALLS),
        (({"when": "context.platform", "variant": "on"},), {}, None),
        (({"when": "action.name == 'x'", "variant": "on"},), {}, FlagRule.CONDITION),
        (({"when": "1 + 1", "variant": "on"},), {}, FlagRule.CONDITION),
        (({"when": "1 % 0 == 1", "variant": "on"},), {}, FlagRule.CONDITION),
        (({"when": "resource.properties.x == 1", "variant": "on"},), {}, FlagRule.CONDITION),
        (({"when": "context.age > 3", "variant": "on"},), {}, FlagRule.FIELD_NOT_ALLOWED),
        (({"split": SPLIT}, {"split": SPLIT}), {}, FlagRule.SPLIT_CHANGED),
        (({"split": {**SPLIT, "experiment": {**EXPERIMENT, "baseline": "x"}}},), {}, FlagRule.NOT_COMPARABLE),
        (
            ({"split": {"salt": "s", "weights": {"on": 1.0}, "experiment": EXPERIMENT}},),
            {},
            FlagRule.NOT_COMPARABLE,
        ),
        (
            ({"split": {**SPLIT, "experiment": {**EXPERIMENT, "metrics": [METRIC, METRIC]}}},),
            {},
            FlagRule.METRIC_NOT_ALLOWED,
        ),
        (
            (
                {
                    "split": {
                        **SPLIT,
                        "experiment": {**EXPERIMENT, "metrics": [{"name": "p", "event": "Page"}]},
                    }
                },
            ),
            {},
            FlagRule.METRIC_NOT_ALLOWED,
        ),
        (
            (
                {
                    "split": {
                        **SPLIT,
                        "experiment": {**EXPERIMENT, "metrics": [{**CLICKS, "field": "product_id"}]},
                    }
                },
            ),
            {},
            FlagRule.METRIC_NOT_ALLOWED,
        ),
    ],
)
def test_what_a_flag_may_not_be(rules: Any, more: dict[str, Any], reason: FlagRule | None) -> None:
    if reason is None:
        assert evaluate(ready(*rules, **more), {"platform": "ios"}, NOBODY, 0).variant == "off", (
            "a text is not true"
        )
        return
    with pytest.raises(FlagRefusedError) as refused:
        ready(*rules, **more)
    assert refused.value.reason == reason.value


def test_without_the_event_of_an_exposure_there_is_no_experiment() -> None:
    text = default_policy_text().replace(
        '[purposes.fields."Experiment Viewed"]', '[purposes.fields."Other Viewed"]'
    )
    assert "Experiment Viewed" not in fields_seen(parse_policy(text.encode()))
    with pytest.raises(FlagRefusedError) as refused:
        check_flag(flag({"split": {**SPLIT, "experiment": EXPERIMENT}}), parse_policy(text.encode()), FIELDS)
    assert refused.value.reason == FlagRule.EXPOSURE_NOT_ALLOWED.value


def test_a_change_moves_nobody() -> None:
    old = flag({"split": {**SPLIT, "coverage": 0.5, "experiment": EXPERIMENT}})
    more = flag({"split": {**SPLIT, "coverage": 0.6, "experiment": {**EXPERIMENT, "alpha": 0.01}}})
    check_change(more, old, [], 0)
    anew = flag(
        {
            "split": {
                **SPLIT,
                "salt": "t",
                "weights": {"on": 0.1, "off": 0.9},
                "experiment": {**EXPERIMENT, "id": "e2"},
            }
        }
    )
    check_change(anew, old, [], 0)
    for split, reason in [
        ({**SPLIT, "coverage": 0.4}, FlagRule.RAMP_FALLS),
        ({**SPLIT, "weights": {"off": 0.5, "on": 0.5}}, FlagRule.SPLIT_CHANGED),
        ({**SPLIT, "namespace": {"id": "n", "start": 0.0, "end": 0.5}}, FlagRule.SPLIT_CHANGED),
        ({**SPLIT, "salt": "t", "experiment": EXPERIMENT}, FlagRule.SPLIT_CHANGED),
    ]:
        with pytest.raises(FlagRefusedError) as refused:
            check_change(flag({"split": split}), old, [], 0)
        assert refused.value.reason == reason.value
    with pytest.raises(FlagRefusedError) as refused:
        check_change(msgspec.structs.replace(old, key="g"), None, [old], 0)
    assert refused.value.reason == FlagRule.EXPERIMENT_TAKEN.value


def test_a_flag_is_stored_as_it_was_written() -> None:
    written = flag({"split": {**SPLIT, "experiment": EXPERIMENT, "ramp": [{"at": 5, "coverage": 1.0}]}})
    kept = decode_flag(encode_flag(written))
    assert kept == written
    assert [list(split.weights) for split, _ in kept.experiments()] == [["on", "off"]], (
        "the order says who is in which"
    )
    ((split, part),) = written.experiments()
    experiment = experiment_of(split, part)
    assert (experiment.arms, experiment.baseline, experiment.metrics[0].once) == (("on", "off"), "off", False)
