"""Searching a log: what is found is what a look at every entry would find, a page at a time, with nothing twice."""

from __future__ import annotations

import random

import pytest

from audit import Entry, Kind, Outcome, decode_entry, encode_entry
from consent import default_policy_text, parse_policy
from gateway.evidence import searching
from gateway.evidence.searching import Searching, Wanted
from gateway.officer.filters import FilterRefusedError, read_range, read_wanted, words_of

DAY = 86_400
START = 20_000 * DAY


class ListedLog:
    """A log that is a list, whose uses below an index went."""

    def __init__(self, entries: list[bytes], begins: int = 0) -> None:
        self._records = [(index, raw, b"") for index, raw in enumerate(entries) if stays(index, raw, begins)]
        self.durable_size = len(entries)

    def read(self, first: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        return [record for record in self._records if record[0] >= first][:limit]


def stays(index: int, raw: bytes, begins: int) -> bool:
    return index >= begins or decode_entry(raw).kind is Kind.ADMIN


def some_log(length: int = 400) -> list[bytes]:
    """Entries of several kinds over ten days."""
    chance = random.Random(7)
    kinds = [
        (Kind.EVENT, Outcome.ACCEPTED, ("rec",), {}),
        (Kind.DECISION, Outcome.PERSONALISED, ("rec",), {}),
        (Kind.DECISION, Outcome.UNPERSONALISED_REFUSED, ("ana",), {}),
        (Kind.WITHHELD, Outcome.DONE, (), {"refused": 2}),
        (Kind.ADMIN, Outcome.DONE, (), {}),
    ]
    made = []
    for n in range(length):
        kind, outcome, purposes, counts = chance.choice(kinds)
        detail = {"k": "event"} if kind is Kind.ADMIN else {}
        at = START + n * 10 * DAY // length
        made.append(
            encode_entry(
                Entry(kind=kind, outcome=outcome, at=at, purposes=purposes, counts=counts, detail=detail)
            )
        )
    return made


async def everything(log: list[bytes], wanted: Wanted, begins: int = 0) -> list[int]:
    """Every index that is found, page by page."""
    search = Searching(ListedLog(log, begins))  # type: ignore[arg-type]
    found: list[int] = []
    before = None
    while True:
        page = await search.find(wanted, before=before)
        found += [index for index, _ in page.entries]
        if page.before is None:
            return found
        before = page.before


WANTED = [
    Wanted(),
    Wanted(kind=Kind.EVENT),
    Wanted(kind=Kind.DECISION, outcome=Outcome.UNPERSONALISED_REFUSED),
    Wanted(outcome=Outcome.WITHHELD_REFUSED),
    Wanted(purpose="rec", first_at=START + 3 * DAY, end_at=START + 4 * DAY),
    Wanted(first_at=START + 20 * DAY),
    Wanted(end_at=START),
    Wanted(kind=Kind.ROUND),
]


@pytest.mark.parametrize("wanted", WANTED)
@pytest.mark.parametrize("budget", [searching.MOST_LOOKED_THROUGH, 37])
@pytest.mark.parametrize("begins", [0, 150])
async def test_the_pages_together_are_what_a_look_at_every_entry_finds(
    wanted: Wanted, budget: int, begins: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_LOOKED_THROUGH", budget)
    monkeypatch.setattr(searching, "_AT_ONCE", 16)
    log = some_log()
    assert await everything(log, wanted, begins) == [
        index
        for index in reversed(range(len(log)))
        if is_wanted(log[index], wanted) and stays(index, log[index], begins)
    ]


def is_wanted(raw: bytes, wanted: Wanted) -> bool:
    """The same question, asked in another way."""
    entry = decode_entry(raw)
    named = {entry.outcome.value} | {f"withheld.{reason}" for reason in entry.counts}
    return (
        wanted.kind in (None, entry.kind)
        and (wanted.outcome is None or wanted.outcome.value in named)
        and (wanted.purpose is None or wanted.purpose in entry.purposes)
        and (wanted.first_at or 0) <= entry.at < (wanted.end_at or 1 << 60)
    )


async def test_an_empty_log_has_no_entries() -> None:
    assert await everything([], Wanted(first_at=1, end_at=2)) == []
    search = Searching(ListedLog([]))  # type: ignore[arg-type]
    assert await search.entry(0) is None
    assert await search.entry(-1) is None


async def test_an_entry_is_found_by_its_place() -> None:
    log = some_log(3)
    found = await Searching(ListedLog(log)).entry(2)  # type: ignore[arg-type]
    assert found == (log[2], decode_entry(log[2]))


POLICY = parse_policy(default_policy_text())


def test_a_filter_is_read_from_words_and_days() -> None:
    said = {"kind": "decision", "outcome": "personalised", "purpose": POLICY.entries[0].code}
    wanted, before = read_wanted({**said, "from": "2024-10-04", "to": "2024-10-04", "before": "17"}, POLICY)
    assert before == 17
    assert wanted.first_at is not None
    assert wanted.end_at == wanted.first_at + DAY
    assert words_of(wanted) == {**said, "first_at": 1_728_000_000, "end_at": 1_728_086_400}
    assert read_wanted({"kind": "", "from": ""}, POLICY) == (Wanted(), None)


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "ada@example.org"},
        {"outcome": "fault.internal"},
        {"outcome": "Personalised"},
        {"purpose": "xyz"},
        {"from": "2024-13-01"},
        {"from": "20241004"},
        {"from": "2024-W40-5"},
        {"to": "9999-12-31"},
        {"from": "2024-10-05", "to": "2024-10-04"},
        {"before": "-1"},
        {"before": "١٢"},
        {"before": "1" * 16},
        {"who": "ada"},
    ],
)
def test_anything_else_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(FilterRefusedError):
        read_wanted(said, POLICY)


def test_a_range_may_be_open_on_either_side() -> None:
    assert read_range(None, "") == (None, None)
    assert read_range("1970-01-01", None) == (0, None)
