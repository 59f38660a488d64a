"""From `[[destinations]]` in `volens.toml` and the policy in force to checked destinations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from consent import Policy
from gateway.routing.destination import Destination, Kind, check_destinations
from gateway.routing.errors import DestinationConfigError
from gateway.settings.groups import DestinationSettings


@dataclass(frozen=True, slots=True)
class NamedDestinations:
    """What the policy says about the destinations of one purpose."""

    version: int
    """The purpose's version in force."""
    destinations: Collection[str]
    """The ids of the destinations that the notice names."""


def destinations_of(tables: Iterable[DestinationSettings], policy: Policy) -> list[Destination]:
    """`read_destinations` by the policy in force."""
    named = {each.id: NamedDestinations(each.version, each.destinations) for each in policy.purposes}
    return read_destinations(tables, named)


def read_destinations(
    tables: Iterable[DestinationSettings], policy: Mapping[str, NamedDestinations]
) -> list[Destination]:
    """Check the configured destinations against the policy.

    Args:
        tables: the settings, one per destination.
        policy: for each purpose's id, what the policy says.

    Raises:
        DestinationConfigError: a rule is broken.
    """
    destinations = [_destination(table, policy) for table in tables]
    check_destinations(destinations, {purpose: said.destinations for purpose, said in policy.items()})
    return destinations


def _destination(table: DestinationSettings, policy: Mapping[str, NamedDestinations]) -> Destination:
    said = policy.get(table.purpose)
    if said is None:
        raise DestinationConfigError("purpose", "must be a purpose of the policy")
    return Destination(
        id=table.id,
        kind=Kind(table.kind),
        purpose=table.purpose,
        purpose_version=said.version,
        url=table.url,
        path=table.path,
        secret_file=table.secret_file,
        signing_key_file=table.signing_key_file,
        erasure_url=table.erasure_url,
        events=frozenset(table.events),
        batch_size=table.batch_size,
        max_batch_bytes=table.max_batch_bytes,
        timeout_seconds=table.timeout_seconds,
        linger_seconds=table.linger_seconds,
        max_dead_letters=table.max_dead_letters,
    )
