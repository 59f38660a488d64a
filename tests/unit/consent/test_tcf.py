"""TCF strings: recorded ones, made ones, damaged ones, and what the framework's own library says of them."""

from __future__ import annotations

import base64
import csv
import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.signals import Claims, claim_mask
from consent.tcf import MAX_CHARACTERS, TcfConsent, TcfError, read_tcf
from tests.requirement import datasets_directory, require, require_path
from tests.unit.consent.material import DEFAULT

CLIENTS = Path(__file__).parents[2] / "clients"
RANGES = {"ranges that overlap or run backwards"}
BROKEN = 2
"""Recorded strings that are cut off, in tests of those who recorded them too."""


def recorded() -> list[dict[str, str]]:
    with (datasets_directory() / "consent" / "consent_strings.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] == "tcf2"]


def packed(digits: str) -> str:
    digits += "0" * (-len(digits) % 8)
    raw = int(digits, 2).to_bytes(len(digits) // 8, "big")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def bits(value: int, width: int) -> str:
    return f"{value:0{width}b}"


def flags(which: set[int], width: int) -> str:
    return "".join("1" if n in which else "0" for n in range(1, width + 1))


def made(  # every field that the reader looks at
    purposes: set[int],
    *,
    policy: int = 5,
    specific: bool = True,
    cmp: int = 7,
    vendors: set[int] = frozenset(),  # type: ignore[assignment]
    ranges: bool = False,
    publisher: set[int] | None = None,
    disclosed: bool = True,
) -> str:
    """A TCF string, written by the book."""
    core = bits(2, 6) + bits(16_000_000_000, 36) * 2 + bits(cmp, 12) + bits(1, 12) + bits(0, 6) + bits(0, 12)
    core += bits(99, 12) + bits(policy, 6) + bits(specific, 1) + "0" + flags(set(), 12)
    core += flags(purposes, 24) + flags(set(), 24) + "0" + bits(0, 12)
    core += vendor_section(vendors, ranges=ranges) + bits(0, 16) + "0" + bits(0, 12)
    segments = [packed(core)]
    if disclosed:
        segments.append(packed(bits(1, 3) + vendor_section({1, 5}, ranges=False)))
    if publisher is not None:
        segments.append(packed(bits(3, 3) + flags(publisher, 24) + flags(set(), 24) + bits(0, 6)))
    return ".".join(segments)


def vendor_section(vendors: set[int], *, ranges: bool) -> str:
    highest = max(vendors, default=0)
    if not ranges:
        return bits(highest, 16) + "0" + flags(vendors, highest)
    return (
        bits(highest, 16) + "1" + bits(len(vendors), 12) + "".join("0" + bits(v, 16) for v in sorted(vendors))
    )


def test_every_recorded_string_says_what_was_recorded() -> None:
    rows = recorded()
    assert len(rows) == 73
    broken = 0
    for row in rows:
        try:
            said = read_tcf(row["string"])
        except TcfError:
            broken += 1
            continue
        assert said.purposes == {int(n) for n in row["purposes_consent"].split(",") if n}
        assert (said.cmp_id, said.vendor_list) == (int(row["cmp_id"]), int(row["gvl_version"]))
        assert (said.policy_version, said.service_specific) == (
            int(row["policy_version"]),
            row["is_service_specific"] == "1",
        )
    assert broken == BROKEN


@pytest.mark.foreign
def test_the_frameworks_own_library_reads_the_same() -> None:
    require_path(CLIENTS / "node_modules" / "@iabtechlabtcf", "npm ci in tests/clients")
    texts = [row["string"] for row in recorded()]
    texts += [made({1, 5}, vendors={2, 700}, ranges=ranges, publisher={1}) for ranges in (False, True)]
    done = subprocess.run(
        [require("node"), "decode_tcf.mjs"],
        cwd=CLIENTS,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    compared = 0  # about half of the recorded strings come from no registered platform, which it refuses
    for text, theirs in zip(texts, json.loads(done.stdout), strict=True):
        ours = read_or_none(text)
        if theirs is None:
            assert ours is None or not ours.usable
            continue
        assert ours is not None
        assert fields_of(ours) == {
            name: frozenset(value) if isinstance(value, list) else value for name, value in theirs.items()
        }
        compared += 1
    assert compared > len(texts) // 3


def read_or_none(text: str) -> TcfConsent | None:
    try:
        return read_tcf(text)
    except TcfError:
        return None


def fields_of(said: TcfConsent) -> dict[str, Any]:
    names = ("cmp_id", "vendor_list", "policy_version", "service_specific")
    sets = ("purposes", "special_features", "vendors")
    return {name: getattr(said, name) for name in names + sets}


@given(
    purposes=st.sets(st.integers(1, 24)),
    vendors=st.sets(st.integers(1, 900), max_size=60),
    ranges=st.booleans(),
    publisher=st.none() | st.sets(st.integers(1, 24)),
    disclosed=st.booleans(),
)
def test_what_is_written_is_read(
    purposes: set[int], vendors: set[int], ranges: bool, publisher: set[int] | None, disclosed: bool
) -> None:
    text = made(purposes, vendors=vendors, ranges=ranges, publisher=publisher, disclosed=disclosed)
    said = read_tcf(text)
    assert (said.purposes, said.vendors, said.discloses_vendors) == (purposes, vendors, disclosed)
    assert said.publisher_purposes == publisher
    both = purposes if publisher is None else purposes & publisher
    assert {n for n in range(1, 25) if said.allows(n)} == (both if disclosed else set())


@pytest.mark.parametrize(
    ("made_so", "usable"),
    [
        ({}, True),
        ({"disclosed": False}, False),
        ({"disclosed": False, "policy": 4}, True),
        ({"specific": False}, False),
        ({"cmp": 1}, False),
    ],
)
def test_only_a_string_by_the_rules_of_its_framework_is_usable(made_so: dict[str, Any], usable: bool) -> None:
    assert read_tcf(made({5, 6}, **made_so)).usable is usable


def test_a_damaged_string_is_refused_or_read_and_never_told() -> None:
    random = Random(20261121)
    refusals = set()
    for row in recorded():
        text = row["string"]
        for _ in range(30):
            at = random.randrange(len(text))
            for damaged in (text[:at], text[:at] + random.choice("A_-z.~é\0") + text[at + 1 :], text + text):
                try:
                    read_tcf(damaged)
                except TcfError as refusal:
                    refusals.add(str(refusal))
    assert refusals <= {"not a TCF string", "another version", "a segment stands twice", *RANGES}
    assert len(refusals) > 2


@pytest.mark.parametrize("text", ["", ".", "x", "C" * 10, "C" * (MAX_CHARACTERS + 1), "B" + "A" * 80, "...."])
def test_what_is_no_string_is_refused(text: str) -> None:
    with pytest.raises(TcfError):
        read_tcf(text)


def test_a_segment_that_stands_twice_and_ranges_that_overlap_are_refused() -> None:
    publisher = made({1}, publisher={1}).split(".")[-1]
    with pytest.raises(TcfError):
        read_tcf(made({1}, publisher={1}) + "." + publisher)
    text = bits(1, 3) + bits(9, 16) + "1" + bits(2, 12) + ("1" + bits(2, 16) + bits(5, 16)) * 2
    with pytest.raises(TcfError):
        read_tcf(made({1}, disclosed=False) + "." + packed(text))


def test_a_claim_narrows_to_the_purposes_that_are_mapped_and_consented_to() -> None:
    def left(**claims: Any) -> set[str]:
        mask = claim_mask(Claims(**claims), DEFAULT)
        return {purpose.id for purpose in DEFAULT.purposes if mask >> purpose.bit & 1}

    mapped = {purpose.id: set(purpose.mappings.tcf) for purpose in DEFAULT.purposes}
    for said in (set(), {5}, {5, 6}, set(range(1, 25))):
        assert left(tcf=made(said)) == {name for name, needed in mapped.items() if needed <= said}
    assert left(tcf=made({5, 6}, specific=False)) == set()
    assert left(tcf=made({5, 6}).replace(".", "!")) == set()
