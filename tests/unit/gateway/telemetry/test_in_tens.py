"""What is told of how many people there are."""

from __future__ import annotations

import pytest

from gateway.telemetry.in_tens import in_tens


@pytest.mark.parametrize(("people", "told"), [(0, 0), (4, 0), (5, 10), (14, 10), (15, 20), (271, 270)])
def test_numbers_of_people_are_told_to_the_nearest_ten(people: int, told: int) -> None:
    assert in_tens(people) == told
