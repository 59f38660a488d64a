"""What the operator looks at, put together."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.ops.narrowing import Narrowing
from gateway.ops.pages import ops_pages
from gateway.ops.samples import Samples
from gateway.ops.sampling import Sampling
from gateway.pages.rendering import Pages
from gateway.parts import Memory
from gateway.telemetry.journal import Happening, Journal
from gateway.telemetry.metrics import Gauge, Metrics, Tally
from gateway.wording.languages import Languages


@dataclass(frozen=True, slots=True)
class Ops:
    """The parts of the page of operation."""

    sampling: Sampling
    """What the metrics were in the last hours."""
    pages: Pages
    """How that is shown."""
    languages: Languages
    """In which languages."""


def open_ops(metrics: Metrics, memory: Memory, journal: Journal) -> Ops:
    """Look at `metrics`, and at histories, from when it is started on."""
    narrowing = Narrowing(
        memory.history, memory.catalogue, memory.people, lambda: journal.write(Happening.NARROWING)
    )
    metrics.watch(Gauge.CATEGORY_CONCENTRATION, lambda: narrowing.last)
    metrics.watch(Tally.NARROWING_ALARMS, lambda: narrowing.alarms)
    languages = Languages()
    return Ops(Sampling(metrics, memory.clock, Samples(), narrowing), ops_pages(languages), languages)
