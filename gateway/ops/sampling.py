"""Looks at the metrics once a minute, and keeps what it saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import Metric

from gateway.clock import Clock
from gateway.ops.narrowing import Narrowing
from gateway.ops.samples import Reading, Samples
from gateway.recurring import Recurring
from gateway.telemetry.metrics import Metrics

TICK_SECONDS = 60.0

LEFT_OUT = frozenset({"volens_fields_dropped"})
"""Families of which the page shows nothing, and which can be many."""


class Sampling:
    """Takes a sample a minute."""

    def __init__(self, metrics: Metrics, clock: Clock, samples: Samples, narrowing: Narrowing) -> None:
        """Keep the numbers of `metrics` in `samples`; let `narrowing` look first."""
        self._narrowing = narrowing
        self._metrics = metrics
        self._clock = clock
        self._looking = Recurring(self.look, TICK_SECONDS)
        self.samples = samples

    def start(self) -> None:
        """Begin, with a first sample."""
        self.look()
        self._looking.start()

    async def stop(self) -> None:
        """End the task and wait for it."""
        await self._looking.stop()

    def look(self) -> None:
        """Take a sample now."""
        now = int(self._clock.now())
        self._narrowing.look(now)
        self.samples.add(now, readings_of(self._metrics.collect()))

    def present(self) -> Samples:
        """The samples, and how it is now."""
        return self.samples.with_now(int(self._clock.now()), readings_of(self._metrics.collect()))


def readings_of(families: Iterable[Metric]) -> Iterator[Reading]:
    """The numbers of metric families, but for LEFT_OUT."""
    for family in families:
        if family.name not in LEFT_OUT:
            for sample in family.samples:
                yield sample.name, tuple(sorted(sample.labels.items())), float(sample.value)
