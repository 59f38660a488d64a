"""A sealed signal opens under its own key and for its own entry, and otherwise not."""

from __future__ import annotations

import msgspec

from gateway.evidence.open_signals import open_signal
from gateway.evidence.sealing_events import NONCE_BYTES, seal_messages

KEY, TAG = bytes(range(32)), bytes(16)
SIGNAL = ("Product Viewed", (3,), 1_795_000_000, {"product_id": "p-3"})


def sealed() -> bytes:
    (found,) = seal_messages(KEY, TAG, bytes(NONCE_BYTES), [msgspec.msgpack.encode(SIGNAL)])
    return found


def test_it_says_what_was_sealed() -> None:
    assert open_signal(KEY, sealed(), TAG) == SIGNAL


def test_without_its_key_or_its_entry_it_says_nothing() -> None:
    assert open_signal(None, sealed(), TAG) is None
    assert open_signal(bytes(32), sealed(), TAG) is None
    assert open_signal(KEY, sealed(), bytes(15) + b"\1") is None
    assert open_signal(KEY, sealed()[:-1], TAG) is None
