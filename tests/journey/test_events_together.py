"""Events of requests that come in at once are recorded together; each request is answered as if it had come alone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from audit import LogUnavailableError
from gateway.enforcement import Enforcement
from gateway.event_chunk import EventChunk
from gateway.event_path import GROUP, EventPath
from gateway.memory.consumers import Consumers
from gateway.memory.people import People
from tests.journey.breaking import Breaking
from tests.journey.in_process import Inside, inside
from tests.journey.shop import item, view


class Watched:
    """The groups that are appended, and what the log is given for them."""

    def __init__(self, served: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: list[list[EventChunk]] = []
        self.bytes: list[int] = []
        append = EventPath._append
        take = type(served.running.front._events._entries).append

        def watched(path: EventPath, group: list[EventChunk]) -> None:
            self.groups.append(group)
            append(path, group)

        def weighed(entries: Any, said: list[bytes], sealed: list[bytes], *more: Any, **named: Any) -> int:
            self.bytes.append(sum(map(len, [*said, *sealed])))
            return take(entries, said, sealed, *more, **named)

        monkeypatch.setattr(EventPath, "_append", watched)
        monkeypatch.setattr(type(served.running.front._events._entries), "append", weighed)


async def ada_consents(served: Inside) -> None:
    """Let somebody be known, of whom events are taken."""
    await served.stock()
    assert (await served.consent("ada", "given")).status_code == 200


async def test_each_request_is_told_of_its_own_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(tmp_path / "volens") as served:
        await ada_consents(served)
        watched, before = Watched(served, monkeypatch), served.services.sequencer.size
        answers = await asyncio.gather(
            served.batch([view("ada", item(1, 2)), view("ada", item(1, 3))]),
            served.batch([view("bob", item(1, 2))]),
            served.batch([view("ada", item(2, 1)), view("bob", item(1, 2)), view("bob", item(1, 3))]),
        )
        assert [(each["accepted"], each["reasons"]) for each in (answer.json() for answer in answers)] == [
            (2, {}),
            (0, {"no_record": 1}),
            (1, {"no_record": 2}),
        ]
        (group,) = watched.groups
        assert len(group) == 3
        assert sum(chunk.log_bytes for chunk in group) == watched.bytes[0]
        assert all(chunk.log_bytes for chunk in group)
        assert served.services.sequencer.size == before + 3 + 2, (
            "one for each accepted, one a request for the rest"
        )


async def test_a_message_that_two_requests_bring_at_once_is_taken_once(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await ada_consents(served)
        event = view("ada", item(1, 2))
        answers = [
            answer.json() for answer in await asyncio.gather(served.batch([event]), served.batch([event]))
        ]
        assert sorted(answer["accepted"] for answer in answers) == [0, 1]
        assert {"duplicate": 1} in [answer["reasons"] for answer in answers]


async def test_no_group_is_longer_than_it_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with inside(tmp_path / "volens") as served:
        await ada_consents(served)
        watched = Watched(served, monkeypatch)
        sizes = [GROUP + 100, 150, 1, 150, 150]
        answers = await asyncio.gather(
            *[served.batch([view("ada", item(1, n % 5)) for n in range(size)]) for size in sizes]
        )
        assert [answer.json()["accepted"] for answer in answers] == sizes
        together = [sum(len(chunk.events) for chunk in group) for group in watched.groups]
        assert sum(together) == sum(sizes)
        assert max(together) <= GROUP
        assert len(together) < len(sizes) + 1


async def test_who_withdraws_while_an_event_waits_is_not_learnt_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(tmp_path / "volens") as served:
        await ada_consents(served)
        people: People = served.services.people
        (slot,) = people.slots()
        before = served.services.sequencer.size
        wait = EventPath._wait_for_lull

        def withdrawn_then(path: EventPath, chunk: EventChunk) -> None:
            wait(path, chunk)
            people.deny(slot, people.mask[slot])

        monkeypatch.setattr(EventPath, "_wait_for_lull", withdrawn_then)
        answer = await served.batch([view("ada", item(1, 2))])
        assert answer.json()["reasons"] == {"refused": 1}
        assert served.services.sequencer.size == before + 1, "the entry that counts it"


async def test_a_defect_in_the_events_of_one_request_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(tmp_path / "volens") as served:
        await ada_consents(served)
        judge_each = Enforcement.judge_each

        def defect(enforcement: Enforcement, slots: Any, names: Any, *more: Any) -> Any:
            if len(names) == 2:
                raise ZeroDivisionError
            return judge_each(enforcement, slots, names, *more)

        monkeypatch.setattr(Enforcement, "judge_each", defect)
        spoilt = [view("ada", item(1, 2)), view("ada", item(1, 3))]
        one, two, three = await asyncio.gather(
            served.batch([view("ada", item(2, 1))]),
            served.batch(spoilt),
            served.batch([view("ada", item(2, 2))]),
        )
        assert [one.json()["accepted"], two.status_code, three.json()["accepted"]] == [1, 500, 1]
        monkeypatch.undo()
        assert (await served.batch(spoilt)).json()["accepted"] == 2, "they had not happened"


async def test_a_defect_in_sealing_the_events_of_one_request_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(tmp_path / "volens") as served:
        await ada_consents(served)
        people: People = served.services.people
        (slot,) = people.slots()
        before, number = served.services.sequencer.size, people.number[slot]
        seal = Enforcement.seal

        def defect(enforcement: Enforcement, events: Any, *more: Any) -> Any:
            if any(attributes["product_id"] == item(1, 3) for _, _, _, attributes, *_ in events):
                raise ZeroDivisionError
            return seal(enforcement, events, *more)

        monkeypatch.setattr(Enforcement, "seal", defect)
        spoilt = [view("ada", item(1, 3))]
        one, two, three = await asyncio.gather(
            served.batch([view("ada", item(2, 1))]),
            served.batch(spoilt),
            served.batch([view("ada", item(2, 2)), view("bob", item(2, 2))]),
        )
        assert [one.json()["accepted"], two.status_code, three.json()["accepted"]] == [1, 500, 1]
        assert served.services.sequencer.size == before + 3
        assert people.number[slot] == number + 2, "no number is used up by what did not happen"
        monkeypatch.undo()
        assert (await served.batch(spoilt)).json()["accepted"] == 1, "it had not happened"


async def test_what_the_log_refuses_is_refused_to_all_of_them_and_taken_when_they_come_again(
    tmp_path: Path,
) -> None:
    async with inside(tmp_path / "volens") as served:
        await ada_consents(served)
        people: People = served.services.people
        number = people.number[next(iter(people.slots()))]
        sent = [[view("ada", item(1, n))] for n in range(2, 5)]
        broken = Breaking(served.running.front._events._entries, "append", LogUnavailableError("down"))
        answers = await asyncio.gather(*[served.batch(events) for events in sent])
        assert [answer.status_code for answer in answers] == [503] * 3
        assert people.number[next(iter(people.slots()))] == number, "no entry, so no number is used up"
        broken.mend()
        answers = await asyncio.gather(*[served.batch(events) for events in sent])
        assert [answer.json()["accepted"] for answer in answers] == [1] * 3


async def test_senders_are_told_though_a_consumer_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(tmp_path / "volens", expects_faults=True) as served:
        await ada_consents(served)

        def defect(*_: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(Consumers, "hand_over", defect)
        async with asyncio.timeout(120):
            answers = await asyncio.gather(*[served.batch([view("ada", item(1, n))]) for n in (2, 3)])
        assert [answer.json()["accepted"] for answer in answers] == [1, 1]
