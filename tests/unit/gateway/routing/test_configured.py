"""From the settings and the policy to destinations."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.routing import DestinationConfigError, Kind, NamedDestinations, read_destinations
from gateway.settings.groups import DestinationSettings
from tests.unit.gateway.routing.fakes import PURPOSE

POLICY = {PURPOSE: NamedDestinations(version=4, destinations=("crm", "lake"))}


def test_settings_become_destinations_bound_to_the_version_in_force() -> None:
    tables = [
        DestinationSettings(
            id="crm",
            kind="segment_http",
            purpose=PURPOSE,
            url="https://x.example/v1/batch",
            secret_file=Path("/k"),
        ),
        DestinationSettings(
            id="lake",
            kind="parquet",
            purpose=PURPOSE,
            path=Path("/lake"),
            batch_size=5000,
            events=("Rule Fired",),
        ),
    ]
    crm, lake = read_destinations(tables, POLICY)
    assert (crm.kind, crm.purpose_version, crm.body_bytes) == (Kind.SEGMENT_HTTP, 4, 500_000)
    assert (crm.events, lake.events) == (frozenset(), {"Rule Fired"})
    assert (lake.kind, lake.path, lake.batch_size) == (Kind.PARQUET, Path("/lake"), 5000)


@pytest.mark.parametrize(("name", "purpose"), [("unnamed", PURPOSE), ("crm", "analytics")])
def test_what_the_policy_does_not_name_does_not_start(name: str, purpose: str) -> None:
    table = DestinationSettings(id=name, kind="ndjson", purpose=purpose, path=Path("/x"))
    with pytest.raises(DestinationConfigError):
        read_destinations([table], POLICY)
