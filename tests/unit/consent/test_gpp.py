"""GPP strings: recorded ones, damaged ones, and ones that the framework's own library has written."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from consent.gpp import _BEGINNINGS, MAX_CHARACTERS, GppError, read_gpp
from consent.signals import Claims, claim_mask
from tests.requirement import datasets_directory, require, require_path
from tests.unit.consent.material import DEFAULT
from tests.unit.consent.test_tcf import made

CLIENTS = Path(__file__).parents[2] / "clients"
CANADA = 5
"""A section that is not known here."""
HEADER_OF_7, HEADER_OF_2 = "DBABLA", "DBABMA"
NOBODY_OPTED_OUT = "BVQqAAAAAgA"


def recorded() -> list[str]:
    with (datasets_directory() / "consent" / "consent_strings.csv").open(newline="") as file:
        return [row["string"] for row in csv.DictReader(file) if row["kind"] == "gpp"]


def library(wanted: list[Any]) -> list[Any]:
    """What the framework's own library writes, or the sections that it reads."""
    require_path(CLIENTS / "node_modules" / "@iabgpp", "npm ci in tests/clients")
    done = subprocess.run(
        [require("node"), "encode_gpp.mjs"],
        cwd=CLIENTS,
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


@pytest.mark.foreign
def test_every_recorded_string_has_the_sections_that_the_library_finds() -> None:
    texts = recorded()
    assert len(texts) == 19
    read = 0
    for text, theirs in zip(texts, library(texts), strict=True):
        if theirs is None or CANADA in theirs:
            with pytest.raises(GppError):
                read_gpp(text)
            continue
        assert list(read_gpp(text).sections) == theirs
        read += 1
    assert read == 14


@pytest.mark.foreign
def test_what_the_library_writes_for_each_section_is_read() -> None:
    random = Random(20261121)
    wanted = []
    for number, fields in _BEGINNINGS.items():
        for _ in range(8):
            said = {field: random.randrange(3) for field in fields if not field.startswith("Mspa")}
            wanted.append(
                {number: said} | random.choice([{}, {number: said | {"GpcSegmentType": 1, "Gpc": True}}])
            )
    texts = library(wanted)
    gpc = 0
    for wish, text in zip(wanted, texts, strict=True):
        ((number, fields),) = wish.items()
        signalled = fields.pop("Gpc", None)
        fields.pop("GpcSegmentType", None)
        if text is None:  # not every section of the library takes GPC
            assert signalled
            continue
        found = read_gpp(text)
        assert found.sections == (number,)
        assert {field: found.fields[0][field] for field in fields} == fields
        assert found.gpc is bool(signalled)
        gpc += found.gpc
    assert gpc > len(_BEGINNINGS)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (f"{HEADER_OF_7}~{NOBODY_OPTED_OUT}.QA", True),
        (f"{HEADER_OF_7}~CAAAAAAAAQA.QA", False),
        ("DBABTA~1YNN", True),
        ("DBABTA~1YYN", False),
        ("DBABTA~1Y-N", False),
    ],
)
def test_only_what_was_put_and_not_opted_out_of_is_allowed(text: str, allowed: bool) -> None:
    assert read_gpp(text).allows(("SaleOptOut", "SharingOptOut")) is allowed
    assert not read_gpp(text).allows(("NoSuchChoice",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        HEADER_OF_7,
        f"{HEADER_OF_7}~",
        f"{HEADER_OF_7}~{NOBODY_OPTED_OUT}~{NOBODY_OPTED_OUT}",
        f"{HEADER_OF_7}~AAAA",
        f"CBABLA~{NOBODY_OPTED_OUT}",
        "DBABTA~2YNN",
        "DBABTA~1YNx",
        f"{HEADER_OF_2}~not a string",
        "D" * (MAX_CHARACTERS + 1),
        "DB__________~x",
    ],
)
def test_what_is_no_string_is_refused(text: str) -> None:
    with pytest.raises(GppError):
        read_gpp(text)


def test_a_damaged_string_is_refused_or_read_and_never_told() -> None:
    random = Random(20261121)
    refusals = set()
    for text in recorded():
        for _ in range(60):
            at = random.randrange(len(text))
            for damaged in (
                text[:at],
                text[:at] + random.choice("A_-z.~é\0") + text[at + 1 :],
                text + "~" + text,
            ):
                try:
                    read_gpp(damaged)
                except GppError as refusal:
                    refusals.add(str(refusal))
    assert len(refusals) > 2
    assert not any(text[:6] in refusal for refusal in refusals for text in recorded())


def test_a_claim_narrows_by_choices_signal_and_tcf_section() -> None:
    def left(gpp: Any) -> set[str]:
        mask = claim_mask(Claims(gpp=gpp), DEFAULT)
        return {purpose.id for purpose in DEFAULT.purposes if mask >> purpose.bit & 1}

    everything = {purpose.id for purpose in DEFAULT.purposes}
    choosing = {purpose.id for purpose in DEFAULT.purposes if purpose.mappings.gpp}
    sensitive = {purpose.id for purpose in DEFAULT.purposes if purpose.gpc_sensitive}
    tcf = {purpose.id for purpose in DEFAULT.purposes if purpose.mappings.tcf}
    assert choosing
    assert left(f"{HEADER_OF_7}~{NOBODY_OPTED_OUT}.QA") == everything
    assert left(f"{HEADER_OF_7}~{NOBODY_OPTED_OUT}.YA") == everything - sensitive
    assert left(f"{HEADER_OF_7}~CAAAAAAAAQA.QA") == everything - choosing
    assert left(f"{HEADER_OF_2}~{made(set())}") == everything - tcf - choosing
    assert left(f"{HEADER_OF_2}~{made({5, 6}, specific=False)}") == set()
    assert left(None) == everything
    assert left("") == left(5) == left(f"{HEADER_OF_7}~x") == set()
