"""The head of a request: what must hold of it before anybody looks at what it asks.

Whoever stands before us may read a head that is not strict otherwise than we do, and would then hand on one request where we see
two. So what can be read in two ways is refused, also where the standard lets a server guess:

- The version is 1.0 or 1.1. `CONNECT` is refused: what follows it would be no HTTP.
- A request says once for which host it is, in a form that a host can have; only one of HTTP/1.0 may leave it out. If its target
  names a host as well, that is the same one.
- The target is a path, an address of http, or `*` of `OPTIONS`.
- The only transfer coding is `chunked`, which HTTP/1.0 has not got. What the parser itself refuses (two lengths, a length beside
  a coding, folded lines, bare ends of lines, spaces in front of a colon) does not come here.

Source: RFC 9112, sections 2.3, 3.2, 3.3, 6.1; RFC 3986, section 3.2.2; RFC 9110, sections 7.8, 9.3.6, 15.6.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.edge.problem_kinds import BAD_REQUEST, NOT_IMPLEMENTED, Problem

Headers = Iterable[tuple[bytes, bytes]]
"""Names in lower case."""

_HOST = re.compile(
    rb"(?:\[[0-9a-f:.]+\]|(?:[a-z0-9._~!$&'()*+,;=-]|%[0-9a-f]{2})*)(?::[0-9]*)?", re.IGNORECASE
)
_ADDRESS = re.compile(rb"https?://([^/?#]+)([^?#]*)([^#]*)", re.IGNORECASE)


def fault_in(method: bytes, target: bytes, version: str, headers: Headers) -> Problem | None:
    """Why a request is answered with a problem, whatever it asks; None if nothing is wrong with its head.

    Args:
        method: of the request.
        target: what stands behind the method.
        version: of HTTP.
        headers: names in lower case.
    """
    hosts, codings = [], []
    for name, value in headers:
        if name == b"host":
            hosts.append(value.strip())
        elif name == b"transfer-encoding":
            codings.append(value.strip().lower())
    is_new, is_old = version == "1.1", version == "1.0"
    has_host = len(hosts) == 1 or (is_old and not hosts)
    has_end = not codings or (is_new and codings[-1].rpartition(b",")[2].strip() == b"chunked")
    if method == b"CONNECT":
        return NOT_IMPLEMENTED
    if not ((is_new or is_old) and has_host and has_end and all(map(is_host, hosts))):
        return BAD_REQUEST
    if not _is_target(method, target, hosts):
        return BAD_REQUEST
    return None if codings in ([], [b"chunked"]) else NOT_IMPLEMENTED


def is_host(value: bytes) -> bool:
    """Whether this can stand in `Host`; so can nothing at all, where an address has no host."""
    return _HOST.fullmatch(value) is not None


def origin_form(target: bytes) -> bytes:
    """The path and the query of a target; what is no address stays what it is."""
    address = None if target[:1] == b"/" else _ADDRESS.fullmatch(target)
    return target if address is None else (address[2] or b"/") + address[3]


def head_without_offer(method: bytes, target: bytes, version: str, headers: Headers) -> bytes:
    """The head of a request as it was read, without the offer to go on in another protocol.

    Args:
        method: of the request.
        target: what stands behind the method.
        version: of HTTP.
        headers: names in lower case.
    """
    lines = [b"%b %b HTTP/%b" % (method, target, version.encode())]
    lines += [b"%b: %b" % (name, value) for name, value in headers if name != b"upgrade"]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _is_target(method: bytes, target: bytes, hosts: list[bytes]) -> bool:
    if target[:1] == b"/":
        return b"#" not in target
    address = _ADDRESS.fullmatch(target)
    if address is None:
        return method == b"OPTIONS" and target == b"*"
    host = address[1].lower()
    return is_host(host) and all(each.lower() == host for each in hosts)
