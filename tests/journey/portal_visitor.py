"""A person at the portal of a real gateway: signs in by a link, reads pages, fills in forms. Cookies and all, over HTTP."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import httpx

from tests.gateway_process import Gateway, volens

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
NOTICE = re.compile(r'name="notice" value="([^"]+)"')


def link_for(directory: Path, who: str, url: str, *more: str) -> str:
    """A one-time link, printed as an operator prints it."""
    done = volens("portal", "link", directory, "--url", url, *more, stdin=f"{who}\n")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def many_sign_ins(directory: Path, more: str = "") -> None:
    """Let people sign in as often as tests do; `more` are further settings of the portal."""
    settings = directory / "volens.toml"
    settings.write_text(f"{settings.read_text()}\n[portal]\nsign_ins_per_minute = 10000\n{more}")


class Visitor:
    """One browser, without scripts."""

    def __init__(self, gateway: Gateway, **headers: str) -> None:
        """Visit the portal of `gateway`."""
        self.gateway = gateway
        self.http = gateway.caller(headers={"accept-language": "en", **headers})
        gateway._clients.append(self.http)

    def sign_in(self, who: str, *more: str) -> httpx.Response:
        """Come in by a fresh link."""
        link = link_for(self.gateway.directory, who, self.gateway.url, *more)
        return self.use(link.partition("#")[2])

    def use(self, code: str) -> httpx.Response:
        """Come in with a code."""
        return self.send("/portal/sign-in", {"code": code})

    def read(self, path: str = "/portal") -> str:
        """A page that must be there."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.status_code
        return answer.text

    def csrf(self) -> str:
        """The token of this session's forms."""
        found = CSRF.search(self.read())
        assert found
        return found[1]

    def send(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as a browser does from our page."""
        return self.http.post(path, data=form, headers={"origin": self.gateway.url, **headers})

    def press(self, path: str, form: dict[str, str] | None = None, then: str = "/portal") -> str:
        """Send a form of the session, and read the page it leads to."""
        answer = self.send(path, {"csrf": self.csrf(), **(form or {})})
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].partition("#")[0] == then
        return self.read(then)

    def choose(self, choice: str) -> str:
        """Press one of the buttons beside the purposes."""
        notice = NOTICE.search(self.read())
        assert notice
        return self.press("/portal/choices", {"notice": notice[1], "choice": choice})

    def buttons(self) -> list[str]:
        """The choices that are offered."""
        return re.findall(r'name="choice" value="([^"]+)"', self.read())

    def state(self, entry_id: str) -> str:
        """What a card says, as plain text."""
        page = self.read()
        card = page.partition(f'<li class="card" id="{entry_id}">')[2].partition("</li>\n<li")[0]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", card)).split())


def with_cookie(gateway: Gateway, name: str | None) -> httpx.Response:
    """The portal's first page for a browser that brings this name of a session."""
    return httpx.get(f"{gateway.url}/portal", headers={"cookie": f"volens_portal={name}"}, timeout=90)
