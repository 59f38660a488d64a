"""How a destination is doing, in numbers that name nobody.

The circuit: *closed* while deliveries succeed; *open* while waiting after a failure; *half-open* during the attempt
after such a wait. Opening stops nothing but this destination's own task.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.routing.answers import Trouble
from gateway.routing.destination import Destination, Kind
from gateway.routing.reports import Reports


class Circuit(StrEnum):
    """Whether a destination is being tried."""

    CLOSED = "closed"
    """The last attempt succeeded, or there was none."""
    OPEN = "open"
    """The last attempt failed; waiting before the next."""
    HALF_OPEN = "half_open"
    """Trying again after a failure."""


@dataclass(frozen=True, slots=True)
class DestinationStatus:
    """A snapshot for `/metrics` and the administrator."""

    id: str
    """The destination's id."""
    kind: Kind
    """How it is reached."""
    purpose: str
    """The purpose it serves."""
    circuit: Circuit
    """Whether it is being tried."""
    cursor: int
    """The log index at which delivery continues."""
    lag_records: int
    """Durable log records not yet looked at for this destination."""
    lag_seconds: float
    """For how long the oldest record not yet looked at has been durable, about; 0 when there is none."""
    failures: int
    """Attempts failed in a row."""
    retry_at: float | None
    """When the next attempt is due (unix seconds), while the circuit is open."""
    trouble: Trouble | None
    """What the last failed attempt met, until one succeeds."""
    last_status: int | None
    """The HTTP status of the last attempt, if it failed with one."""
    last_delivered_at: float | None
    """When a batch was last delivered (unix seconds)."""
    delivered: int
    """Signals delivered since the start."""
    silent: int
    """Signals not sent because permission ended after they were read, since the start."""
    attempts: int
    """Attempts since the start."""
    faults: int
    """Internal faults of its task since the start; 0 in healthy running."""
    dead_letters: int
    """Dead letters kept now."""


class Health:
    """Keeps count for one destination. Lives on the event loop."""

    def __init__(self, destination: Destination, reports: Reports | None = None) -> None:
        """Start with nothing tried; `reports` is told when it goes down and comes back."""
        self._destination = destination
        self._reports = reports
        self._is_down = False
        self._circuit = Circuit.CLOSED
        self._size = 0
        self._mark: tuple[int, float] | None = None
        self._retry_at: float | None = None
        self._trouble: Trouble | None = None
        self._last_status: int | None = None
        self._last_delivered_at: float | None = None
        self._delivered = self._silent = self._attempts = self._faults = 0
        self.failures = 0
        """Attempts failed in a row."""
        self.cursor = 0
        """The log index at which delivery continues."""
        self.dead_letters = 0
        """Dead letters kept."""

    def grown(self, size: int, now: float) -> None:
        """The log has `size` durable records."""
        self._size = max(self._size, size)
        self._measure(now)

    def moved(self, cursor: int, now: float) -> None:
        """Everything before `cursor` is settled."""
        self.cursor = cursor
        self._measure(now)

    def trying(self) -> None:
        """An attempt begins."""
        self._attempts += 1
        self._retry_at = None
        if self._circuit is Circuit.OPEN:
            self._circuit = Circuit.HALF_OPEN

    def delivered(self, n: int, now: float) -> None:
        """`n` signals arrived."""
        self._delivered += n
        self._last_delivered_at = now
        self._trouble = None
        self._last_status = None
        self._close()
        self._tell_up()

    def refused(self, status: int | None) -> None:
        """The destination settled an attempt by refusing it (or the signals could not be written for it)."""
        if self._trouble is not Trouble.FULL:  # else it refuses the same again, and nothing has changed
            self._tell_up()
        self._trouble = Trouble.REFUSED
        self._last_status = status
        self._close()

    def failed(self, trouble: Trouble, status: int | None) -> None:
        """An attempt failed in a way that another may not."""
        self.failures += 1
        self._trouble = trouble
        self._last_status = status
        self._circuit = Circuit.OPEN
        if not self._is_down:
            self._is_down = True
            if self._reports is not None:
                self._reports.down(self._destination.id, trouble)

    def waiting(self, until: float) -> None:
        """The next attempt is due then."""
        self._retry_at = until

    def silenced(self, n: int) -> None:
        """`n` signals were not sent because permission ended."""
        self._silent += n

    def faulted(self) -> None:
        """The task met an internal fault and starts over."""
        self._faults += 1

    def snapshot(self, now: float) -> DestinationStatus:
        """How it is doing now."""
        return DestinationStatus(
            id=self._destination.id,
            kind=self._destination.kind,
            purpose=self._destination.purpose,
            circuit=self._circuit,
            cursor=self.cursor,
            lag_records=max(0, self._size - self.cursor),
            lag_seconds=0.0 if self._mark is None else max(0.0, now - self._mark[1]),
            failures=self.failures,
            retry_at=self._retry_at,
            trouble=self._trouble,
            last_status=self._last_status,
            last_delivered_at=self._last_delivered_at,
            delivered=self._delivered,
            silent=self._silent,
            attempts=self._attempts,
            faults=self._faults,
            dead_letters=self.dead_letters,
        )

    def _tell_up(self) -> None:
        if self._is_down:
            self._is_down = False
            if self._reports is not None:
                self._reports.up(self._destination.id)

    def _close(self) -> None:
        self.failures = 0
        self._circuit = Circuit.CLOSED

    def _measure(self, now: float) -> None:
        """Keep a mark (size, when) ahead of the cursor: what lies before it has waited since then at least."""
        if self._mark is not None and self.cursor >= self._mark[0]:
            self._mark = None
        if self._mark is None and self.cursor < self._size:
            self._mark = (self._size, now)
