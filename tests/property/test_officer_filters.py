"""Whatever somebody types into an address of the console: it is refused, or what the log says of it are words of closed lists."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from audit import Entry, Kind, Outcome, decode_entry, encode_entry
from consent import default_policy_text, parse_policy
from gateway.officer.filters import FilterRefusedError, read_range, read_wanted, words_of

POLICY = parse_policy(default_policy_text())
CODES = {entry.code for entry in POLICY.entries}
NAMES = ("kind", "outcome", "purpose", "from", "to", "before")
LIKELY = st.sampled_from(
    ["", "event", "personalised", "withheld.refused", *sorted(CODES), "2026-11-21", "1969-12-31", "7", "0"]
)


@given(
    st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text()), st.one_of(LIKELY, st.text()), max_size=7)
)
def test_what_is_understood_is_words_of_closed_lists_and_times(said: dict[str, str]) -> None:
    with suppress(FilterRefusedError):
        wanted, before = read_wanted(said, POLICY)
        words = words_of(wanted)
        assert words.get("kind", "event") in set(Kind)
        assert words.get("outcome", "done") in set(Outcome)
        assert words.get("purpose", "rec") in CODES | {"rec"}
        assert all(isinstance(words.get(name, 0), int) for name in ("first_at", "end_at"))
        assert set(words) <= {"kind", "outcome", "purpose", "first_at", "end_at"}
        assert before is None or before >= 0
        entry = encode_entry(Entry(kind=Kind.ADMIN, outcome=Outcome.DONE, at=0, detail=words))
        assert decode_entry(entry).detail == words


@given(st.dates(), st.dates())
def test_a_range_of_days_is_whole_days_with_the_last_in_it(first: object, last: object) -> None:
    with suppress(FilterRefusedError):
        begins, ends = read_range(str(first), str(last))
        assert begins is not None
        assert ends is not None
        assert begins < ends
        assert begins % 86_400 == ends % 86_400 == 0
        assert str(first) <= str(last)
