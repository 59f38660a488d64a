"""Recorded TCF and GPP strings, damaged in every way: never a failure, never more than the ledger permits.

Nothing in these strings is signed, so one that was altered by somebody who knows the form is a well-formed string that says something
else. What keeps that harmless is the rule that a claim only narrows: whatever stands in it, the person's own records are the most that
passes. What a mere accident does to a string (an end that is missing, signs that cannot be) must not even widen the claim.
"""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import ABSENT, Claims, claim_mask
from consent.gpp import GppError, read_gpp
from consent.tcf import TcfError, read_tcf
from tests.journey.in_process import inside
from tests.journey.shop import item, view
from tests.requirement import whole_campaign
from tests.unit.consent.material import DEFAULT

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ALIEN = "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}\0\n é€\U0001f600"
MUTATIONS = 400 if whole_campaign() else 40
ALL = DEFAULT.all_mask


def vectors(directory: Path) -> list[tuple[str, str]]:
    """Every recorded string with its kind."""
    with (directory / "consent" / "consent_strings.csv").open(newline="") as file:
        return [("gpp" if row["kind"] == "gpp" else "tcf", row["string"]) for row in csv.DictReader(file)]


def mask(kind: str, text: object) -> int:
    return claim_mask(Claims(**{kind: text}), DEFAULT)


def is_read(kind: str, text: str) -> bool:
    """Whether the string is one of its form at all."""
    try:
        (read_gpp if kind == "gpp" else read_tcf)(text)
    except (GppError, TcfError):
        return False
    return True


def test_there_are_as_many_as_were_recorded(datasets: Path) -> None:
    found = vectors(datasets)
    assert (sum(kind == "tcf" for kind, _ in found), sum(kind == "gpp" for kind, _ in found)) == (73, 19)
    assert any(mask(kind, text) not in (0, ALL) for kind, text in found), "some of them narrow"


def ends_a_segment(text: str, end: int) -> bool:
    """Whether a string that is cut off here may still be one of whole segments: only zeros are missing from its last."""
    return text[end:].partition(".")[0].strip("A") == ""


def test_a_string_cut_off_within_a_segment_allows_no_more_than_the_whole(datasets: Path) -> None:
    for kind, text in vectors(datasets):
        whole = mask(kind, text)
        for end in range(len(text)):
            if not ends_a_segment(text, end):
                assert mask(kind, text[:end]) & ~whole == 0, (kind, end)


def test_one_that_ends_between_segments_allows_no_more_than_its_core(datasets: Path) -> None:
    # What the site's own segment took away is gone with it: nothing in the rest tells that it was there.
    ends = 0
    for text in (text for kind, text in vectors(datasets) if kind == "tcf" and is_read(kind, text)):
        said = read_tcf(text).purposes
        core = sum(1 << each.bit for each in DEFAULT.purposes if set(each.mappings.tcf) <= said)
        for end in (end for end in range(len(text)) if ends_a_segment(text, end)):
            assert mask("tcf", text[:end]) & ~core & DEFAULT.purposes_mask == 0
            ends += text[end] == "."
    assert ends > 0


def test_a_sign_that_cannot_be_there_leaves_nothing(datasets: Path) -> None:
    chance = Random(92)
    for kind, text in vectors(datasets):
        for _ in range(MUTATIONS):
            at = chance.randrange(len(text) + 1)
            alien = chance.choice(ALIEN)
            assert mask(kind, text[:at] + alien + text[at:]) == 0
            assert mask(kind, text[:at] + alien + text[at + 1 :]) == 0 or at == len(text)


def test_a_changed_sign_is_read_as_what_it_then_says_or_leaves_nothing(datasets: Path) -> None:
    chance = Random(93)
    unreadable = 0
    for kind, text in vectors(datasets):
        for _ in range(MUTATIONS):
            at = chance.randrange(len(text))
            damaged = text[:at] + chance.choice(ALPHABET + ".~") + text[at + 1 :]
            left = mask(kind, damaged)
            assert left & ~ALL == 0
            if not is_read(kind, damaged):
                unreadable += 1
                assert left == 0
    assert unreadable > 0, "some of the damage is noticed"


async def test_whatever_is_said_a_refused_person_stays_refused_and_everybody_gets_an_answer(
    datasets: Path, tmp_path: Path
) -> None:
    chance = Random(94)
    everything = "CP" + "_" * 200
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        for who in ("refuses", "gives"):
            await served.consent(who, "given")
            await served.batch([view(who, item(1, 1))])
        await served.consent("refuses", "refused")
        personalised = 0
        for kind, text in [*vectors(datasets), ("tcf", everything), ("gpp", "DBABMA~" + everything)]:
            at = chance.randrange(len(text))
            for said in (text, text[:at], text[:at] + chance.choice(ALPHABET) + text[at + 1 :]):
                assert not (await served.decide("refuses", signals={kind: said}))["personalised"]
                answer = await served.decide("gives", signals={kind: said})
                left = bool(mask(kind, said) >> DEFAULT.bits["recommendations"] & 1)
                assert answer["personalised"] is left
                personalised += left
        assert personalised > 0


@given(st.sampled_from(["tcf", "gpp"]), st.text(max_size=400))
def test_garbage_leaves_nothing(kind: str, text: str) -> None:
    assert mask(kind, text) == 0 or is_read(kind, text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["categoryPreferences", "google", "gcs", "gcd", "ad_storage", "Analytics", "allowedConsentIds",
             "deniedConsentIds", "resolutionStrategy", "provider"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300)
@given(_JSON, _JSON, _JSON, st.none() | _JSON)
def test_no_claim_of_any_shape_fails_and_each_of_them_narrows(consent, managers, google, gpc) -> None:
    alone = [
        claim_mask(Claims(**{name: said}), DEFAULT)
        for name, said in (("consent", consent), ("consent_management", managers), ("google", google))
    ]
    together = claim_mask(
        Claims(
            consent=consent, consent_management=managers, google=google, gpc=ABSENT if gpc is None else gpc
        ),
        DEFAULT,
    )
    assert together & ~(alone[0] & alone[1] & alone[2]) == 0


@pytest.mark.parametrize(
    "raw", [b"", b"{", b'{"google":{"gcs":"G111","gcs":"G111"}}', b"\xff", b"nul", b"[" * 9_000]
)
def test_raw_json_that_cannot_be_read_leaves_nothing(raw: bytes) -> None:
    for name in ("consent", "consent_management", "google"):
        assert claim_mask(Claims(**{name: raw}), DEFAULT) == 0
