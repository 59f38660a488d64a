"""One message of a round inside one message of Flower: the step and the bytes, nothing that Flower could read or count.

Flower takes a message apart into objects, each of which is asked for and brought by a request of its own: nine requests for an
answer. Here the content travels inside the message, in the field that Flower's own format has for it: two requests. The
link keeps and hands on what is in a message; the tree of objects that goes with it names the message alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from flwr.app import ConfigRecord, Message, RecordDict
from flwr.common.serde import message_to_proto
from flwr.proto.message_pb2 import Message as WholeMessage
from flwr.proto.message_pb2 import ObjectTree

_RECORD = "volens"
MESSAGE_TYPE = "train"


def pack(step: str, body: bytes) -> RecordDict:
    """What goes to a device."""
    return RecordDict({_RECORD: ConfigRecord({"step": step, "body": body})})


def pack_answer(body: bytes) -> RecordDict:
    """What comes back from one."""
    return RecordDict({_RECORD: ConfigRecord({"body": body})})


def whole(message: Message) -> tuple[WholeMessage, ObjectTree]:
    """A message with its content in it, under the name that Flower gives it, and the tree that names nothing else."""
    name = message.object_id
    message.metadata.__dict__["_message_id"] = name
    return message_to_proto(message), ObjectTree(object_id=name)


def unpack(message: Message) -> tuple[str, bytes] | None:
    """Step and body of a message to a device; None if it is something else."""
    found = _record_of(message)
    step, body = found.get("step"), found.get("body")
    return (step, body) if isinstance(step, str) and isinstance(body, bytes) else None


def unpack_answer(message: Message) -> bytes | None:
    """The body of an answer; None if the device could not answer, or answered something else."""
    body = _record_of(message).get("body")
    return body if isinstance(body, bytes) else None


def _record_of(message: Message) -> Mapping[str, object]:
    if not message.has_content():
        return {}
    found = message.content.get(_RECORD)
    return dict(found) if isinstance(found, ConfigRecord) else {}
