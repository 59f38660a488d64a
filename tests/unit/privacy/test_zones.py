"""Zones: never finer than asked, and nothing for what is no place."""

from __future__ import annotations

import math

import pytest

from privacy import coarsen, zone_of


@pytest.mark.parametrize(
    ("latitude", "longitude", "degrees", "zone"),
    [
        (48.14, 11.58, 1, "N48E011"),
        (48.99, 11.99, 1, "N48E011"),
        (-0.5, -0.5, 1, "S01W001"),
        (48.14, 11.58, 5, "N45E010/5"),
        (90.0, 0.0, 1, "N89E000"),
        (-90.0, 180.0, 10, "S90W180/10"),
        (0, 0, 1, "N00E000"),
    ],
)
def test_a_position_becomes_the_square_it_lies_in(latitude, longitude, degrees, zone):
    assert zone_of(latitude, longitude, degrees) == zone


@pytest.mark.parametrize(
    "place", [(90.1, 0), (-90.1, 0), (0, 180.1), (0, -181), (math.nan, 0), (0, math.inf)]
)
def test_what_is_no_position_has_no_zone(place):
    assert zone_of(*place) is None


@pytest.mark.parametrize(
    "place",
    [
        None,
        7,
        [48.1, 11.5],
        {},
        {"latitude": 48.1},
        {"latitude": "48.1", "longitude": "11.5"},
        {"latitude": True, "longitude": 1},
        {"latitude": 10**400, "longitude": 1},
        "Munich",
        "N48E011/1",
        "N48E012/5",
        "N99E011",
        "N90E011",
        "",
    ],
)
def test_what_is_no_place_is_dropped(place):
    assert coarsen(place, 1) is None


def test_a_zone_is_coarsened_and_never_refined():
    assert coarsen("N48E011", 1) == "N48E011"
    assert coarsen("N48E011", 10) == "N40E010/10"
    assert coarsen("N45E010/5", 1) == "N45E010/5"
    assert coarsen({"latitude": 48.1, "longitude": 11.5, "city": "Munich"}, 1) == "N48E011"


def test_there_is_no_finer_grid_than_a_degree():
    with pytest.raises(ValueError, match="grid"):
        zone_of(1.0, 1.0, 0)
