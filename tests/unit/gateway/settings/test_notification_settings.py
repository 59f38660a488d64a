"""The limits of notifications, as they are configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.settings.reading import parse_settings
from gateway.wiring.rule_assembly import limits_of

HEAD = '[log]\norigin = "shop.example/log"\n[notifications]\n'


def test_the_limits_are_those_of_the_file() -> None:
    said = 'max_per_day = 1\nquiet_from_hour = 21\nquiet_to_hour = 9\nzone = "Europe/Berlin"\n'
    limits = limits_of(parse_settings(HEAD + said, Path("/shop")))
    assert (limits.max_per_day, limits.quiet_from_hour, limits.quiet_to_hour) == (1, 21, 9)
    assert str(limits.zone) == "Europe/Berlin"


@pytest.mark.parametrize(
    "said", ['zone = "Mars"', 'zone = "../../etc"', "quiet_from_hour = 24", "max_per_day = -1"]
)
def test_what_is_no_limit_is_refused(said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings(HEAD + said + "\n", Path("/shop"))
    assert "Mars" not in str(refused.value)
