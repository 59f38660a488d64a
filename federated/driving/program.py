"""What devices run, named by its digest: a device takes part only in rounds for the very code that it runs itself."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache
def program_digest() -> str:
    """SHA-256 over the sources of this package, path by path, in hexadecimal."""
    here = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        content = hashlib.sha256(path.read_bytes()).digest()
        digest.update(path.relative_to(here).as_posix().encode() + b"\0" + content)
    return digest.hexdigest()
