"""`[federated]` of `volens.toml`: learning on people's devices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.settings.groups import SettingGroup


class FederatedSettings(SettingGroup):
    """Learning on people's devices."""

    budget_micro_rho: Annotated[int, Field(ge=0, le=1_000_000_000)] = 4_000_000
    """What all rounds together may spend: millionths of zCDP's rho. A million is an epsilon of 7.6 at a delta of 1e-5."""
    model_lifetime_days: Annotated[int, Field(ge=1, le=400)] = 30
    """How long devices may use a version."""
