"""Signed notes, with the vectors of C2SP and Tessera."""

from __future__ import annotations

import base64

import pytest

from audit import NoteError, NoteSigner, NoteVerifier, open_note
from tests.unit.audit.logs import SIGNER, STRANGER
from tests.vectors.audit import load

VECTORS = load("notes")
EXAMPLE = VECTORS["c2sp_example"]
OURS = VECTORS["ours"]
NOTE = SIGNER.sign("one\ntwo\n")


def test_the_example_of_c2sp_verifies() -> None:
    verifier = NoteVerifier.from_vkey(EXAMPLE["vkey"])
    note = open_note((EXAMPLE["text"] + "\n" + EXAMPLE["line"]).encode(), [verifier])
    assert note.text == EXAMPLE["text"]
    assert note.verified[0].name == "example.com/foo"


def test_our_key_and_signature_are_the_ones_that_others_accepted() -> None:
    signer = NoteSigner.from_seed("gateway.example/audit/r1", bytes.fromhex(OURS["log_seed"]))
    assert signer.vkey == OURS["vkey"]
    text = OURS["checkpoint"].partition("\n\n")[0] + "\n"
    assert signer.sign(text).decode() == OURS["checkpoint"]


def test_a_cosignature_of_a_witness_we_do_not_know_is_ignored() -> None:
    note = open_note((OURS["checkpoint"] + OURS["witness_line"]).encode(), [SIGNER.verifier])
    assert [s.name for s in note.verified] == ["gateway.example/audit/r1"]
    assert [s.name for s in note.unknown] == ["witness.example/w1"]
    assert int.from_bytes(note.unknown[0].value[:8], "big") == OURS["witness_time"]


def test_a_key_of_another_algorithm_is_not_taken_for_ours() -> None:
    with pytest.raises(NoteError):
        NoteVerifier.from_vkey(OURS["witness_key"])


def test_a_note_of_a_stranger_under_our_name_is_refused() -> None:
    with pytest.raises(NoteError):
        open_note(STRANGER.sign("one\n"), [SIGNER.verifier])


def test_one_bad_signature_of_a_known_key_spoils_the_note() -> None:
    bad = bytearray(STRANGER.sign("other\n").partition(b"\n\n")[2])
    with pytest.raises(NoteError):
        open_note(NOTE + bytes(bad), [SIGNER.verifier, STRANGER.verifier])


def test_two_good_signatures_are_both_told() -> None:
    both = NOTE + STRANGER.sign("one\ntwo\n").partition(b"\n\n")[2]
    assert len(open_note(both, [SIGNER.verifier, STRANGER.verifier]).verified) == 2


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "one\n\ntwo\n"
    assert open_note(SIGNER.sign(text), [SIGNER.verifier]).text == text


@pytest.mark.parametrize("position", range(len(NOTE)))
def test_no_changed_byte_is_accepted(position: int) -> None:
    changed = NOTE[:position] + bytes((NOTE[position] ^ 1,)) + NOTE[position + 1 :]
    with pytest.raises(NoteError):
        open_note(changed, [SIGNER.verifier])


@pytest.mark.parametrize("length", range(len(NOTE)))
def test_no_shortened_note_is_accepted(length: int) -> None:
    with pytest.raises(NoteError):
        open_note(NOTE[:length], [SIGNER.verifier])


@pytest.mark.parametrize(
    "line",
    [
        "— name\n",
        "— na+me AAAAAAA=\n",
        "—  AAAAAAAA\n",
        "- name AAAAAAAA\n",
        "— name AAAA AAAA\n",
        "— name AAAAAAA\n",
        "— name AAAAAAB=\n",
        "— name AAAA\n",
        "\n",
    ],
)
def test_a_malformed_line_spoils_the_note(line: str) -> None:
    with pytest.raises(NoteError):
        open_note(NOTE + line.encode(), [SIGNER.verifier])


def test_more_than_sixteen_signatures_are_fine_but_not_any_number() -> None:
    other = b"\xe2\x80\x94 name " + base64.b64encode(bytes(68)) + b"\n"
    assert len(open_note(NOTE + other * 16, [SIGNER.verifier]).unknown) == 16
    with pytest.raises(NoteError):
        open_note(NOTE + other * 64, [SIGNER.verifier])
    with pytest.raises(NoteError):
        open_note(NOTE + other * 2000, [SIGNER.verifier])


@pytest.mark.parametrize(
    "vkey", ["", "a+b", "name+00000000+AAAA", SIGNER.vkey[:-1], SIGNER.vkey.upper(), SIGNER.vkey + "="]
)
def test_a_malformed_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        NoteVerifier.from_vkey(vkey)


def test_the_id_must_be_that_of_the_key() -> None:
    name, key_id, key = SIGNER.vkey.split("+", 2)
    with pytest.raises(NoteError):
        NoteVerifier.from_vkey(f"{name}+{int(key_id, 16) ^ 1:08x}+{key}")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb"])
def test_a_name_that_cannot_be_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(NoteError):
        NoteSigner.from_seed(name, bytes(32))


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_has_32_bytes(seed: bytes) -> None:
    with pytest.raises(NoteError):
        NoteSigner.from_seed("name", seed)


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(NoteError):
        NoteVerifier("name", bytes(31))


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "nul\0\n"])
def test_what_cannot_be_a_text_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        SIGNER.sign(text)


def test_a_note_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(NoteError):
        open_note(b"\xff\n\n" + NOTE, [SIGNER.verifier])
