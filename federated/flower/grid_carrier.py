"""Flower's grid as `Carrier`: the driver's side, inside a ServerApp."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from flwr.app import Message
from flwr.common.serde import message_from_proto
from flwr.proto.runtime_pb2 import (
    PullAppMessagesRequest,
    PullAppMessagesResponse,
    PushAppMessagesRequest,
    PushAppMessagesResponse,
)

from federated.flower.packing import MESSAGE_TYPE, pack, unpack_answer, whole

POLL_SECONDS = 0.2
"""Flower's own waiting looks every three seconds."""
TOGETHER = 32
"""Messages in one request to the link: of the longest contributions there are, 256 MiB."""

Listed = TypeVar("Listed")


class Runtime(Protocol):
    """What the link answers to a round's program, as far as it is needed here (`flwr.supercore.runtime.RuntimeHttpClient`).

    Contract:
        Concurrency: one call at a time.
        Durability: none; the link's state is in memory.
        Order: none between messages.
        Errors: `httpx.HTTPError` when the link is away.
        Absence: an answer that is not there yet is not in what is pulled; one that cannot come any more is an error message.
    """

    def PushMessages(self, request: PushAppMessagesRequest) -> PushAppMessagesResponse:  # noqa: N802 - Flower's
        """Have messages handed on; their ids, empty for one that is not."""
        ...

    def PullMessages(self, request: PullAppMessagesRequest) -> PullAppMessagesResponse:  # noqa: N802 - Flower's
        """The answers to messages that are there, once."""
        ...


class GridCarrier:
    """Takes messages to nodes that are known by their public key."""

    def __init__(self, runtime: Runtime, nodes: Callable[[], Mapping[bytes, int]]) -> None:
        """Carry over the link.

        Args:
            runtime: the link, as the round's program knows it.
            nodes: by the names of their devices, asked at each exchange: a device that left is not in it any more.
        """
        self._runtime = runtime
        self._nodes = nodes

    def exchange(self, step: str, messages: Mapping[bytes, bytes], seconds: float) -> Mapping[bytes, bytes]:
        """See the port."""
        deadline = time.monotonic() + seconds
        waiting = self._pushed(step, messages, seconds)
        answers: dict[bytes, bytes] = {}
        while waiting and time.monotonic() < deadline:
            for reply in self._pulled(list(waiting)):
                device = waiting.pop(reply.metadata.reply_to_message_id, None)
                body = None if reply.has_error() else unpack_answer(reply)
                if device is not None and body is not None:
                    answers[device] = body
            if waiting:
                time.sleep(POLL_SECONDS)
        return answers

    def _pushed(self, step: str, messages: Mapping[bytes, bytes], seconds: float) -> dict[str, bytes]:
        """The devices whose messages the link took, by the ids of these."""
        nodes, waiting = self._nodes(), dict[str, bytes]()
        reached = [device for device in messages if device in nodes]
        for some in _in_batches(reached):
            sent = [
                whole(
                    Message(
                        content=pack(step, messages[device]),
                        dst_node_id=nodes[device],
                        message_type=MESSAGE_TYPE,
                        ttl=seconds + 5.0,
                    )
                )
                for device in some
            ]
            request = PushAppMessagesRequest(
                messages_list=[message for message, _ in sent],
                message_object_trees=[tree for _, tree in sent],
            )
            ids = self._runtime.PushMessages(request).message_ids
            waiting |= {each: device for each, device in zip(ids, some, strict=True) if each}
        return waiting

    def _pulled(self, ids: Sequence[str]) -> Iterator[Message]:
        for some in _in_batches(ids):
            found = self._runtime.PullMessages(PullAppMessagesRequest(message_ids=some))
            yield from map(message_from_proto, found.messages_list)


def _in_batches(listed: Sequence[Listed]) -> Iterator[Sequence[Listed]]:
    return (listed[at : at + TOGETHER] for at in range(0, len(listed), TOGETHER))
