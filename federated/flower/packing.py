"""One message of a round inside one message of Flower: the step and the bytes, nothing that Flower could read or count."""

from __future__ import annotations

from collections.abc import Mapping

from flwr.app import ConfigRecord, Message, RecordDict

_RECORD = "volens"
MESSAGE_TYPE = "train"


def pack(step: str, body: bytes) -> RecordDict:
    """What goes to a device."""
    return RecordDict({_RECORD: ConfigRecord({"step": step, "body": body})})


def pack_answer(body: bytes) -> RecordDict:
    """What comes back from one."""
    return RecordDict({_RECORD: ConfigRecord({"body": body})})


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
