"""An officer at the console of a real gateway: enrols by a printed link, has an authenticator app, reads pages, sends forms."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import struct
import time
from html import unescape
from pathlib import Path

import httpx

from audit import CorruptionError, published_entries
from gateway.officer.accounts import Accounts
from gateway.settings.reading import load_settings
from tests.gateway_process import Gateway, volens

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
ENROLMENT = re.compile(r'name="enrolment" value="([^"]+)"')
SECRET = re.compile(r"<code>([A-Z2-7 ]+)</code>")
PASSWORD = "correct horse battery staple"
WRONG = "a wrong code"
"""Stands for six digits that are not right."""
HALF_MINUTE = 30
TRAVEL_SECONDS = 10  # a code is not sent this shortly before it grows too old
STILL_TRIES = 1_200


def code_of(secret: str, step: int) -> str:
    """What an authenticator app shows in a half minute, by RFC 6238, written for this test alone."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def wrong_code(secret: str) -> str:
    """Six digits that the app shows at no time near this one: any that are made up may be right by chance."""
    now = int(time.time()) // HALF_MINUTE
    right = {code_of(secret, step) for step in range(now - 20, now + 21)}
    return next(code for code in map("{:06d}".format, range(len(right) + 1)) if code not in right)


def printed_code(directory: Path, name: str, url: str = "http://127.0.0.1") -> str:
    """A one-time code, printed as an operator prints it."""
    done = volens("officer", "enrol", directory, "--name", name, "--url", url)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().partition(f"{url}/officer/enrol#")[2]


def many_sign_ins(directory: Path) -> None:
    """Let officers sign in as often as tests do."""
    more = "\n[officer]\nsign_ins_per_minute = 10000\naccount_attempts_per_minute = 10000\n"
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text() + more)


def enrolment_code(directory: Path, name: str) -> str:
    """A one-time code, made as the command makes it, without a process of its own."""
    keys_dir = load_settings(directory).keys_dir
    return Accounts(keys_dir, os.urandom).invite(name, expires_at=int(time.time()) + 3600)


def details(directory: Path) -> list[dict[str, object]]:
    """What the published entries of a log say beside their kind, in order."""
    for _ in range(STILL_TRIES):
        try:
            return [json.loads(raw).get("d", {}) for _, raw in published_entries(directory / "log")]
        except CorruptionError:  # a newer checkpoint has replaced the last bundle of this one
            time.sleep(0.05)
    raise AssertionError("the log is never still")


def words_of(page: str) -> str:
    """A page as plain text."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


class Officer:
    """One officer with one browser, without scripts."""

    def __init__(self, gateway: Gateway, name: str = "vera", **headers: str) -> None:
        """Stand before the console of `gateway`."""
        self.gateway = gateway
        self.name = name
        self.secret = ""
        self.used = 0
        self.http = self.browser(**headers)

    def browser(self, **headers: str) -> httpx.Client:
        """Another browser of theirs, which has no cookies."""
        client = self.gateway.caller(timeout=300, headers={"accept-language": "en", **headers})
        self.gateway._clients.append(client)
        return client

    def enrol(self) -> Officer:
        """Choose a password, set up the app, and be inside."""
        began = self.begin(enrolment_code(self.gateway.directory, self.name))
        assert began.status_code == 303, began.text
        assert self.finish().headers["location"] == "/officer"
        return self

    def begin(self, code: str) -> httpx.Response:
        """Use a one-time code."""
        return self.send("/officer/enrol", {"code": code})

    def finish(
        self, password: str = PASSWORD, again: str = PASSWORD, code: str | None = None
    ) -> httpx.Response:
        """Fill in the second page of the enrolment."""
        page = self.http.get("/officer/enrol/finish").text
        found, enrolment = SECRET.search(page), ENROLMENT.search(page)
        assert found
        assert enrolment
        self.secret, self.used = found[1].replace(" ", ""), 0
        shown = self.code() if code is None else wrong_code(self.secret) if code == WRONG else code
        form = {"enrolment": enrolment[1], "password": password, "again": again, "code": shown}
        return self.send("/officer/enrol/finish", form)

    def code(self) -> str:
        """The next code that the gateway will still accept when it arrives; each is shown once."""
        self.used = max(self.used + 1, int(time.time() + TRAVEL_SECONDS) // HALF_MINUTE - 1)
        while self.used > int(time.time()) // HALF_MINUTE + 1:
            time.sleep(0.5)  # every code of this half minute and of its neighbours was used
        return code_of(self.secret, self.used)

    def sign_in(self, **said: str) -> httpx.Response:
        """Come in; what is said otherwise is said wrongly."""
        form = {"name": self.name, "password": PASSWORD, **said}
        if form.get("code") == WRONG:
            form["code"] = wrong_code(self.secret)
        return self.send("/officer/sign-in", {"code": self.code(), **form} if "code" not in form else form)

    def read(self, path: str = "/officer", **parameters: str) -> str:
        """A page that must be there, as plain text."""
        return words_of(self.page(path, **parameters))

    def page(self, path: str = "/officer", **parameters: str) -> str:
        """A page that must be there."""
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def csrf(self) -> str:
        """The token of this session's forms."""
        found = CSRF.search(self.page())
        assert found
        return found[1]

    def send(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as a browser does from our page."""
        return self.http.post(path, data=form, headers={"origin": self.gateway.url, **headers})

    def press(self, path: str, form: dict[str, str] | None = None) -> httpx.Response:
        """Send a form of the session."""
        return self.send(path, {"csrf": self.csrf(), **(form or {})})
