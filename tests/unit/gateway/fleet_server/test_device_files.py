"""A device's file is its person's: what it says now counts, and what the device keeps stands beside it."""

from __future__ import annotations

import json

import pytest

from federated import Visit
from federated.driving import Evidence, Floors, Remembered, Trust, program_digest
from gateway.errors import DirectoryError
from gateway.fleet_server.device_files import (
    DeviceFile,
    new_keys,
    read_device,
    read_remembered,
    write_device,
    write_remembered,
)
from gateway.fleet_server.device_host import wants


@pytest.fixture
def path(tmp_path):
    trust = Trust(
        publisher=bytes(32),
        purpose="model-improvement",
        program=program_digest(),
        receipt=bytes(32),
        floors=Floors(most_rho=0.5, minimum=20, neighbours=16),
    )
    place = tmp_path / "a.device.json"
    write_device(place, DeviceFile(new_keys(), trust, [Visit("cup", 1)], willing=True))
    return place


def test_the_switch_of_the_person_counts_as_it_stands_at_this_moment(path):
    assert wants(path)
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"willing": False}))
    assert not wants(path)
    path.write_text(json.dumps(said))
    assert wants(path)


def test_a_file_that_is_gone_or_half_written_is_no_wish(path):
    path.write_text(path.read_text()[:40])
    assert not wants(path)
    path.unlink()
    assert not wants(path)


def test_what_a_device_uploaded_to_is_there_at_its_next_start_and_the_file_is_left_alone(path):
    before = path.read_bytes()
    assert read_remembered(path) == Remembered()
    write_remembered(path, Remembered(7, {b"m" * 32, b"n" * 32}))
    assert read_remembered(path) == Remembered(7, {b"m" * 32, b"n" * 32})
    assert path.read_bytes() == before
    assert read_device(path).willing


def test_the_proofs_of_a_device_are_there_at_its_next_start(path):
    proof = Evidence(b"m" * 32, b"signed", b"s" * 32, "not-asked", 1, 3, (b"a" * 32, b"b" * 32))
    write_remembered(path, Remembered(7, set(), [proof]))
    assert read_remembered(path).proofs == [proof]
    said = json.loads(path.with_name("a.device.json.uploads").read_text())
    del said["proofs"]  # as it was written before proofs were kept
    path.with_name("a.device.json.uploads").write_text(json.dumps(said))
    assert read_remembered(path).proofs == []


def test_a_device_is_held_to_what_was_promised_over_its_file(path):
    assert read_device(path).trust.floors == Floors(most_rho=0.5, minimum=20, neighbours=16)


def test_a_device_that_cannot_tell_what_it_uploaded_to_does_not_start(path):
    write_remembered(path, Remembered(7, {b"m" * 32}))
    path.with_name("a.device.json.uploads").write_text("{")
    with pytest.raises(DirectoryError):
        read_remembered(path)
