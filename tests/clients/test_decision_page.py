"""The page in the proof of a decision, in headless Chromium: it finds what `verify_decision` finds, and asks nobody anything."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page

from audit import (
    Checkpoint,
    CosignatureSigner,
    DecisionProof,
    Entry,
    Kind,
    NoteSigner,
    Outcome,
    Proof,
    ProofError,
    UnwitnessedError,
    commit,
    encode_entry,
    hash_leaf,
    prove_inclusion,
    read_trust_policy,
    root_of,
    sign_checkpoint,
    subtree_of,
    verify_decision,
)
from gateway.decision_proofs.bundle import Bundle, pack_bundle, read_proof_bundle
from gateway.decision_proofs.page import empty_page, page_with
from gateway.wire.page_security import policy_of

pytestmark = pytest.mark.browser

LOG = NoteSigner.from_seed("gateway.example/audit/r1", bytes([7]) * 32)
OTHER = NoteSigner.from_seed("gateway.example/audit/r1", bytes([5]) * 32)
WITNESS = CosignatureSigner("witness.example/w1", bytes([8]) * 32)
AT, INDEX, SIZE = 1_795_000_020, 21, 37
OPENING = bytes(range(32))
PAYLOAD = msgspec.msgpack.encode(
    (1, AT, "home", "personalised", 3, [4, 70_000], [2**40, -5], [9, -1], [2**33, 0], None)
)
POLICY = (
    f"log {LOG.vkey}\nwitness dpo {WITNESS.verifier.vkey}\ngroup all-of-them all dpo\nquorum all-of-them\n"
)
ALONE = f"log {LOG.vkey}\nquorum none\n"


def bundle(*, is_cosigned: bool = True, policy: str = POLICY, signer: NoteSigner = LOG) -> Bundle:
    body = encode_entry(
        Entry(
            Kind.DECISION,
            Outcome.PERSONALISED,
            AT,
            ("rec",),
            tag=bytes(16),
            commitment=commit(OPENING, PAYLOAD),
        )
    )
    leaves = [hash_leaf(bytes([number])) for number in range(SIZE)]
    leaves[INDEX] = hash_leaf(body)
    checkpoint = Checkpoint(signer.name, SIZE, root_of(leaves))
    note = sign_checkpoint(checkpoint, signer)
    if is_cosigned:
        note += WITNESS.cosign(checkpoint.text(), AT)
    proof = Proof(INDEX, tuple(prove_inclusion(INDEX, SIZE, subtree_of(leaves))), note).text()
    shown = DecisionProof(PAYLOAD, OPENING, body, proof)
    return Bundle(shown, policy.encode(), {4: "item <script>alert(1)</script>", 9: "hat"})


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(offline=True, timezone_id="UTC")
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("console", lambda message: trouble.append(message.text))
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("request", lambda request: trouble.append(request.url))
    yield opened
    assert all(each.startswith("file:") and each.endswith("verify.html") for each in trouble), trouble
    context.close()


def verdict(page: Page, directory: Path, content: str) -> str:
    saved = directory / "verify.html"
    saved.write_text(content, "utf-8")
    page.goto(saved.as_uri())
    page.wait_for_selector("#result[data-verdict]")
    return str(page.get_attribute("#result", "data-verdict"))


def page_of(shown: Bundle) -> str:
    with zipfile.ZipFile(io.BytesIO(pack_bundle(shown))) as archive:
        return archive.read("verify.html").decode()


def judged(shown: Bundle) -> str:
    try:
        verify_decision(shown.shown, read_trust_policy(shown.policy))
    except UnwitnessedError:
        return "unwitnessed"
    except ProofError:
        return "wrong"
    return "good"


def test_a_good_proof_is_shown_with_what_was_decided(page: Page, tmp_path: Path) -> None:
    assert verdict(page, tmp_path, page_of(bundle())) == "good"
    text = page.inner_text("main")
    assert "item <script>alert(1)</script> (#4)" in text
    assert str(2**40) in text
    assert "because of hat" in text
    assert "#70000" in text
    assert "dpo" in text
    assert read_proof_bundle(pack_bundle(bundle())) == bundle()
    assert pack_bundle(bundle()) == pack_bundle(bundle())


@pytest.mark.parametrize(
    ("is_cosigned", "policy", "signer"),
    [
        (True, POLICY, LOG),
        (False, POLICY, LOG),
        (False, ALONE, LOG),
        (True, ALONE, OTHER),
        (True, "quorum none\n", LOG),
    ],
)
def test_it_says_what_the_command_says(
    page: Page, tmp_path: Path, is_cosigned: bool, policy: str, signer: NoteSigner
) -> None:
    shown = bundle(is_cosigned=is_cosigned, policy=policy, signer=signer)
    assert verdict(page, tmp_path, page_of(shown)) == judged(shown)


@pytest.mark.parametrize("part", ["payload", "opening", "entry", "proof"])
def test_nothing_can_be_changed(page: Page, tmp_path: Path, part: str) -> None:
    good = bundle()
    data = getattr(good.shown, part)
    for at in (0, len(data) // 2, len(data) - 3):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        shown = replace(good, shown=replace(good.shown, **{part: changed}))
        try:
            content = page_of(shown)
        except UnicodeDecodeError:
            continue
        assert verdict(page, tmp_path, content) == judged(shown) != "good"


def test_another_policy_can_be_given(page: Page, tmp_path: Path) -> None:
    assert verdict(page, tmp_path, page_of(bundle())) == "good"
    other = tmp_path / "policy.txt"
    other.write_text(f"log {OTHER.vkey}\nquorum none\n")
    page.set_input_files("#policy", other)
    page.wait_for_selector('#result[data-verdict="wrong"]')
    alone = tmp_path / "alone.txt"
    alone.write_text(ALONE)
    page.set_input_files("#policy", alone)
    page.wait_for_selector('#result[data-verdict="unwitnessed"]')
    assert "No witness is asked for." in page.inner_text("#result")
    assert "Enough others have seen" not in page.inner_text("#result")


def test_without_a_proof_it_says_so_and_it_may_run_its_own_script_only(page: Page, tmp_path: Path) -> None:
    assert verdict(page, tmp_path, empty_page()) == "unchecked"
    assert policy_of(empty_page()) in empty_page()
    hostile = page_with({"entry": "</script><script>alert(1)</script>"})
    assert hostile.count("</script>") == empty_page().count("</script>")


def test_every_text_is_there_in_each_language() -> None:
    table = empty_page().partition("const TEXTS = [")[2].partition("\n];")[0]
    rows = re.findall(r'\["((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\]', table)
    known = {row[0] for row in rows}
    marked = {
        " ".join(text.split())
        for _, text in re.findall(r"<(\w+)[^>]* data-say>(.*?)</\1>", empty_page(), re.DOTALL)
    }
    said = set(re.findall(r'(?:say|row|complain)\("((?:[^"\\]|\\.)*)"', empty_page()))
    assert len(rows) > 40
    assert (marked | said) - known == set()


@pytest.mark.parametrize(
    ("language", "title"), [("de-DE", "Eine Entscheidung prüfen"), ("fr", "Vérifier une décision")]
)
def test_it_speaks_the_language_of_the_browser(
    browser: Browser, tmp_path: Path, language: str, title: str
) -> None:
    context = browser.new_context(locale=language)
    opened = context.new_page()
    assert verdict(opened, tmp_path, page_of(bundle())) == "good"
    assert opened.inner_text("h1") == title
    context.close()
