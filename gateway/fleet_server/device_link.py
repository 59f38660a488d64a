"""A device's end of the fleet's door: it fetches what it is asked, and brings its answer. Nothing that comes is run here.

A stock SuperNode runs whatever program the server sends it. This does not even fetch it: what answers is `Participant`, which
was installed with the device, and which refuses rounds that are for another program.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from flwr.app import Error, Message
from flwr.common.serde import message_from_proto
from flwr.proto.fleet_pb2 import ActivateNodeRequest, PullMessagesRequest, PushMessagesRequest
from flwr.proto.heartbeat_pb2 import SendNodeHeartbeatRequest
from flwr.proto.node_pb2 import Node
from flwr.supercore.interceptors.http.runtime_version import RuntimeVersionHttpInterceptor
from flwr.supercore.primitives.asymmetric import public_key_to_bytes
from flwr.supernode.fleet_http_client import FleetHttpClient
from flwr.supernode.node_auth_http_interceptor import NodeAuthHttpInterceptor

from federated.flower.packing import pack_answer, unpack, whole

HEARTBEAT_SECONDS = 30.0
_NOT_KNOWN = frozenset(
    {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND, httpx.codes.PRECONDITION_FAILED}
)
"""What a link says that does not know this device: to a key that is not registered, and to a node of a link before it."""
_UNKNOWN = 2
"""Flower's code for an error that has none of its own."""

Answer = Callable[[str, bytes], bytes]
"""Step and body to the answer's body: `Participant.answer`."""


class LinkClosedError(Exception):
    """The door does not know this device, or not any more. The next turn introduces it anew."""


class DeviceLink:
    """One device's connection. Not for several threads."""

    def __init__(
        self, address: str, certificate: bytes, key: ec.EllipticCurvePrivateKey, answer: Answer
    ) -> None:
        """Prepare a connection to `address` (host:port), whose certificate is signed by `certificate` (PEM)."""
        self._public = public_key_to_bytes(key.public_key())
        self._client = FleetHttpClient.from_server_address(
            address,
            False,
            certificate,
            interceptors=[
                RuntimeVersionHttpInterceptor(component_name="SuperNode"),
                NodeAuthHttpInterceptor(key, key.public_key()),
            ],
        )
        self._answer = answer
        self._node: Node | None = None
        self._last_heartbeat = 0.0

    def close(self) -> None:
        """Hang up on the gateway."""
        self._client.close()

    def turn(self) -> bool:
        """Look once whether there is something to answer, and answer it. Returns whether there was.

        Raises:
            LinkClosedError: the door does not know this device.
            httpx.HTTPError: the door cannot be reached now, or something else is wrong with it.
        """
        try:
            return self._turn()
        except httpx.HTTPStatusError as exc:
            if exc.response.status_code not in _NOT_KNOWN:
                raise
            self._node = None
            raise LinkClosedError from exc

    def _turn(self) -> bool:
        node = self._present()
        pulled = self._client.PullMessages(PullMessagesRequest(node=node))
        if not pulled.messages_list:
            return False
        reply, tree = whole(self._said(message_from_proto(pulled.messages_list[0])))
        self._client.PushMessages(
            PushMessagesRequest(
                node=node, messages_list=[reply], message_object_trees=[tree], clientapp_runtime_list=[0.0]
            )
        )
        return True

    def _present(self) -> Node:
        if self._node is None:
            request = ActivateNodeRequest(public_key=self._public, heartbeat_interval=HEARTBEAT_SECONDS)
            self._node = Node(node_id=self._client.ActivateNode(request).node_id)
            self._last_heartbeat = time.monotonic()
        elif time.monotonic() - self._last_heartbeat > HEARTBEAT_SECONDS / 2:
            request = SendNodeHeartbeatRequest(node=self._node, heartbeat_interval=HEARTBEAT_SECONDS)
            self._client.SendNodeHeartbeat(request)
            self._last_heartbeat = time.monotonic()
        return self._node

    def _said(self, message: Message) -> Message:
        asked = unpack(message)
        if asked is None:
            return Message(Error(code=_UNKNOWN, reason="not a message of a round"), reply_to=message)
        return Message(pack_answer(self._answer(*asked)), reply_to=message)
