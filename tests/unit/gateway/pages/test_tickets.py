"""What is under way is found by its name alone, in time, and there is an end to how much there is."""

from __future__ import annotations

import os

from gateway.pages.tickets import Tickets

NOW = 1_800_000_000
ROOM = 3


def tickets() -> Tickets[str]:
    return Tickets(room=ROOM, seconds=60, entropy=os.urandom)


def test_what_is_kept_is_found_by_its_name_until_its_time_is_over() -> None:
    kept = tickets()
    name = kept.keep("a sign-in", now=NOW)
    for _ in range(2):
        assert kept.find(name, now=NOW + 59) == "a sign-in"
    for wrong in (None, "", name[:-1], "\udcff"):
        assert kept.find(wrong, now=NOW) is None
    assert kept.find(name, now=NOW + 60) is None
    assert kept.find(name, now=NOW - 1) is None, "the clock stepped back"
    kept.end(None)
    kept.end(name)
    assert kept.find(name, now=NOW) is None


def test_what_is_taken_is_gone_even_if_it_came_too_late() -> None:
    kept = tickets()
    one, other = kept.keep("one", now=NOW), kept.keep("other", now=NOW)
    assert kept.take(one, now=NOW) == "one"
    assert kept.take(one, now=NOW) is None
    assert kept.take(other, now=NOW + 60) is None
    assert kept.find(other, now=NOW) is None


def test_the_first_gives_way_where_there_is_no_room() -> None:
    kept = tickets()
    names = [kept.keep(str(n), now=NOW) for n in range(ROOM + 1)]
    assert len(set(names)) == ROOM + 1
    assert [kept.find(name, now=NOW) for name in names] == [None, "1", "2", "3"]
