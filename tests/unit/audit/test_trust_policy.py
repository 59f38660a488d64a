"""The trust policy file: who counts, how often, and what is refused."""

from __future__ import annotations

import pytest

from audit import CosignatureSigner, NoteSigner, TrustPolicy, TrustPolicyError, read_trust_policy

LOG = NoteSigner.from_seed("gateway.example/audit/r1", bytes([7]) * 32)
KEYS = {
    name: CosignatureSigner(f"witness.example/{name.lower()}", bytes([number]) * 32).verifier.vkey
    for number, name in enumerate(("X1", "X2", "X3", "Y1", "Y2"), 20)
}
WITNESSES = "".join(f"witness {name} {vkey}\n" for name, vkey in KEYS.items())
NESTED = (
    f"# whom we believe\nlog {LOG.vkey} https://gateway.example/log\n{WITNESSES}\n"
    "group X 2 X1 X2 X3\n  group\tY any Y1 Y2 \ngroup both all X Y\nquorum both\n"
)


def read(text: str) -> TrustPolicy:
    return read_trust_policy(text.encode())


@pytest.mark.parametrize(
    ("cosigned", "is_met"),
    [
        ("", False),
        ("X1 X2", False),
        ("X1 Y1", False),
        ("X1 X3 Y2", True),
        ("X1 X2 X3 Y1 Y2", True),
        ("Y1 Y2", False),
        ("X1 X2 stranger", False),
    ],
)
def test_a_quorum_of_groups(cosigned: str, is_met: bool) -> None:
    assert read(NESTED).is_met(cosigned.split()) is is_met


def test_what_is_written_is_read_as_the_same() -> None:
    policy = read(NESTED)
    again = read_trust_policy(policy.text())
    assert again.text() == policy.text()
    assert again.logs[0].url == "https://gateway.example/log"
    assert [each.name for each in again.witnesses] == list(KEYS)
    assert again.groups == policy.groups


def test_without_a_quorum_the_log_alone_is_enough() -> None:
    policy = read(f"log {LOG.vkey}\nquorum none\n")
    assert policy.is_met([])


def test_a_single_witness_may_be_the_quorum() -> None:
    policy = read(WITNESSES + "quorum X2\n")
    assert policy.is_met(["X2"])
    assert not policy.is_met(["X1", "X3"])


def test_names_are_told_apart_by_their_bytes() -> None:
    kelvin = "\N{KELVIN SIGN}"
    text = f"witness K {KEYS['X1']}\nwitness {kelvin} {KEYS['X2']}\nquorum {kelvin}\n"
    assert not read(text).is_met(["K"])
    latin = f"witness \xe9 {KEYS['X1']}\nquorum \xe9\n".encode("latin-1")
    assert read_trust_policy(read_trust_policy(latin).text()).quorum == "\udce9"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none\nquorum none\n",
        "quorum X9\n",
        "group none any X1\nquorum none\n",
        "group G any none\nquorum G\n",
        "group G 0 X1\nquorum G\n",
        "group G 3 X1 X2\nquorum G\n",
        "group G 01 X1 X2\nquorum G\n",
        "group G any\nquorum G\n",
        "group G any X1 X1\nquorum G\n",
        "group G any X1\ngroup H any X1\nquorum G\n",
        "group G any H\ngroup H any X1\nquorum G\n",
        "group X1 any X2\nquorum X1\n",
        f"witness X1 {LOG.vkey}\nquorum none\n",
        f"witness again {KEYS['X1']}\nquorum none\n",
        f"log {KEYS['X1']}\nquorum none\n",
        f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none\n",
        f"log {LOG.vkey} https://one https://two\nquorum none\n",
        "log \nquorum none\n",
        "something else\nquorum none\n",
        "quorum none \x0b\n",
        "quorum none\r\n",
        "#" * 70_000 + "\nquorum none\n",
        "#\n" * 2_000 + "quorum none\n",
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(TrustPolicyError):
        read(WITNESSES + text)
