"""Messages go to the link whole and together, and their answers come back the same way: no request for each of their parts."""

from __future__ import annotations

import pytest
from flwr.app import Error, Message
from flwr.common.serde import message_from_proto
from flwr.proto.runtime_pb2 import PullAppMessagesResponse, PushAppMessagesResponse
from flwr.supercore.task_identity import TaskIdentity

from federated.flower.grid_carrier import TOGETHER, GridCarrier
from federated.flower.packing import pack_answer, unpack, whole

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def a_run(monkeypatch):
    """What Flower knows of a program that it runs."""
    for name in ("_task_id", "_run_id", "_node_id"):
        monkeypatch.setattr(TaskIdentity, name, 1)


class Link:
    """A link whose devices answer at once, with what they were sent spelt backwards."""

    def __init__(self, *, unknown=(), failing=(), silent=()):
        self.unknown, self.failing, self.silent = set(unknown), set(failing), set(silent)
        self.requests = []
        self._answers = {}

    def PushMessages(self, request):  # noqa: N802 - Flower's
        assert [tree.object_id for tree in request.message_object_trees] == [
            each.metadata.message_id for each in request.messages_list
        ]
        assert not any(tree.children for tree in request.message_object_trees)
        self.requests.append(("push", len(request.messages_list)))
        ids = []
        for proto in request.messages_list:
            asked = message_from_proto(proto)
            node, name = asked.metadata.dst_node_id, asked.metadata.message_id
            ids.append("" if node in self.unknown else name)
            if node in self.failing:
                self._answers[name] = Message(Error(code=2, reason="gone"), reply_to=asked)
            elif node not in self.silent:
                self._answers[name] = Message(pack_answer(unpack(asked)[1][::-1]), reply_to=asked)
        return PushAppMessagesResponse(message_ids=ids)

    def PullMessages(self, request):  # noqa: N802 - Flower's
        self.requests.append(("pull", len(request.message_ids)))
        there = [self._answers.pop(each) for each in request.message_ids if each in self._answers]
        return PullAppMessagesResponse(messages_list=[whole(each)[0] for each in there])


def device(number):
    return bytes([number % 256, number // 256])


def exchange(link, count, seconds=PATIENCE):
    carrier = GridCarrier(link, lambda: {device(n): n + 1 for n in range(count)})
    return carrier.exchange("keys", {device(n): b"to %d" % n for n in range(count)}, seconds)


def test_answers_come_back_to_whom_they_are_of():
    count = 2 * TOGETHER + 3
    link = Link()
    assert exchange(link, count) == {device(n): (b"to %d" % n)[::-1] for n in range(count)}
    assert link.requests == [(way, some) for way in ("push", "pull") for some in (TOGETHER, TOGETHER, 3)]


def test_a_device_that_is_away_or_fails_or_is_not_known_is_left_out_and_nobody_waits_for_it():
    link = Link(unknown={1}, failing={2})
    assert exchange(link, 4) == {device(2): b"2 ot", device(3): b"3 ot"}
    carrier = GridCarrier(Link(), dict)
    assert carrier.exchange("keys", {device(0): b"x"}, PATIENCE) == {}


def test_whoever_is_silent_is_waited_for_no_longer_than_a_step():
    link = Link(silent={2})
    assert exchange(link, 2, seconds=0.5) == {device(0): b"0 ot"}
    assert link.requests[-1] == ("pull", 1)


@pytest.mark.parametrize("body", [b"", bytes(100_000)])
def test_a_message_is_named_by_its_content_and_read_as_it_was_written(body):
    link = Link()
    carrier = GridCarrier(link, lambda: {b"one": 1})
    assert carrier.exchange("masked", {b"one": body}, PATIENCE) == {b"one": body[::-1]}
