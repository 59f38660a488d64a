"""The glossary is the law: its last table names the words that stand nowhere else."""

from __future__ import annotations

import re
from collections import Counter

from tests.house.source import ROOT, texts

GLOSSARY = "docs/glossary.md"
FOREIGN = ("requirements.lock", "package-lock.json", "go.sum", "LICENSE", ".html.snap")
"""Files that others wrote."""
WIRE_NAMES = re.compile(r"ad_personalization|personalization_storage")  # Google Consent Mode
"""Names of foreign protocols, spelt as they spell them."""
ALLOWED: dict[str, str] = {
    "docs/adr/0011-c2sp-formats.md": "says why it is not one",
    "tests/house/test_words.py": "this file",
}
"""Path -> why it may say a banned word."""


def banned() -> list[str]:
    """The words of the table `Never`."""
    table = (ROOT / GLOSSARY).read_text().split("## Never")[1]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


def defined(page: str) -> list[str]:
    """The words in the first cells of every table but the last, in order."""
    rows = [
        line for line in page.split("## Never", maxsplit=1)[0].splitlines() if re.match(r"\| (?!word )", line)
    ]
    return [word.strip() for row in rows for word in row.split("|")[1].split(",")]


def pattern() -> re.Pattern[str]:
    """Any of them as a whole word, in any case; `_`, `-` and a space count as the same. Calls of libraries do not count."""
    words = "|".join(re.escape(word).replace(r"\ ", "[ _-]") for word in banned())
    return re.compile(rf"(?<![A-Za-z.])(?:{words})(?![a-z(])", re.IGNORECASE)


def test_no_file_says_a_banned_word() -> None:
    never = pattern()
    said = [
        f"{path}:{number}"
        for path, text in texts()
        if path != GLOSSARY and path not in ALLOWED and not path.endswith(FOREIGN)
        for number, line in enumerate(text.splitlines(), 1)
        if never.search(WIRE_NAMES.sub("", line))
    ]
    assert not said, said


def test_a_word_has_one_meaning() -> None:
    assert len(defined("| word | meaning |\n|---|---|\n| a, b | c |\n| b | d |\n")) == 3
    twice = [word for word, times in Counter(defined((ROOT / GLOSSARY).read_text())).items() if times > 1]
    assert twice == []


def test_each_permission_to_say_one_is_used() -> None:
    pages = dict(texts())
    assert [path for path in ALLOWED if path not in pages or not pattern().search(pages[path])] == []


def test_the_pattern_notices_what_it_forbids() -> None:
    assert pattern().search("a Hash-Chain of rows")
    assert pattern().search("personalized = True")
    assert not pattern().search("scipy.optimize.minimize(f)")
    assert not pattern().search("personalised")
