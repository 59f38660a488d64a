"""A published log of many entries, written straight to its files: what exports read, without the hours that it took to become so long."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from random import Random

from audit import Checkpoint, Edge, NoteSigner, Tile, hash_leaf, root_of, sign_checkpoint

WIDTH = 256
ENTRIES_PER_MINUTE = 5_000
BEGAN_AT = 1_795_000_020


class LongLog:
    """The files of a log; it grows by whole tiles, and at the end by single entries."""

    def __init__(self, directory: Path) -> None:
        """Begin a log in `directory`."""
        self.directory = directory
        self._signer = NoteSigner.from_seed("bench.example/long", bytes([7]) * 32)
        self._edge = Edge()
        self._rows: list[list[bytes]] = [[]]
        self._last: list[bytes] = []
        directory.mkdir(parents=True)
        (directory / "log.vkey").write_text(self._signer.vkey + "\n")

    def grow(self, entries: Iterator[bytes], tiles: int) -> None:
        """Append so many full tiles."""
        for _ in range(tiles):
            self._take([next(entries) for _ in range(WIDTH)])
        self.publish()

    def append(self, entry: bytes) -> int:
        """Append one entry behind full tiles, and publish; its index."""
        index = self._edge.size
        self._last.append(entry)
        self._rows[0].append(hash_leaf(entry))
        self._edge.append(self._rows[0][-1])
        self._write(Tile(None, index // WIDTH, len(self._last)), _bundle(self._last))
        self.publish()
        return index

    def publish(self) -> None:
        """Write the unfinished tiles, and sign."""
        for level, row in enumerate(self._rows):
            if row:
                self._write(Tile(level, self._edge.size >> 8 * (level + 1), len(row)), b"".join(row))
        checkpoint = Checkpoint(self._signer.name, self._edge.size, self._edge.root())
        (self.directory / "checkpoint").write_bytes(sign_checkpoint(checkpoint, self._signer))

    def _take(self, entries: list[bytes]) -> None:
        index = self._edge.size // WIDTH
        leaves = [hash_leaf(entry) for entry in entries]
        self._write(Tile(None, index), _bundle(entries))
        self._edge.extend(leaves)
        self._climb(0, index, leaves)

    def _climb(self, level: int, index: int, row: list[bytes]) -> None:
        self._write(Tile(level, index), b"".join(row))
        if len(self._rows) == level + 1:
            self._rows.append([])
        above = self._rows[level + 1]
        above.append(root_of(row))
        if len(above) == WIDTH:
            self._rows[level + 1] = []
            self._climb(level + 1, index // WIDTH, above)

    def _write(self, tile: Tile, data: bytes) -> None:
        path = self.directory / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def like_a_shop(seed: int = 1) -> Iterator[bytes]:
    """Entries as a shop makes them: events and decisions, some consents, some that were withheld."""
    chance = Random(seed)
    policy, model = _text(b"policy", 32), _text(b"model", 32)
    number = 0
    while True:
        at = BEGAN_AT + number // ENTRIES_PER_MINUTE * 60
        secret = chance.randbytes(48)
        c, g = _text(secret[:32], 32), _text(secret[32:], 16)
        kind = chance.random()
        if kind < 0.5:
            yield (
                f'{{"c":"{c}","g":"{g}","k":"event","o":"accepted","p":["ana","rec"],"pol":"{policy}","t":{at},"v":1}}'
            ).encode()
        elif kind < 0.9:
            yield (
                f'{{"c":"{c}","g":"{g}","k":"decision","m":"{model}","o":"personalised","p":["rec"],"pol":"{policy}",'
                f'"t":{at},"v":1}}'
            ).encode()
        elif kind < 0.95:
            yield (
                f'{{"c":"{c}","d":{{"evidence":"app_asserted","version":1}},"g":"{g}","k":"consent","o":"given",'
                f'"p":["rec"],"pol":"{policy}","t":{at},"v":1}}'
            ).encode()
        else:
            yield f'{{"k":"withheld","n":{{"no_record":3,"refused":1}},"o":"done","pol":"{policy}","t":{at},"v":1}}'.encode()
        number += 1


def _bundle(entries: list[bytes]) -> bytes:
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def _text(raw: bytes, length: int) -> str:
    digest = raw if len(raw) == length else hashlib.sha256(raw).digest()[:length]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
