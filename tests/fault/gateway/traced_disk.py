"""What a traced gateway did to its disk, and when it answered, in order: read from what `strace -f -xx -yy` wrote.

A change counts when its call has returned. A sync covers what had returned when the sync began. An answer counts when the call that
sends it began. So whatever is told here as acknowledged before a power cut was on its way at most an instant later.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

Change = tuple[object, ...]
FILES = "openat,pwrite64,write,fdatasync,fsync,rename,unlink,mkdir,rmdir,ftruncate,fallocate,lseek,link,sendfile,copy_file_range,syncfs"
STRACE = (
    "-f", "-qq", "-xx", "-yy", "-s", "2000000", "-e", f"trace={FILES},writev,sendto,sendmsg,unlinkat,renameat,mkdirat",
)  # fmt: skip
UNFINISHED = " <unfinished ...>"
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
ESCAPES = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
PORTS = re.compile(r"<TCP:\[[^\]>]*:(\d+)->[^\]]*:(\d+)\]>")
HTTP = "".join(f"\\x{byte:02x}" for byte in b"HTTP/1.1 ")


@dataclass
class Trace:
    """The lines of a trace as changes for a `Platter`, and ("answer", PORT OF THE CLIENT, WHICH) for the n-th answer to it."""

    root: Path
    inodes: dict[str, int]
    """The files that were there before, by path."""
    _waiting: dict[str, str] = field(default_factory=dict)
    _offsets: dict[tuple[int, int], int] = field(default_factory=dict)
    """(descriptor, inode) -> where the next `write` goes."""
    _sizes: dict[int, int] = field(default_factory=dict)
    """How long what was only ever appended to is."""
    _answers: Counter[int] = field(default_factory=Counter)

    def changes(self, lines: Iterator[str]) -> Iterator[Change]:
        """Everything below the root that changed, and every answer, in order."""
        for line in lines:
            thread, _, said = line.rstrip("\n").partition(" ")
            said = said.lstrip()
            if said.endswith(UNFINISHED):
                begun = said.removesuffix(UNFINISHED)
                yield from self._begin(thread, begun)
                self._waiting[thread] = begun
            elif resumed := RESUMED.match(said):
                yield from self._end(thread, self._waiting.pop(thread, "") + resumed[2])
            elif said[:1].isalpha():
                yield from self._begin(thread, said)
                yield from self._end(thread, said)

    def _begin(self, thread: str, call: str) -> Iterator[Change]:
        name = call.partition("(")[0]
        if name in {"write", "writev", "sendto", "sendmsg"} and (ports := PORTS.search(call)):
            if HTTP in call:
                port = int(ports[2])
                yield ("answer", port, self._answers[port])
                self._answers[port] += 1
        elif name in {"fsync", "fdatasync"} and (path := self._path_of(call)):
            inode = self.inodes.get(path)
            yield ("begin", thread, path) if inode is None else ("begin", thread, inode)

    def _end(self, thread: str, call: str) -> Iterator[Change]:
        name, _, rest = call.partition("(")
        arguments, _, result = rest.rpartition(" = ")
        if not result or result.startswith(("-1", "?")):
            return
        if name in {"unlink", "mkdir", "rmdir", "rename", "link", "openat"}:
            paths = [path for path in map(_text, ESCAPES.findall(arguments)) if self._is_below(path)]
            if paths:
                yield from self._named(name, paths, arguments, result)
        elif path := self._path_of(call):
            yield from self._written(thread, name, path, arguments, result)

    def _named(self, name: str, paths: list[str], arguments: str, result: str) -> Iterator[Change]:
        match name:
            case "openat":
                descriptor, inode = int(result.partition("<")[0]), self.inodes.get(paths[0])
                if inode is None and "O_CREAT" in arguments:
                    inode = self.inodes[paths[0]] = max(self.inodes.values(), default=0) + 1
                    yield ("create", paths[0], inode)
                elif inode is not None and "O_TRUNC" in arguments:
                    self._sizes[inode] = 0
                    yield ("cut", inode, 0)
                if inode is not None:
                    self._offsets[descriptor, inode] = (
                        self._sizes.get(inode, 0) if "O_APPEND" in arguments else 0
                    )
            case "rename":
                inode = self.inodes[paths[1]] = self.inodes.pop(paths[0])
                yield ("rename", paths[0], paths[1], inode)
            case "link":
                inode = self.inodes[paths[1]] = self.inodes[paths[0]]
                yield ("link", paths[1], inode)
            case _:
                self.inodes.pop(paths[0], None)
                yield (name, paths[0])

    def _written(self, thread: str, name: str, path: str, arguments: str, result: str) -> Iterator[Change]:
        inode = self.inodes.get(path)
        if name in {"fsync", "fdatasync"}:
            yield ("end", thread)
        if inode is None:
            return
        descriptor = int(arguments.partition("<")[0])
        numbers = arguments.rstrip(") ").rsplit(", ", 1)[-1]
        place = (descriptor, inode)
        match name:
            case "pwrite64":
                yield ("write", inode, _bytes(arguments)[: int(result)], int(numbers))
            case "write":
                yield ("write", inode, _bytes(arguments)[: int(result)], self._offsets[place])
                self._offsets[place] += int(result)
                self._sizes[inode] = max(self._sizes.get(inode, 0), self._offsets[place])
            case "lseek":
                self._offsets[place] = int(result)
            case "ftruncate":
                self._sizes[inode] = int(numbers)
                yield ("cut", inode, int(numbers))
                yield ("extend", inode, int(numbers))
            case "fallocate":
                yield ("extend", inode, int(numbers))
            case "fsync" | "fdatasync":
                pass
            case _:
                raise AssertionError(f"a call that this does not know: {name}")

    def _path_of(self, call: str) -> str | None:
        """The file or directory below the root that a call's descriptor is of."""
        described = re.match(r"\w+\(\d+<((?:\\x[0-9a-f]{2})+)>(?:\(deleted\))?", call)
        path = _text(described[1]) if described else ""
        return path if self._is_below(path) and "(deleted)" not in call[: call.find(",")] else None

    def _is_below(self, path: str) -> bool:
        return path == str(self.root) or path.startswith(f"{self.root}/")


def _text(escaped: str) -> str:
    return bytes.fromhex(escaped.replace("\\x", "")).decode("utf-8", "surrogateescape")


def _bytes(arguments: str) -> bytes:
    found = ESCAPES.search(arguments)
    assert found, "a string that was shortened"
    return bytes.fromhex(found[1].replace("\\x", ""))
