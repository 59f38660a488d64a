"""Streams: what they tell is a set, who may open one is checked at every step, and what must end ends."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from consent import Resolution
from gateway.errors import NotFoundError, UnavailableError
from gateway.memory.people import People
from gateway.push.sending import send
from gateway.push.streams import MAX_STREAMS_OF_ONE, Change, Streams
from privacy import SubjectRef

ANN, BOB = SubjectRef(b"a" * 16), SubjectRef(b"b" * 16)
MASK = 0b11


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def people() -> People:
    found = People()
    for number, ref in enumerate((ANN, BOB)):
        slot = found.add(ref, number, bytes(32))
        found.take_up(slot, permits(MASK))
    return found


def permits(mask: int) -> Resolution:
    return Resolution(mask=mask, refused_mask=0, expires_at=None, reasons={})


def opened(people: People, now: Any = None, max_streams: int = 2) -> Streams:
    identities: Any = SimpleNamespace(linked_or_own=lambda ref: ref)
    return Streams(people, identities, max_streams=max_streams, token_seconds=100.0, now=now or Time())


async def test_what_happens_between_two_looks_is_told_once(people: People) -> None:
    streams = opened(people)
    stream = streams.open_for(ANN)
    for _ in range(5):
        streams.flags_changed()
    streams.slates_changed([people.slot_of[ANN], people.slot_of[BOB]])
    assert await stream.wait(1) == {Change.FLAGS, Change.SLATE}
    assert await stream.wait(0.01) == set()


async def test_a_slate_is_told_to_its_person_only(people: People) -> None:
    streams = opened(people)
    ann, bob = streams.open_for(ANN), streams.open_for(BOB)
    streams.slates_changed([people.slot_of[BOB]])
    assert (ann.pending, bob.pending) == (set(), {Change.SLATE})
    streams.close(bob)
    streams.slates_changed([people.slot_of[BOB]])
    assert len(streams) == 1


async def test_a_token_dies_with_any_permission_and_so_does_its_stream(people: People) -> None:
    streams = opened(people)
    token = streams.issue(ANN)
    stream = streams.open(token)
    people.deny(people.slot_of[ANN], 0b10)
    with pytest.raises(NotFoundError):
        streams.open(token)
    streams.compare()
    assert stream.ended
    assert await stream.wait(1) == {Change.CONSENT, Change.FLAGS}
    assert streams.issue(ANN) != token
    assert streams.open(streams.issue(ANN)).ended is False, "what is left may be listened to"


async def test_a_token_dies_with_its_person_and_with_its_time(people: People) -> None:
    time = Time()
    streams = opened(people, time)
    token, nobodys = streams.issue(ANN), streams.issue(None)
    people.remove(people.slot_of[ANN])
    with pytest.raises(NotFoundError):
        streams.open(token)
    assert streams.open(nobodys).ended is False
    time.now += 100
    with pytest.raises(NotFoundError):
        streams.open(nobodys)
    with pytest.raises(NotFoundError):
        streams.open("made up")


async def test_a_token_stays_the_same_for_half_of_its_time(people: People) -> None:
    time = Time()
    streams = opened(people, time)
    token = streams.issue(ANN)
    time.now += 49
    assert streams.issue(ANN) == token, "a page whose address changed would connect again"
    time.now += 2
    assert streams.issue(ANN) != token
    assert streams.open(token).ended is False, "the old one lives on until its end"


async def test_a_grant_is_told_too(people: People) -> None:
    streams = opened(people)
    newcomer = SubjectRef(b"c" * 16)
    stream = streams.open_for(newcomer)
    slot = people.add(newcomer, 9, bytes(32))
    people.take_up(slot, permits(MASK))
    streams.compare()
    assert not stream.ended
    assert await stream.wait(1) == {Change.CONSENT, Change.FLAGS}
    streams.slates_changed([slot])
    assert await stream.wait(1) == {Change.SLATE}


async def test_there_are_only_so_many_and_none_after_the_end(people: People) -> None:
    streams = opened(people)
    first = streams.open_for(ANN)
    streams.open_for(ANN)
    with pytest.raises(UnavailableError):
        streams.open_for(BOB)
    streams.close(first)
    streams.open_for(BOB)
    streams.start()
    await streams.stop()
    assert [each.ended for each in streams._open] == [True, True]
    with pytest.raises(UnavailableError):
        streams.open_for(ANN)


async def test_one_person_does_not_take_all_of_them(people: People) -> None:
    streams = opened(people, max_streams=50)
    for _ in range(MAX_STREAMS_OF_ONE):
        streams.open_for(ANN)
    with pytest.raises(UnavailableError):
        streams.open_for(ANN)
    streams.open_for(BOB)
    token = streams.issue(None)
    for _ in range(MAX_STREAMS_OF_ONE + 1):
        streams.open(token)


async def test_what_goes_down_a_stream(people: People) -> None:
    streams = opened(people)
    stream = streams.open_for(ANN)
    sent = send(
        streams,
        stream,
        lambda changes: [{"type": each.value} for each in sorted(changes)],
        lambda: "v2",
        last_name="v1",
        heartbeat_seconds=0.01,
    )
    assert (await anext(sent)).startswith(b"retry: ")
    assert await anext(sent) == b'event: message\nid: v2\ndata: {"type": "flags"}\n\n', "it missed something"
    assert (await anext(sent)).startswith(b": ")
    stream.end()
    rest = [each async for each in sent]
    assert len(streams) == 0
    assert rest == []


async def test_a_listener_who_goes_away_leaves_nothing_behind(people: People) -> None:
    streams = opened(people)
    sent = send(streams, streams.open_for(ANN), lambda _: [], lambda: "v")
    await anext(sent)
    listening = asyncio.ensure_future(anext(sent))
    await asyncio.sleep(0)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert len(streams) == 0
