"""Where our pages are reached, and whether a request comes from one of them.

- `server.public_url` says so. Without it the pages are for this machine only: the `Host` must be a loopback name.
- A form is taken only from our own origin. Browsers send `Origin` with every form; whoever leaves it out, sends `null` or
  another one is refused. A form at a name that somebody else's DNS points here (rebinding) is refused with it.
- Cookies are `Secure` and `__Host-` where the address is https.

Source: RFC 6454 (origins), RFC 6265bis (cookie name prefixes), RFC 9110 section 7.2 (Host).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from gateway.wire.host_names import is_loopback, name_in


class OwnAddress:
    """Our own address, as configured."""

    def __init__(self, public_url: str | None, cookie: str) -> None:
        """Be reached at `public_url`, or on this machine only; the names of the room's cookies begin with `cookie`."""
        self._url = public_url
        parts = urlsplit(public_url or "")
        self._origin = f"{parts.scheme}://{parts.netloc}".lower() if public_url else None
        self.secure = parts.scheme == "https"
        """Whether browsers reach us by https."""
        prefix = "__Host-" if self.secure else ""
        self.session_cookie = f"{prefix}{cookie}"
        """The name of the cookie that names a session."""
        self.sign_in_cookie = f"{prefix}{cookie}_sign_in"
        """The name of the cookie that ties a sign-in under way to its browser."""
        self.language_cookie = f"{prefix}{cookie}_language"
        """The name of the cookie that remembers a chosen language."""

    def base_url(self, host: str | None) -> str | None:
        """What our own addresses begin with, for a request with this `Host`; None if it may not be answered."""
        if self._url is not None:
            return self._url
        return f"http://{host}" if host is not None and is_loopback(name_in(host)) else None

    def is_own(self, origin: str | None, host: str | None) -> bool:
        """Whether a form with this `Origin` was sent from one of our pages."""
        if self._origin is not None:
            return origin == self._origin
        return host is not None and is_loopback(name_in(host)) and origin == f"http://{host}"
