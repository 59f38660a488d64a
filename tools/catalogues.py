"""Brings the catalogues in line with the texts that people read: of the portal, of reports, of the officers' console and of the pages of operation.

    python -m tools.catalogues            add what is new, drop what is gone, keep every translation
    python -m tools.catalogues --check    exit 1 and name what a catalogue lacks

Texts are found where the code marks them (`phrase`) and where templates translate them (`_`, `ngettext`).
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

GATEWAY = Path(__file__).resolve().parents[1] / "gateway"
SOURCES = ("officer", "ops", "pages", "portal", "reports", "rights", "wording")
LANGUAGES = ("de", "fr")
_METHODS = [("**.py", "python"), ("**.html", "jinja2.ext.babel_extract")]
_KEYWORDS = {"phrase": None, "_": None, "gettext": None, "ngettext": (1, 2)}


def extract() -> Catalog:
    """Collect every text that people are shown."""
    found = Catalog(project="Volens")
    for source in SOURCES:
        places = extract_from_dir(
            GATEWAY / source, _METHODS, {"**.html": {"silent": "false"}}, keywords=_KEYWORDS
        )
        for file, _, message, _, _ in places:
            found.add(message, locations=[(f"{source}/{file}", 0)])
    return found


def path_of(language: str) -> Path:
    """Where a language's catalogue is."""
    return GATEWAY / "wording" / "locale" / language / "messages.po"


def read(language: str) -> Catalog:
    """A language's catalogue as it is."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def lacking(language: str) -> list[str]:
    """The texts that a catalogue does not translate, and those that it translates for nobody."""
    known = {str(message.id): message for message in read(language) if message.id}
    wanted = {str(message.id) for message in extract() if message.id}
    untranslated = [text for text, message in known.items() if message.fuzzy or not all(_forms(message))]
    return sorted({*untranslated, *(wanted - known.keys()), *(known.keys() - wanted)})


def _forms(message: Message) -> tuple[str, ...]:
    """The translations of a message: one, or one for each number."""
    return message.string if isinstance(message.string, tuple) else (str(message.string or ""),)


def main(arguments: list[str]) -> int:
    """Bring the catalogues in line, or check them."""
    if "--check" in arguments:
        gaps = {language: lacking(language) for language in LANGUAGES}
        for language, texts in gaps.items():
            for text in texts:
                print(f"{language}: {text}", file=sys.stderr)
        return 1 if any(gaps.values()) else 0
    for language in LANGUAGES:
        catalogue = read(language) if path_of(language).exists() else Catalog(locale=language)
        catalogue.update(extract(), no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        with path_of(language).open("wb") as file:
            write_po(file, catalogue, width=120, omit_header=False, sort_output=True, no_location=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
