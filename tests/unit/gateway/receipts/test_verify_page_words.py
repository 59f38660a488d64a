"""The page that checks receipts says everything in English, German and French, and has no text left over."""

from __future__ import annotations

import json
import re

from gateway.receipts.verify_page import read_page

PAGE = read_page()
START, END = "const TEXTS = [", "\n];"
TABLE = PAGE.partition(START)[2].partition(END)[0]
ROWS: list[list[str]] = json.loads(f"[{TABLE.strip().removesuffix(',')}]")
SCRIPT = PAGE.partition('<script type="module">')[2].replace(TABLE, "")
LITERAL = r'"((?:[^"\\]|\\.)*)"'
NO_TEXT = {
    "verdict wrong",
    "verdict unsure",
    "index ",
    "c2sp.org/tlog-proof@v1",
    "volens/commit/v1\\0",
    "\\u2014 ",
    " ",
}
"""What stands in quotes with a space in it, and is for no eye."""


def marked() -> set[str]:
    """The texts that stand in the page itself."""
    found = re.findall(r"<(\w+)[^>]* data-say>(.*?)</\1>", PAGE, re.DOTALL)
    return {" ".join(text.split()) for _, text in found}


def said() -> set[str]:
    """The texts that the script shows: everything in quotes with a space in it, and every short one that is put into words."""
    quoted = {text for text in re.findall(LITERAL, SCRIPT) if " " in text}
    short = set(re.findall(rf"(?:say|term|complain|Broken)\({LITERAL}", SCRIPT))
    return (quoted | short) - NO_TEXT


def test_every_text_is_there_once_in_each_language() -> None:
    assert all(len(row) == 3 and all(text.strip() for text in row) for row in ROWS)
    assert len({row[0] for row in ROWS}) == len(ROWS) > 80
    unspoken = [row[0] for row in ROWS if row[0] in row[1:] and row[0] not in ("Form", "Signature")]
    assert unspoken == [], "a translation that is none"


def test_no_text_of_the_page_lacks_a_translation() -> None:
    known = {row[0] for row in ROWS}
    assert len(marked()) >= 8
    assert marked() - known == set()
    assert said() - known == set()


def test_no_translation_is_left_over() -> None:
    used = marked() | set(re.findall(LITERAL, SCRIPT))
    assert {row[0] for row in ROWS} - used == set()


def test_values_have_their_place_in_every_language() -> None:
    assert all({text.count("%s") for text in row} in ({0}, {1}) for row in ROWS)


def test_who_has_no_scripts_reads_so_in_each_language() -> None:
    without = PAGE.partition("<noscript>")[2].partition("</noscript>")[0]
    assert without.count("<p") == 3
    assert without.count("volens consent verify") == 3
    assert all(f'lang="{language}"' in without for language in ("de", "fr"))
