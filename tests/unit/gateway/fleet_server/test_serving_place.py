"""One process at a time serves a fleet from a directory, and whoever does is the same driver of rounds."""

from __future__ import annotations

import pytest

from gateway.errors import DirectoryError
from gateway.fleet_server.serving_place import ServingPlace


def test_a_second_one_is_refused_while_the_first_has_it(tmp_path):
    with ServingPlace(tmp_path / "fleet"):
        with pytest.raises(DirectoryError, match="another `volens federated serve` has this directory"):
            ServingPlace(tmp_path / "fleet")
        with ServingPlace(tmp_path / "other"):
            pass
    with ServingPlace(tmp_path / "fleet"):
        pass


def test_the_driver_stays_the_same_over_a_restart_and_is_another_elsewhere(tmp_path):
    names = []
    for place in ("fleet", "fleet", "other"):
        with ServingPlace(tmp_path / place) as taken:
            names.append(taken.driver)
    assert names[0] == names[1] != names[2]
    (tmp_path / "fleet" / "driver").write_text("half")
    with ServingPlace(tmp_path / "fleet") as taken:
        assert len(taken.driver) == len(names[0])
