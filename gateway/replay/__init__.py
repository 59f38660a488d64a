"""Replay: recorded events, through the same public door as live ones.

A recording (Segment or OTTO JSON Lines, CSV, Parquet) is read line by line into events of the Segment
tracking API and sent to a running gateway in batches. Nothing is special about a replayed event: consent,
minimisation, evidence and duplicates are judged as for any other. A bad line is reported by its number,
counted and skipped; its content is never printed.
"""

from gateway.replay.client import GatewayClient
from gateway.replay.columns import parse_mapping
from gateway.replay.errors import ReplayError
from gateway.replay.events import track
from gateway.replay.model import BadLine, Recorded
from gateway.replay.recordings import Recording
from gateway.replay.registration import (
    Saying,
    items_of,
    products_of,
    put_consents,
    read_items,
    register_items,
    register_missing_items,
    subject_of,
    subjects_of,
)
from gateway.replay.sending import SendCounts, send_recording

__all__ = [
    "BadLine",
    "GatewayClient",
    "Recorded",
    "Recording",
    "ReplayError",
    "Saying",
    "SendCounts",
    "items_of",
    "parse_mapping",
    "products_of",
    "put_consents",
    "read_items",
    "register_items",
    "register_missing_items",
    "send_recording",
    "subject_of",
    "subjects_of",
    "track",
]
