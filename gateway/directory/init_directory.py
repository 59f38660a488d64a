"""`volens init`: a data directory, its keys beside it, and nothing that was there before touched.

- Every key is 32 random bytes in a file of its own, mode 0600, in a directory of mode 0700 outside the data directory.
- A mark stands in the directory while this is at work. A crash midway leaves it behind, and then neither `init` nor
  `serve` mistakes what is there for a finished directory.
- Durable on return: every file and every name.

Must not know: how any of it is used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from consent import default_policy_text
from gateway.callers.credentials import encode_credentials, new_credentials
from gateway.durable_files import create_file, sync_directory
from gateway.errors import DirectoryError, DirectoryExistsError, DirectoryIncompleteError
from gateway.settings.reading import CREDENTIALS_FILE, SETTINGS_FILE, UNFINISHED_MARK, default_keys_dir
from privacy import KeyFileError, create_key_file, default_releases_text, kek_path

POLICY_FILE = "policy.toml"
RELEASES_FILE = "releases.toml"
KEY_FILES = (
    "lookup.key", "log.key", "token.key", "operations.key", "decision_ids.key", "receipt.key", "rights.key", "certificates.key",
    "models.key",
)  # fmt: skip
"""Beside the first key-encryption key: for pseudonyms, the seeds of the log's and the tokens' signatures, for what
concerns nobody, for decision ids, the seed of the receipts' signatures; for marks of refusals and the holders of rights
requests, the seed of the signatures of certificates, that of models and rounds."""

_FIRST_EPOCH = 1

_SETTINGS = """\
# Volens. Every setting, its default and its limits: docs/settings.md. Check this file: volens config check DIR

{keys_dir}[server]
host = "127.0.0.1"
port = 8080

[log]
# The log's name in every checkpoint. Give it a name of your own before the first start; never change it afterwards.
origin = "{origin}"

[cors]
# The web origins whose pages may send events and ask for decisions.
allowed_origins = []

[[placements]]
id = "home"
purpose = "recommendations"
limit = 10
"""


def initialise(
    directory: Path, keys_dir: Path | None = None, *, entropy: Callable[[int], bytes] = os.urandom
) -> None:
    """Make a data directory, ready to serve.

    Args:
        directory: where; it must not exist, or be empty.
        keys_dir: where the keys go, outside `directory`; by default its sibling, the same name with `.keys`.
        entropy: random bytes from the operating system, by length.

    Raises:
        DirectoryExistsError: there is something already.
        DirectoryIncompleteError: an earlier `init` was interrupted.
        DirectoryError: it cannot be written, or it or the keys would lie inside a data directory.

    Durable: everything.
    """
    directory = directory.absolute()
    keys = default_keys_dir(directory) if keys_dir is None else keys_dir.absolute()
    if keys.resolve().is_relative_to(directory.resolve()):
        raise DirectoryError("the keys must lie outside the data directory")
    if any((each / SETTINGS_FILE).exists() for path in (directory, keys) for each in path.resolve().parents):
        raise DirectoryError("this lies inside another data directory: name a place outside")
    try:
        _refuse_existing(directory, keys)
        _make(directory)
        create_file(directory / UNFINISHED_MARK, b"")
        sync_directory(directory)
        _make(keys)
        for name in KEY_FILES:
            create_key_file(keys / name, entropy)
        create_key_file(kek_path(keys, _FIRST_EPOCH), entropy)
        create_file(directory / CREDENTIALS_FILE, encode_credentials(new_credentials(entropy)))
        create_file(directory / POLICY_FILE, default_policy_text().encode())
        create_file(directory / RELEASES_FILE, default_releases_text().encode())
        create_file(directory / SETTINGS_FILE, _settings_text(entropy, keys_dir and keys).encode())
        sync_directory(directory)
        (directory / UNFINISHED_MARK).unlink()
        sync_directory(directory)
    except (OSError, KeyFileError) as exc:
        raise DirectoryError("the data directory cannot be written") from exc


def _refuse_existing(directory: Path, keys: Path) -> None:
    if (directory / UNFINISHED_MARK).exists():
        raise DirectoryIncompleteError(
            "an init was interrupted here: remove the directories and run it again"
        )
    for path, what in ((directory, "data"), (keys, "keys")):
        if path.is_symlink() or (path.exists() and (not path.is_dir() or any(path.iterdir()))):
            raise DirectoryExistsError(
                f"the place for the {what} is not empty: name a directory that does not exist yet, or an empty one"
            )


def _settings_text(entropy: Callable[[int], bytes], keys: Path | None) -> str:
    # A JSON text of printable characters is a TOML text too.
    line = "" if keys is None else f"keys_dir = {json.dumps(str(keys), ensure_ascii=False)}\n\n"
    return _SETTINGS.format(origin=f"volens.local/{entropy(8).hex()}", keys_dir=line)


def _make(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    sync_directory(directory.parent)
