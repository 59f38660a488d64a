"""What is refused on purpose has no place to go: no endpoint, no setting, no member of a body, no field of a policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from consent import PolicyError, default_policy_text, parse_policy
from gateway.errors import BodyInvalidError
from gateway.settings.reading import render_reference
from gateway.wire.questions import parse_question
from tests.journey.in_process import inside

ROOT = Path(__file__).parents[3]

REFUSED = re.compile(
    r"finger_?print|emotion|\bmood\b|psycho|personality|biometr|voice_?print|face_?print|\bgait\b|open_?rtb|bid_?(request|stream)",
    re.IGNORECASE,
)
FIELD = '[purposes.fields."Product Viewed"]\n'
PACK = ROOT / "docs/examples/policies/sensitive-verticals.toml"


def with_field(line: str) -> str:
    return default_policy_text().replace(FIELD, f"{FIELD}{line}\n", 1)


async def test_no_endpoint_takes_any_of_it(tmp_path: Path) -> None:
    async with inside(tmp_path / "data") as served:
        document = (await served.http.get("/openapi.json")).text
    assert "/v1/decide" in document
    assert REFUSED.findall(document) == []


def test_no_setting_is_about_any_of_it() -> None:
    assert REFUSED.findall(render_reference()) == []


@pytest.mark.parametrize("member", ["fingerprint", "emotion", "psychographics", "bidrequest"])
def test_a_question_with_a_member_for_it_is_refused(member: str) -> None:
    with pytest.raises(BodyInvalidError):
        parse_question(b'{"subject":{"id":"a"},"%b":"x"}' % member.encode())


@pytest.mark.parametrize(
    "path",
    [
        "fingerprint",
        "deviceFingerprint",
        "device_fingerprint",
        "context.canvas_hash",
        "emotion",
        "traits.mood",
        "big-five",
        "psychographics",
        "voice_print",
        "openrtb",
    ],
)
def test_a_policy_that_lists_such_a_field_is_refused(path: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse_policy(with_field(f'"{path}" = "string:32"'))
    assert "docs/refused.md" in str(refusal.value)


@pytest.mark.parametrize("path", ["health", "traits.diagnosis", "religion", "sexual_orientation"])
def test_a_special_category_needs_a_condition_of_its_own(path: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse_policy(with_field(f'"{path}" = "string:32"'))
    assert "Art. 9" in str(refusal.value)
    parse_policy(with_field(f'"{path}" = "string:32 if location"'))


def test_an_ordinary_field_is_not_mistaken_for_one() -> None:
    parse_policy(with_field('"moody" = "string:32"'))
    parse_policy(with_field('"health_score_of_the_battery" = "string:32"'))


def test_the_pack_for_sensitive_verticals_fits_the_default_policy() -> None:
    policy = parse_policy(default_policy_text() + "\n" + PACK.read_text())
    assert {"age-verified", "not-self-excluded"} <= {each.id for each in policy.conditions}
    assert not any(each.minors_allowed for each in policy.purposes if each.id == "recommendations")
