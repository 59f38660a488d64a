"""The page that rows are written into: one file, no script, nothing loaded from anywhere, readable on paper too."""

from __future__ import annotations

import base64
import hashlib

STYLE = (
    ":root{--ink:#1c2b28;--quiet:#51625e;--paper:#fbfaf7;--line:#d9dfdb;--accent:#0b6355}"
    "@media (prefers-color-scheme:dark){:root{--ink:#e9efec;--quiet:#a9b8b3;--paper:#141a19;--line:#33403d;--accent:#7fd1bf}}"
    "body{margin:0 auto;padding:2rem 1.25rem 4rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}"
    "h1{font-size:1.6rem;margin:0 0 .5rem}p{color:var(--quiet);max-width:48rem}"
    ".wide{overflow-x:auto}.wide:focus-visible{outline:3px solid var(--accent)}"
    "table{border-collapse:collapse;font-size:.875rem}th,td{text-align:left;vertical-align:top;white-space:nowrap;"
    "padding:.35rem .9rem .35rem 0;border-bottom:1px solid var(--line)}code{font-size:.75rem}"
)
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"

_COLUMNS = ("Index", "Time (UTC)", "Kind", "Outcome", "Purposes", "Withheld", "Details", "Entry")

ROW: tuple[tuple[str, str], ...] = (
    ('<tr><th scope="row">', "index"),
    ("</th><td>", "time"),
    ("</td><td>", "kind"),
    ("</td><td>", "outcome"),
    ("</td><td>", "purposes"),
    ("</td><td>", "withheld"),
    ("</td><td>", "details"),
    ("</td><td><code>", "entry"),
    ("</code></td></tr>", ""),
)
"""What stands before each column of a row, and which it is; a row is one line."""

TAIL = "</tbody></table></div></main></body></html>\n"


def head(count: int, first: int, last: int) -> str:
    """The page up to its first row."""
    columns = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
        f"<title>Entries {first} to {last}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>Entries {first} to {last} of the log</h1>"
        f"<p>{count} entries selected. The last column is the entry itself; everything else is read out of it.</p>"
        '<div class="wide" role="region" tabindex="0" aria-label="Entries"><table>'
        f"<thead><tr>{columns}</tr></thead><tbody>\n"
    )
