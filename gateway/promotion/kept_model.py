"""The model in use, over a restart: with the snapshot, under its key, and only while nobody has left it.

- A snapshot holds it if nobody left since its data was taken. So whoever is in it contributes when the snapshot is written.
- A start uses it if everybody who contributed then still does: permits it, is the same person, and took nothing out, up to the
  moment in which it is put in use. Otherwise nobody is shown anything by it, and the slate is the unpersonalised one until a
  model is trained.
- It stands in: the first training of the process is examined as if there were none before, because who is held out follows
  from slots, which are given anew.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from scoring import Contributions, Model, SnapshotShapeError, pack_model, unpack_model


class _Kept(msgspec.Struct, array_like=True):
    made_by: str
    model: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode


class KeptModel:
    """What a snapshot keeps of models."""

    def __init__(self, contributions: Contributions, made_by: str) -> None:
        """Keep a model of `contributions`; `made_by` names what learns, and how: a model of another make is not used."""
        self.in_use: Callable[[], Model | None] = lambda: None
        """The model in use, if nobody left since its data was taken; set by whoever decides about models."""
        self._contributions = contributions
        self._made_by = made_by
        self._read: tuple[Model, int] | None = None

    def pack(self) -> bytes:
        """The model in use, for a snapshot; empty if none may be kept."""
        model = self.in_use()
        return b"" if model is None or not model.usable else _encode(_Kept(self._made_by, pack_model(model)))

    def restore(self, packed: bytes) -> None:
        """Take up what a snapshot kept, in which everybody who contributed then stands again. What cannot be used is left out."""
        try:
            kept = _decode(packed)
            model = unpack_model(kept.model)
        except (msgspec.DecodeError, SnapshotShapeError):
            return
        if kept.made_by == self._made_by:
            self._read = model, self._contributions.removals

    def take(self, n_items: int) -> Model | None:
        """The model that was kept, once; None if there is none, somebody left since, or it names items that there are not."""
        read, self._read = self._read, None
        if read is None or read[1] != self._contributions.removals or read[0].n_items > n_items:
            return None
        return read[0]
