"""Flower's grid as `Carrier`: the driver's side, inside a ServerApp."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from flwr.app import Message
from flwr.serverapp import Grid

from federated.flower.packing import MESSAGE_TYPE, pack, unpack_answer

_POLL_SECONDS = 0.2
"""Flower's own waiting looks every three seconds."""


class GridCarrier:
    """Takes messages to nodes that are known by their public key."""

    def __init__(self, grid: Grid, nodes: Callable[[], Mapping[bytes, int]]) -> None:
        """Carry over `grid`.

        Args:
            grid: of the run.
            nodes: by the names of their devices, asked at each exchange: a device that left is not in it any more.
        """
        self._grid = grid
        self._nodes = nodes

    def exchange(self, step: str, messages: Mapping[bytes, bytes], seconds: float) -> Mapping[bytes, bytes]:
        """See the port."""
        nodes = self._nodes()
        reached = [device for device in messages if device in nodes]
        sent = [
            Message(
                content=pack(step, messages[device]),
                dst_node_id=nodes[device],
                message_type=MESSAGE_TYPE,
                ttl=seconds + 5.0,
            )
            for device in reached
        ]
        ids = list(self._grid.push_messages(sent))
        waiting = {each: device for each, device in zip(ids, reached, strict=True) if each}
        answers: dict[bytes, bytes] = {}
        deadline = time.monotonic() + seconds
        while waiting and time.monotonic() < deadline:
            for reply in self._grid.pull_messages(list(waiting)):
                device = waiting.pop(reply.metadata.reply_to_message_id, None)
                body = None if reply.has_error() else unpack_answer(reply)
                if device is not None and body is not None:
                    answers[device] = body
            if waiting:
                time.sleep(_POLL_SECONDS)
        return answers
