"""Tenants while the gateway runs."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.tenants.rulings import Rulings
from gateway.tenants.shelf import TenantShelf


@dataclass(frozen=True, slots=True)
class Tenants:
    """What the routes of tenants need."""

    shelf: TenantShelf
    """The rule sets in force."""
    rulings: Rulings
    """What they permit."""
