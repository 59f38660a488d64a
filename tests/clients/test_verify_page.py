"""The page that checks receipts, in headless Chromium: it finds what the command finds, and asks nobody anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from audit import NoteSigner
from consent import ActorKind, Status, canonical_json
from gateway.receipt_check.verifier import CHECKS, verify
from gateway.receipts.signer import ReceiptSigner
from gateway.receipts.verify_page import read_page
from gateway.wire.page_security import policy_of
from tests.gateway_process import Gateways
from tests.journey.shop import Shop
from tests.receipt_workshop import JWKS, LOG, ORIGIN, SIGNER, happened, workshop
from tests.requirement import require_path
from tests.unit.gateway.receipts.test_verify_page_words import ROWS

pytestmark = pytest.mark.browser

CLIENTS = Path(__file__).parent
FILE = workshop(size=37, index=21).file()


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page as a saved file, without any connection."""
    saved = tmp_path_factory.mktemp("saved") / "verify.html"
    saved.write_text(read_page(), "utf-8")
    context = browser.new_context(offline=True, timezone_id="UTC")
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("console", lambda message: trouble.append(message.text))
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("request", lambda request: trouble.append(request.url))
    opened.goto(saved.as_uri())
    yield opened
    assert set(trouble) == {saved.as_uri()}, "an error, or a request to somebody"
    context.close()


def checked(page: Page, content: bytes, keys: bytes | None = None) -> str | None:
    """What the page says of a receipt: the step that failed; None for a good one."""
    chosen = [] if keys is None else [{"name": "keys.json", "mimeType": "application/json", "buffer": keys}]
    page.evaluate("delete document.querySelector('#result').dataset.verdict")
    page.set_input_files("#keys", chosen)
    page.set_input_files(
        "#receipt", {"name": "receipt.json", "mimeType": "application/json", "buffer": content}
    )
    page.wait_for_selector("#result[data-verdict]", state="attached")
    said = str(page.get_attribute("#result", "data-verdict"))
    page.set_input_files("#receipt", [])
    return None if said == "good" else said


EVENTS = [
    happened(),
    happened(Status.WITHDRAWN),
    happened(Status.REVOKED, actor=ActorKind.APP),
    happened(Status.OBJECTED, "care"),
    happened(Status.OBJECTED, "duty"),
    happened(jurisdiction="FR", ui_variant=b"u" * 32),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"{event.status}-{event.purpose}")
def test_a_good_receipt_is_good_with_and_without_known_keys(page: Page, event: Any) -> None:
    made = workshop(event)
    assert checked(page, made.file()) is None
    assert "Signed by the keys it names itself" in page.inner_text("#result")
    assert "genuine" not in page.inner_text("#result"), "whose keys they are, nobody has said"
    assert checked(page, made.file(), JWKS) is None
    assert "This receipt is genuine." in page.inner_text("#result")
    assert page.locator("li.ok").count() == len(CHECKS)


@pytest.mark.parametrize(("size", "index"), [(1, 0), (2, 1), (3, 2), (7, 0), (8, 7), (9, 8), (200, 131)])
def test_it_is_good_wherever_it_is_in_the_log(page: Page, size: int, index: int) -> None:
    assert checked(page, workshop(size=size, index=index).file(), JWKS) is None


def test_the_person_reads_what_they_were_told_as_text(page: Page) -> None:
    assert checked(page, FILE) is None
    shown = page.inner_text("#result")
    for words in ("You said yes: Tips", "<b>Plainly.</b>", "Rosas Lädchen 🌷", "15 January 2027", LOG.vkey):
        assert words in shown
    assert page.locator("blockquote b").count() == 0


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value that holds no other."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [leaf for name, each in below for leaf in leaves(each, (*path, name))] or [path]


def other(value: Any) -> Any:
    """Something else of the same kind."""
    if isinstance(value, str):
        return ("A" if value[:1] != "A" else "B") + value[1:]
    return value + 1 if isinstance(value, int) else ["something"]


def changed_at(document: Any, path: tuple[str | int, ...]) -> Any:
    copy = json.loads(json.dumps(document))
    place = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = other(place[path[-1]])
    return copy


ENVELOPE = json.loads(FILE)
DOCUMENT = workshop(size=37, index=21).document
NOTICE = json.loads(ENVELOPE["notice"])
ENTRY = json.loads(ENVELOPE["log"]["entry"])


@pytest.mark.parametrize("path", leaves(ENVELOPE), ids=str)
def test_a_changed_field_of_the_file_is_found(page: Page, path: tuple[str | int, ...]) -> None:
    tampered = canonical_json(changed_at(ENVELOPE, path))
    assert checked(page, tampered) == verify(tampered).failed is not None


@pytest.mark.parametrize("path", leaves(NOTICE), ids=str)
def test_a_changed_field_of_the_notice_is_found(page: Page, path: tuple[str | int, ...]) -> None:
    tampered = canonical_json({**ENVELOPE, "notice": canonical_json(changed_at(NOTICE, path)).decode()})
    assert checked(page, tampered) == verify(tampered).failed == "notice"


@pytest.mark.parametrize("path", leaves(ENTRY), ids=str)
def test_a_changed_field_of_the_entry_is_found(page: Page, path: tuple[str | int, ...]) -> None:
    entry = canonical_json(changed_at(ENTRY, path)).decode()
    tampered = canonical_json({**ENVELOPE, "log": {**ENVELOPE["log"], "entry": entry}})
    assert checked(page, tampered) == verify(tampered).failed is not None


@pytest.mark.parametrize("path", leaves(DOCUMENT), ids=str)
def test_a_changed_field_of_the_document_is_found(page: Page, path: tuple[str | int, ...]) -> None:
    head, _, signature = ENVELOPE["receipt"].split(".")
    lie = canonical_json(changed_at(DOCUMENT, path))
    token = SIGNER.sign(lie).split(".")
    unsigned = canonical_json({**ENVELOPE, "receipt": f"{head}.{token[1]}.{signature}"})
    assert checked(page, unsigned) == verify(unsigned).failed == "signature"
    signed = canonical_json({**ENVELOPE, "receipt": ".".join(token)})
    assert checked(page, signed) == verify(signed).failed


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(page: Page, position: int, difference: int) -> None:
    tampered = FILE[:position] + bytes([FILE[position] ^ difference]) + FILE[position + 1 :]
    assert checked(page, tampered) == verify(tampered).failed is not None


REFORMATTED = [
    FILE + b"\n",
    json.dumps(ENVELOPE, indent=1).encode(),
    json.dumps(dict(reversed(ENVELOPE.items())), ensure_ascii=False, separators=(", ", "\t:")).encode(),
]


@pytest.mark.parametrize("content", REFORMATTED, ids=range(len(REFORMATTED)))
def test_a_program_may_have_read_and_written_it(page: Page, content: bytes) -> None:
    assert content != FILE
    assert checked(page, content) is verify(content).failed is None


SPELLINGS = [
    b"\xef\xbb\xbf" + FILE,
    FILE[:-1] + b',"format":"volens-receipt/v1"}',
    json.dumps(ENVELOPE, indent=1).encode().replace(b'"log": {', b'"log": {"proof": "",', 1),
    json.dumps(ENVELOPE).encode()[:-1] + b',"form\\u0061t":"volens-receipt/v1"}',
    b"",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"a":1,"a":1}',
    b'{"a":1.0}',
    b'{"a":9007199254740993}',
    b'{"a":"\\ud800"}',
    b"[" * 50_000,
    b" " * (2 << 20),
]


@pytest.mark.parametrize("content", SPELLINGS, ids=range(len(SPELLINGS)))
def test_another_spelling_is_no_receipt(page: Page, content: bytes) -> None:
    assert checked(page, content) == verify(content).failed == "file"


def test_other_keys_than_the_known_ones_are_found(page: Page) -> None:
    stranger = ReceiptSigner(b"y" * 32).key_set(LOG.vkey)
    assert checked(page, FILE, stranger) == verify(FILE, jwks=stranger).failed == "signature"
    other_log = SIGNER.key_set(NoteSigner.from_seed(ORIGIN, b"x" * 32).vkey)
    assert checked(page, FILE, other_log) == verify(FILE, jwks=other_log).failed == "checkpoint"
    for noise in (b"", b"{}", b"[]", b'{"keys":[1]}', b'{"keys":[]}'):
        assert checked(page, FILE, noise) is not None


def test_a_receipt_of_the_running_gateway_is_checked_on_its_own_page(
    browser: Browser, tmp_path: Path
) -> None:
    gateways = Gateways(tmp_path)
    context = browser.new_context()
    try:
        shop = Shop(gateways.start())
        written = shop.consent("ann", "given")
        receipt = shop.server.get(f"/v1/receipts/{written['receipt_id']}").content
        keys = shop.server.get("/.well-known/volens-receipts.json").content
        opened = context.new_page()
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        address = f"{shop.gateway.url}/verify"
        answer = opened.goto(address)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert policy == f"{policy_of(read_page())}; frame-ancestors 'none'"
        assert "unsafe" not in policy
        assert checked(opened, receipt, keys) is None
        assert checked(opened, receipt.replace(b"choose", b"select"), keys) == "notice"
        assert asked == [address]
    finally:
        context.close()
        gateways.close()


def test_the_page_states_what_it_may_do_and_an_added_script_does_not_run(
    browser: Browser, tmp_path: Path
) -> None:
    page = read_page()
    assert f'content="{policy_of(page)}"' in page
    saved = tmp_path / "verify.html"
    evil = "<script>document.title = 'mine'</script><img src=x onerror=\"document.title='mine'\">"
    saved.write_text(page.replace("</main>", evil + "</main>"), "utf-8")
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(saved.as_uri())
    assert opened.title() == "Check a receipt"
    context.close()


def test_it_is_used_without_a_mouse(page: Page) -> None:
    page.reload()
    focused = []
    for _ in range(2):
        page.keyboard.press("Tab")
        focused.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert focused == ["receipt", "SUMMARY"]
    page.focus("summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "keys"


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_runs_off_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert checked(page, FILE) is None
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.foreign
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "content", [None, FILE, FILE.replace(b"choose", b"select")], ids=["empty", "good", "bad"]
)
def test_axe_finds_nothing_to_complain_of(
    browser: Browser, tmp_path: Path, scheme: Any, content: bytes | None
) -> None:
    axe = require_path(CLIENTS / "node_modules/axe-core/axe.min.js", "npm ci in tests/clients")
    saved = tmp_path / "verify.html"
    saved.write_text(read_page(), "utf-8")
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened.goto(saved.as_uri())
    opened.evaluate("document.querySelector('#known').open = true")
    if content is not None:
        checked(opened, content)
    opened.evaluate(axe.read_text())
    found = opened.evaluate("axe.run()")
    assert len(found["passes"]) > 10
    assert [violation["id"] for violation in found["violations"]] == []
    context.close()


def test_a_browser_that_cannot_check_says_so_and_judges_nothing(browser: Browser, tmp_path: Path) -> None:
    saved = tmp_path / "verify.html"
    saved.write_text(read_page(), "utf-8")
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined });")
    opened = context.new_page()
    opened.goto(saved.as_uri())
    assert checked(opened, FILE) == "unable"
    assert "volens consent verify" in opened.inner_text("#result")
    assert opened.locator("li").count() == 0
    context.close()


@pytest.mark.parametrize(("locale", "language", "genuine"), [
    ("de-AT", "de", "Dieser Beleg ist echt."),
    ("fr-FR", "fr", "Ce reçu est authentique."),
    ("nl-NL", "en", "This receipt is genuine."),
])  # fmt: skip
def test_it_speaks_the_language_of_the_browser(
    browser: Browser, tmp_path: Path, locale: str, language: str, genuine: str
) -> None:
    saved = tmp_path / "verify.html"
    saved.write_text(read_page(), "utf-8")
    context = browser.new_context(offline=True, locale=locale, timezone_id="UTC")
    opened = context.new_page()
    opened.goto(saved.as_uri())
    assert opened.get_attribute("html", "lang") == language
    assert checked(opened, FILE, JWKS) is None
    assert genuine in opened.inner_text("#result")
    shown = opened.inner_text("body")
    assert checked(opened, FILE.replace(b"choose", b"select"), JWKS) == "notice"
    lines = {line.strip() for line in (shown + "\n" + opened.inner_text("body")).splitlines()}
    column = ("en", "de", "fr").index(language)
    assert len({row[column] for row in ROWS} & lines) > 20
    if column:
        assert {row[0] for row in ROWS if row[0] != row[column]} & lines == set()
    assert "Rosas Lädchen 🌷" in shown, "what the receipt says itself stays as it was said"
    context.close()


DROP = """
(text) => {
  const held = new DataTransfer();
  held.items.add(new File([text], "receipt.json", { type: "application/json" }));
  const drop = document.querySelector("#drop");
  for (const kind of ["dragover", "drop"]) {
    drop.dispatchEvent(new DragEvent(kind, { dataTransfer: held, bubbles: true, cancelable: true }));
  }
}
"""


def test_a_receipt_can_be_dropped(page: Page) -> None:
    page.evaluate("delete document.querySelector('#result').dataset.verdict")
    page.evaluate(DROP, FILE.decode())
    page.wait_for_selector("#result[data-verdict='good']", state="attached")
    page.evaluate("delete document.querySelector('#result').dataset.verdict")
    page.evaluate(DROP, FILE.decode().replace("choose", "select"))
    page.wait_for_selector("#result[data-verdict='notice']", state="attached")
