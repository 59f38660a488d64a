"""Sessions end: when idle, when old, at a sign-out, at an erasure, and when there is no room."""

from __future__ import annotations

import os

from gateway.pages.sessions import Sessions
from privacy import SubjectRef

ADA, BEA = SubjectRef(b"a" * 16), SubjectRef(b"b" * 16)


def sessions(room: int = 100) -> Sessions:
    return Sessions(idle_seconds=60, max_seconds=300, max_sessions=room, entropy=os.urandom)


def test_a_name_opens_its_own_session_and_no_other_does() -> None:
    kept = sessions()
    name = kept.open(ADA, now=0)
    found = kept.find(name, now=1)
    assert found is not None
    assert found.who == ADA
    assert len(name) == 43
    assert found.csrf != name
    for other in (None, "", name[:-1], name + "A", "A" * 43, "\ud800" * 43):
        assert kept.find(other, now=1) is None


def test_it_ends_when_it_is_idle_and_in_any_case_when_it_is_old() -> None:
    kept = sessions()
    idle = kept.open(ADA, now=0)
    assert kept.find(idle, now=59) is not None
    assert kept.find(idle, now=119) is None
    assert kept.find(idle, now=60) is None, "what ended does not come back"
    busy = kept.open(ADA, now=0)
    assert all(kept.find(busy, now=second) for second in range(0, 300, 30))
    assert kept.find(busy, now=300) is None
    assert len(kept) == 0


def test_a_sign_out_ends_one_and_an_erasure_ends_all_of_a_person() -> None:
    kept = sessions()
    first, second, other = kept.open(ADA, now=0), kept.open(ADA, now=0), kept.open(BEA, now=0)
    kept.close(first)
    kept.close("unknown")
    kept.close(None)
    assert kept.find(first, now=1) is None
    kept.end_all(ADA)
    assert kept.find(second, now=1) is None
    assert kept.find(other, now=1) is not None


def test_there_are_never_more_than_there_is_room_for() -> None:
    kept = sessions(room=3)
    names = [kept.open(ADA, now=0) for _ in range(5)]
    assert [kept.find(name, now=1) is not None for name in names] == [False, False, True, True, True]


def test_the_name_itself_is_nowhere_in_memory_of_ours() -> None:
    kept = sessions()
    name = kept.open(ADA, now=0)
    assert name not in repr(vars(kept))
