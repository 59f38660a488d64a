"""Routing: permitted signals to destinations.

The audit log is the outbox. Every durable record carries its signals sealed per person and purpose; each destination
has one purpose, a durable cursor into the log, and a task of its own that reads on from the cursor *through consent as
it stands now*: a person who withdrew is silently absent, because the key is gone. What was read is checked again each
time before bytes leave. A batch is delivered at least once, with ids that let a receiver drop repetitions; what cannot
be delivered becomes a dead letter, which is a place in the log and no data. One slow destination stalls no other.

The reader's path: `worker` (the loop) -> `delivery` (one batch) -> `http_sink`, `file_sink` (the far ends).
"""

from gateway.routing.answers import Trouble
from gateway.routing.backoff import RetryPolicy
from gateway.routing.configured import NamedDestinations, destinations_of, read_destinations
from gateway.routing.delivery import DeliveryParts
from gateway.routing.delivery_log import DeliveryLog
from gateway.routing.destination import Destination, Kind, check_destinations
from gateway.routing.errors import (
    CursorMovedBackError,
    DestinationConfigError,
    FeedError,
    RoutingError,
    RoutingStoreError,
    UnknownDestinationError,
)
from gateway.routing.health import Circuit, DestinationStatus
from gateway.routing.loop_timer import LoopTimer
from gateway.routing.model import DeadLetter, FeedPage, LetterKey, LetterReason, RetryReport, RoutedSignal
from gateway.routing.ports import PermittedFeed, RoutingStore, Timer
from gateway.routing.reports import JournalReports, Reports
from gateway.routing.router import Router
from gateway.routing.sinks import SinkMaker
from gateway.routing.store_memory import MemoryRoutingStore

__all__ = [
    "Circuit",
    "CursorMovedBackError",
    "DeadLetter",
    "DeliveryLog",
    "DeliveryParts",
    "Destination",
    "DestinationConfigError",
    "DestinationStatus",
    "FeedError",
    "FeedPage",
    "JournalReports",
    "Kind",
    "LetterKey",
    "LetterReason",
    "LoopTimer",
    "MemoryRoutingStore",
    "NamedDestinations",
    "PermittedFeed",
    "Reports",
    "RetryPolicy",
    "RetryReport",
    "RoutedSignal",
    "Router",
    "RoutingError",
    "RoutingStore",
    "RoutingStoreError",
    "SinkMaker",
    "Timer",
    "Trouble",
    "UnknownDestinationError",
    "check_destinations",
    "destinations_of",
    "read_destinations",
]
