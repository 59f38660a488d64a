"""The leaf's canonical form."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from audit import (
    COMMITMENT_DOMAIN,
    MAX_ENTRY_BYTES,
    Entry,
    EntryError,
    Kind,
    Outcome,
    commit,
    decode_entry,
    encode_entry,
)

FULL = Entry(
    kind=Kind.EVENT,
    outcome=Outcome.ACCEPTED,
    at=1_795_000_020,
    purposes=("ana", "rec"),
    policy=bytes(range(32)),
    model=bytes(range(32, 64)),
    commitment=b"\xfb" * 32,
    tag=b"\xff" * 16,
    counts={"bot": 2, "no_consent": 1},
    detail={"number": 7, "text": "fine"},
)


def test_the_form_is_frozen() -> None:
    assert encode_entry(FULL) == (
        b'{"c":"-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s","d":{"number":7,"text":"fine"},"g":"_____________________w",'
        b'"k":"event","m":"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8","n":{"bot":2,"no_consent":1},"o":"accepted",'
        b'"p":["ana","rec"],"pol":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","t":1795000020,"v":1}'
    )


def test_it_is_what_sorted_compact_json_gives() -> None:
    data = encode_entry(FULL)
    assert (
        json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
        == data
    )


def test_an_entry_survives_writing_and_reading() -> None:
    assert decode_entry(encode_entry(FULL)) == FULL


def test_absent_fields_are_not_written() -> None:
    assert (
        encode_entry(Entry(kind=Kind.BOOT, outcome=Outcome.DONE, at=0))
        == b'{"k":"boot","o":"done","t":0,"v":1}'
    )


PLAIN = '{"k":"boot","o":"done","t":0,"v":1}'


@pytest.mark.parametrize(
    "data",
    [
        "",
        "null",
        "[]",
        PLAIN + "\n",
        " " + PLAIN,
        PLAIN.replace(":0", ": 0"),
        PLAIN.replace(":0", ":0.0"),
        PLAIN.replace(":0", ":-1"),
        PLAIN.replace(":0", ":00"),
        PLAIN.replace(":0", ":9007199254740992"),
        PLAIN.replace(":1}", ":2}"),
        PLAIN.replace("boot", "reboot"),
        PLAIN.replace("boot", "b\\u006fot"),
        PLAIN.replace("done", "fault.internal"),
        PLAIN.replace("done", "maybe"),
        PLAIN.replace('"t"', '"t":1,"t"'),
        PLAIN.replace('"t"', '"s":1,"t"'),
        PLAIN.replace('"k"', '"p":[],"k"'),
        '{"o":"done","k":"boot","t":0,"v":1}',
        '{"d":{},"k":"boot","o":"done","t":0,"v":1}',
        '{"d":{"a":true},"k":"boot","o":"done","t":0,"v":1}',
        '{"d":{"a":1.5},"k":"boot","o":"done","t":0,"v":1}',
        '{"d":{"a":"é"},"k":"boot","o":"done","t":0,"v":1}',
        '{"d":{"a":"\\u00e9"},"k":"boot","o":"done","t":0,"v":1}',
        '{"d":{"A":1},"k":"boot","o":"done","t":0,"v":1}',
        '{"d":{"b":1,"a":1},"k":"boot","o":"done","t":0,"v":1}',
        '{"d":{"a":{}},"k":"boot","o":"done","t":0,"v":1}',
        '{"k":"boot","o":"done","p":["rec","ana"],"t":0,"v":1}',
        '{"k":"boot","o":"done","p":["rec","rec"],"t":0,"v":1}',
        '{"k":"boot","o":"done","p":["recs"],"t":0,"v":1}',
        '{"k":"boot","n":{"because":1},"o":"done","t":0,"v":1}',
        '{"k":"boot","n":{"bot":0},"o":"done","t":0,"v":1}',
        '{"g":"_____________________x","k":"boot","o":"done","t":0,"v":1}',
        '{"g":"____________________","k":"boot","o":"done","t":0,"v":1}',
        '{"g":"_____________________w==","k":"boot","o":"done","t":0,"v":1}',
        '{"g":"++++++++++++++++++++++","k":"boot","o":"done","t":0,"v":1}',
        '{"c":"' + "A" * 42 + '","k":"boot","o":"done","t":0,"v":1}',
    ],
)
def test_a_second_spelling_is_no_entry(data: str) -> None:
    with pytest.raises(EntryError):
        decode_entry(data.encode())


def test_bytes_that_are_not_text_are_no_entry() -> None:
    with pytest.raises(EntryError):
        decode_entry(b'{"d":{"a":"\xff"},"k":"boot","o":"done","t":0,"v":1}')


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": Outcome.FAULT_INTERNAL},
        {"at": -1},
        {"at": 2**53},
        {"purposes": ("rec", "ana")},
        {"policy": b"short"},
        {"tag": bytes(15)},
        {"counts": {"bot": -1}},
        {"counts": {"nobody knows": 1}},
        {"detail": {"text": "é"}},
        {"detail": {"text": "x" * 513}},
        {"detail": {"number": 2**53}},
        {"detail": {"flag": True}},
        {"detail": {f"n{i}": i for i in range(33)}},
        {"detail": {"text": "line\nbreak"}},
        {"detail": {"number": 2**70}},
    ],
)
def test_what_the_format_does_not_allow_is_not_written(fields: dict[str, Any]) -> None:
    known: dict[str, Any] = {"kind": Kind.ADMIN, "outcome": Outcome.DONE, "at": 0}
    with pytest.raises(EntryError):
        encode_entry(Entry(**(known | fields)))


def test_an_entry_has_at_most_65535_bytes() -> None:
    with pytest.raises(EntryError):
        decode_entry(b" " * (MAX_ENTRY_BYTES + 1))


def test_no_message_repeats_the_input() -> None:
    with pytest.raises(EntryError) as caught:
        decode_entry(b'{"k":"boot","o":"canary@example.com","t":0,"v":1}')
    assert "canary" not in str(caught.value)


def test_the_commitment_is_sha256_over_domain_secret_and_payload() -> None:
    r, payload = bytes(range(32)), b"what was decided"
    assert commit(r, payload) == hashlib.sha256(b"volens/commit/v1\0" + r + payload).digest()
    assert COMMITMENT_DOMAIN == b"volens/commit/v1\0"


def test_a_commitment_needs_its_32_secret_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        commit(b"short", b"payload")
