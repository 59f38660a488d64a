"""Signed notes: a text, an empty line, and signature lines that say whose they are.

- A line of an unknown key is ignored; a line of a known key that does not verify makes the whole note worthless.
- What is parsed must be exactly what would be written: no second spelling of a key, a number or a signature.

Source: c2sp.org/signed-note v1.0.0; Ed25519 (type 0x01) by libsodium.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from audit.errors import NoteError

ALGORITHM_ED25519 = 0x01
ALGORITHM_COSIGNATURE = 0x04
MAX_NOTE_BYTES = 65_536
MAX_SIGNATURES = 64
_LINE_START = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    """The name of the key, for a log its origin."""
    key_id: bytes
    """Four bytes that tell keys of one name apart."""
    value: bytes
    """The signature itself, or what its algorithm puts there."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note of which at least one signature was found good."""

    text: str
    """What was signed; ends in a newline."""
    verified: tuple[Signature, ...]
    """Good signatures of known keys."""
    unknown: tuple[Signature, ...]
    """Signatures of keys that nobody told us about; they prove nothing."""


class NoteVerifier:
    """A public key under a name."""

    algorithm = ALGORITHM_ED25519
    """What its signatures are, as the first byte of the key says."""

    def __init__(self, name: str, public_key: bytes) -> None:
        """Verify for `name` with an Ed25519 public key of 32 bytes.

        Raises:
            NoteError: the name cannot be in a note, or this is no key.
        """
        if not _is_name(name):
            raise NoteError("a key name has no spaces and no plus sign")
        if len(public_key) != 32:
            raise NoteError("an Ed25519 key has 32 bytes")
        self.name = name
        self.public_key = public_key
        self.key_id = _key_id(name, self.algorithm, public_key)
        self._key = VerifyKey(public_key)

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        """Read a verifier key `name+hex id+base64 key`.

        Raises:
            NoteError: malformed, of another algorithm, or not matching its own id.
        """
        parts = vkey.split("+", 2)
        if len(parts) != 3:
            raise NoteError("not a verifier key")
        raw = _decode_base64(parts[2])
        if len(raw) != 33 or raw[0] != cls.algorithm:
            raise NoteError("not an Ed25519 verifier key")
        verifier = cls(parts[0], raw[1:])
        if verifier.vkey != vkey:
            raise NoteError("the verifier key does not match its own id")
        return verifier

    @property
    def vkey(self) -> str:
        """The verifier key as text, as others are given it."""
        key = base64.b64encode(bytes((self.algorithm,)) + self.public_key).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def verify(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over `text`."""
        try:
            self._key.verify(text.encode(), signature)
        except (BadSignatureError, ValueError):
            return False
        return True


class NoteSigner:
    """A private key under a name. Never shown, never logged."""

    def __init__(self, name: str, seed: bytes) -> None:
        """Sign as `name` (for a log: its origin) with an Ed25519 seed of 32 bytes."""
        if len(seed) != 32:
            raise NoteError("an Ed25519 seed has 32 bytes")
        self._key = SigningKey(seed)
        self.verifier = NoteVerifier(name, bytes(self._key.verify_key))

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> NoteSigner:
        """Sign as `name` with an Ed25519 seed of 32 bytes."""
        return cls(name, seed)

    @property
    def name(self) -> str:
        """The name it signs under."""
        return self.verifier.name

    @property
    def verifiers(self) -> tuple[NoteVerifier, ...]:
        """The one key that goes with it (`audit.signer`)."""
        return (self.verifier,)

    @property
    def vkey(self) -> str:
        """The verifier key that goes with it."""
        return self.verifier.vkey

    def sign(self, text: str) -> bytes:
        """The note over `text` with this one signature."""
        if not _is_text(text):
            raise NoteError("a note's text ends in a newline and has no control characters")
        value = self._key.sign(text.encode()).signature
        return (
            text + "\n" + write_signature_line(Signature(self.name, self.verifier.key_id, value))
        ).encode()


def open_note(data: bytes, verifiers: Sequence[NoteVerifier]) -> Note:
    """Parse a signed note and check it.

    Raises:
        NoteError: malformed, a known key's signature is bad, or there is none of a known key.
    """
    text, signatures = split_note(data)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    good, unknown = [], []
    for signature in signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            unknown.append(signature)
        elif verifier.verify(text, signature.value):
            good.append(signature)
        else:
            raise NoteError("a signature of a known key does not verify")
    if not good:
        raise NoteError("no signature of a known key")
    return Note(text, tuple(good), tuple(unknown))


def split_note(data: bytes) -> tuple[str, tuple[Signature, ...]]:
    """The text and the signature lines of a note, nothing verified.

    Raises:
        NoteError: malformed.
    """
    if len(data) > MAX_NOTE_BYTES:
        raise NoteError("the note is too long")
    try:
        whole = data.decode()
    except UnicodeDecodeError as exc:
        raise NoteError("a note is UTF-8") from exc
    cut = whole.rfind("\n\n")
    if cut < 0 or not whole.endswith("\n"):
        raise NoteError("a note has an empty line before its signatures")
    text, lines = whole[: cut + 1], whole[cut + 2 :].split("\n")[:-1]
    if not _is_text(text) or not 0 < len(lines) <= MAX_SIGNATURES:
        raise NoteError("malformed note")
    return text, tuple(map(parse_signature_line, lines))


def parse_signature_line(line: str) -> Signature:
    """One signature line, without its line feed.

    Raises:
        NoteError: malformed.
    """
    name, space, encoded = line.removeprefix(_LINE_START).partition(" ")
    if not line.startswith(_LINE_START) or not space or not _is_name(name):
        raise NoteError("malformed signature line")
    raw = _decode_base64(encoded)
    if len(raw) < 5:
        raise NoteError("malformed signature line")
    return Signature(name, raw[:4], raw[4:])


def write_signature_line(signature: Signature) -> str:
    """One signature line, with its line feed."""
    encoded = base64.b64encode(signature.key_id + signature.value).decode("ascii")
    return f"{_LINE_START}{signature.name} {encoded}\n"


def read_vkeys(text: str) -> tuple[NoteVerifier, ...]:
    """Read a file of verifier keys, one a line: while a log's key changes, and after it did, there are several.

    Raises:
        NoteError: a line is no Ed25519 verifier key, or there is none.
    """
    lines = [line.strip() for line in text.split("\n")]
    found = tuple(NoteVerifier.from_vkey(line) for line in lines if line)
    if not found:
        raise NoteError("no verifier key")
    return found


def _key_id(name: str, algorithm: int, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes((algorithm,)) + public_key).digest()[:4]


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() for c in name) and name.isprintable()


def _is_text(text: str) -> bool:
    return text.endswith("\n") and not any(c < " " and c != "\n" for c in text)


def _decode_base64(text: str) -> bytes:
    """Standard base64 with padding, in its one spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise NoteError("not base64") from exc
    if base64.b64encode(raw).decode("ascii") != text:
        raise NoteError("not base64 in its one spelling")
    return raw
