"""What the operator looks at, put together."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.clock import Clock
from gateway.ops.pages import OpsPages
from gateway.ops.samples import Samples
from gateway.ops.sampling import Sampling
from gateway.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Ops:
    """The parts."""

    sampling: Sampling
    """What the metrics were in the last hours."""
    pages: OpsPages
    """How that is shown."""


def open_ops(metrics: Metrics, clock: Clock) -> Ops:
    """Look at `metrics` from when it is started on."""
    return Ops(Sampling(metrics, clock, Samples()), OpsPages())
