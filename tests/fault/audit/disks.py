"""Disks that fail and disks that remember, in the place of `audit.Disk`.

`FailingDisk` fails a chosen operation, before or after it took effect. `RecordingDisk` writes down every change in order, so
that the state after a power cut can be laid out: what was synced is there, of the rest any subset.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import RLock
from typing import Any

from audit import Disk

OPERATIONS = (
    "create",
    "open",
    "write",
    "allocate",
    "cut",
    "sync",
    "rename",
    "unlink",
    "make_directory",
    "remove_directory",
    "sync_directory",
)


class FailingDisk(Disk):
    """Fails where `should_fail(operation, path)` says so, with `errno`; `persisted` operations take effect all the same."""

    def __init__(
        self, should_fail: Callable[[str, str], bool], errno: int, *, persisted: bool = False
    ) -> None:
        self.should_fail = should_fail
        self.errno = errno
        self.persisted = persisted
        self.failed: list[tuple[str, str]] = []
        self._paths: dict[int, str] = {}
        for operation in OPERATIONS:
            setattr(self, operation, self._wrap(operation, getattr(super(), operation)))

    def _wrap(self, operation: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            place = arguments[0]
            name = self._paths.get(place, "?") if isinstance(place, int) else str(place)
            fails = self.should_fail(operation, name)
            result = None
            if not fails or self.persisted:
                result = real(*arguments)
                if operation in {"create", "open"}:
                    self._paths[result] = name
            if fails:
                if result is not None:
                    os.close(result)
                self.failed.append((operation, name))
                raise OSError(self.errno, os.strerror(self.errno))
            return result

        return call


@dataclass
class Inode:
    """A file as the platter has it: durable bytes, and changes since that may or may not be there."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[str, Any]] = field(default_factory=list)


class RecordingDisk(Disk):
    """Does everything for real, and writes it down."""

    def __init__(self) -> None:
        self.log: list[tuple[Any, ...]] = []
        self._lock = RLock()
        self._names: dict[str, int] = {}
        self._open: dict[int, int] = {}
        self._next = 0

    def note(self, *what: Any) -> None:
        """Write down something that is no change, for example an acknowledgement."""
        with self._lock:
            self.log.append(what)

    def create(self, path: Path) -> int:
        with self._lock:
            descriptor = super().create(path)
            self._next += 1
            self._names[str(path)] = self._open[descriptor] = self._next
            self.log.append(("create", str(path), self._next))
            return descriptor

    def open(self, path: Path) -> int:
        with self._lock:
            descriptor = super().open(path)
            self._open[descriptor] = self._names[str(path)]
            return descriptor

    def write(self, descriptor: int, data: bytes, offset: int) -> None:
        with self._lock:
            super().write(descriptor, data, offset)
            self.log.append(("write", self._open[descriptor], bytes(data), offset))

    def allocate(self, descriptor: int, size: int) -> None:
        with self._lock:
            super().allocate(descriptor, size)
            self.log.append(("extend", self._open[descriptor], size))

    def cut(self, descriptor: int, size: int) -> None:
        with self._lock:
            super().cut(descriptor, size)
            self.log.append(("cut", self._open[descriptor], size))

    def sync(self, descriptor: int) -> None:
        with self._lock:
            super().sync(descriptor)
            self.log.append(("sync", self._open[descriptor]))

    def close(self, descriptor: int) -> None:
        with self._lock:
            super().close(descriptor)
            del self._open[descriptor]

    def rename(self, source: Path, target: Path) -> None:
        with self._lock:
            super().rename(source, target)
            self._names[str(target)] = self._names.pop(str(source))
            self.log.append(("rename", str(source), str(target), self._names[str(target)]))

    def unlink(self, path: Path) -> None:
        with self._lock:
            super().unlink(path)
            self._names.pop(str(path), None)
            self.log.append(("unlink", str(path)))

    def make_directory(self, path: Path) -> None:
        with self._lock:
            super().make_directory(path)
            self.log.append(("mkdir", str(path)))

    def remove_directory(self, path: Path) -> None:
        with self._lock:
            super().remove_directory(path)
            self.log.append(("rmdir", str(path)))

    def sync_directory(self, path: Path) -> None:
        with self._lock:
            super().sync_directory(path)
            self.log.append(("syncdir", str(path)))


class Platter:
    """What a disk holds: files by number, and directories with names that are durable or not yet."""

    def __init__(self) -> None:
        self._inodes: dict[int, Inode] = {}
        self._durable: dict[str, dict[str, int | None]] = {}
        self._pending: dict[str, list[list[tuple[str, int | None]]]] = {}
        self._begun: dict[str, tuple[str | int, list[Any]]] = {}

    def apply(self, change: tuple[Any, ...]) -> None:
        """One change of a `RecordingDisk`, or of a traced gateway."""
        kind, *what = change
        match kind:
            case "create":
                self._inodes[what[1]] = Inode()
                self._link(what[0], what[1])
            case "write" | "extend" | "cut":
                self._inodes[what[0]].pending.append((kind, what[1:]))
            case "sync" | "syncdir":
                self._make_durable(what[0], self._waiting(what[0]))
            case "rename":
                self._rename(*what)
            case "unlink" | "rmdir":
                self._link(what[0], None)
            case "link":
                self._link(*what)
            case "mkdir":
                self._link(what[0], 0)
            case "begin":
                self._begun[what[0]] = (what[1], list(self._waiting(what[1])))
            case "end":
                self._make_durable(*self._begun.pop(what[0], ("/", [])))

    def lay_out(self, root: Path, target: Path, random: Random) -> None:
        """Write into `target` what is found below `root` after a power cut: all that was synced, any subset of the rest."""
        target.mkdir(parents=True, exist_ok=True)
        names = dict(self._durable.get(str(root), {}))
        for change in self._pending.get(str(root), []):
            if random.random() < 0.5:
                names.update(change)
        for name, inode in names.items():
            if inode == 0:
                self.lay_out(root / name, target / name, random)
            elif inode is not None:
                (target / name).write_bytes(self._content(self._inodes[inode], random))

    def _content(self, inode: Inode, random: Random) -> bytes:
        content = bytearray(inode.durable)
        for kind, what in inode.pending:
            if kind == "write" and random.random() < 0.8:
                data, offset = what
                for begin in range(0, len(data), SECTOR):
                    if random.random() < 0.5:
                        change_bytes(content, "write", [data[begin : begin + SECTOR], offset + begin])
            elif kind != "write" and random.random() < 0.5:
                change_bytes(content, kind, what)
        return bytes(content)

    def _waiting(self, place: str | int) -> list[Any]:
        """What of a directory (a path) or a file (a number) is not durable yet."""
        return self._pending.setdefault(place, []) if isinstance(place, str) else self._inodes[place].pending

    def _make_durable(self, place: str | int, covered: list[Any]) -> None:
        """What waited when a sync began is durable; what came while it ran is not."""
        waiting = self._waiting(place)
        for each in list(covered):
            if waiting and waiting[0] is each:  # else another sync, which began later, has ended before
                del waiting[0]
                if isinstance(place, str):
                    self._durable.setdefault(place, {}).update(each)
                else:
                    change_bytes(self._inodes[place].durable, *each)

    def _rename(self, source: str, target: str, inode: int) -> None:
        (old_parent, old_name), (parent, name) = _split(source), _split(target)
        if old_parent == parent:
            # In one directory it is one change: both names or neither.
            self._pending.setdefault(parent, []).append([(old_name, None), (name, inode)])
        else:
            self._link(source, None)
            self._link(target, inode)

    def _link(self, path: str, inode: int | None) -> None:
        parent, name = _split(path)
        self._pending.setdefault(parent, []).append([(name, inode)])


def _split(path: str) -> tuple[str, str]:
    parent, _, name = path.rpartition("/")
    return parent, name


SECTOR = 64
"""Bytes that a power cut keeps or loses together (smaller than any real one, so that small frames tear)."""


def change_bytes(content: bytearray, kind: str, what: Any) -> None:
    """Make one change to the bytes of a file."""
    if kind == "write":
        data, offset = what
        if len(content) < offset + len(data):
            content.extend(bytes(offset + len(data) - len(content)))
        content[offset : offset + len(data)] = data
    elif kind == "cut":
        del content[what[0] :]
    elif len(content) < what[0]:
        content.extend(bytes(what[0] - len(content)))
