"""Cohorts: of the wanted size, but four where there can be, as of fewer nobody is held out."""

from __future__ import annotations

import pytest

from federated.driving import EnrolledDevice
from federated.driving.cohorts import split


@pytest.mark.parametrize(
    ("devices", "least", "wanted", "sizes"),
    [
        (19, 20, 50, []),
        (20, 20, 50, [20]),
        (99, 20, 50, [99]),
        (100, 20, 50, [25] * 4),
        (151, 20, 50, [38, 38, 38, 37]),
        (250, 20, 50, [50] * 5),
        (250, 20, 10, [21] * 10 + [20] * 2),
        (16, 3, 128, [4] * 4),
        (15, 3, 128, [15]),
    ],
)
def test_so_many_devices_are_put_into_so_many_cohorts(devices, least, wanted, sizes):
    listed = [EnrolledDevice(bytes([n]), b"", b"") for n in range(devices)]
    found = split(listed, least, wanted)
    assert sorted((len(each) for each in found), reverse=True) == sizes
    assert sorted(each.device for cohort in found for each in cohort) == [
        each.device for each in listed if found
    ]
