"""Zones: where somebody is, coarsely enough to be kept.

A zone is a square of a fixed grid of whole degrees, named by its south-west corner: `N48E011` (1 degree, about 111 km
by 74 km at that latitude), `N45E010/5` (5 degrees). Coarsening is done at the door, so no position finer than a zone
goes any further.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypeGuard

GRID_DEGREES = (1, 2, 5, 10)
"""The grids there are: the side of a zone, in degrees."""

_ZONE = re.compile(r"([NS])([0-9]{2})([EW])([0-9]{3})(?:/(2|5|10))?", re.ASCII)


def zone_of(latitude: float, longitude: float, degrees: int = 1) -> str | None:
    """The zone of a position.

    Args:
        latitude: degrees, -90 to 90.
        longitude: degrees, -180 to 180.
        degrees: the grid, one of `GRID_DEGREES`.

    Returns:
        The zone's name; None when this is no position.
    """
    if degrees not in GRID_DEGREES:
        raise ValueError("there is no grid of that size")
    if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):
        return None
    south = min(math.floor(latitude / degrees) * degrees, 90 - degrees)
    west = math.floor(longitude / degrees) * degrees
    if west >= 180:
        west = -180
    return _name(south, west, degrees)


def coarsen(place: object, degrees: int) -> str | None:
    """The zone of whatever a client calls a location.

    Args:
        place: an object with numbers `latitude` and `longitude`, or the name of a zone.
        degrees: the grid wanted, one of `GRID_DEGREES`.

    Returns:
        The zone's name, never finer than asked; None for anything else.
    """
    if isinstance(place, str):
        return _coarser(place, degrees)
    if not isinstance(place, Mapping):
        return None
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if not (_is_number(latitude) and _is_number(longitude)):
        return None
    return zone_of(latitude, longitude, degrees)


def _is_number(value: object) -> TypeGuard[float]:
    return type(value) is float or type(value) is int


def _coarser(zone: str, degrees: int) -> str | None:
    match = _ZONE.fullmatch(zone)
    if match is None:
        return None
    south = int(match[2]) * (1 if match[1] == "N" else -1)
    west = int(match[4]) * (1 if match[3] == "E" else -1)
    given = int(match[5] or 1)
    if south % given or west % given or zone_of(south, west, given) != zone:
        return None
    return zone if given >= degrees else zone_of(south, west, degrees)


def _name(south: int, west: int, degrees: int) -> str:
    corner = f"{'S' if south < 0 else 'N'}{abs(south):02d}{'W' if west < 0 else 'E'}{abs(west):03d}"
    return corner if degrees == 1 else f"{corner}/{degrees}"
