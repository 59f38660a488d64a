"""A shop with the banner in its pages: its own origin, its own server, strict rules about what its pages may run.

The server does what docs/banner.md asks of an app: it knows its visitor by a cookie of its own, and fetches a banner token for exactly
this visitor and this origin with its client credentials. The pages' `Content-Security-Policy` allows no inline style, no inline
script without a nonce, no strings as code, and nobody but the shop and the gateway.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from tests.gateway_process import Gateway

MODULES = Path(__file__).parent / "node_modules"
IMPORTS = {
    "tslib": "/modules/tslib/tslib.es6.mjs",
    "@segment/analytics-generic-utils": "/modules/@segment/analytics-generic-utils/dist/esm/index.js",
    "@segment/analytics-consent-tools": "/modules/@segment/analytics-consent-tools/dist/esm/index.js",
}
HEAD = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A shop</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">"""
BANNER = """<script defer src="{gateway}/banner/v1.js" data-key="{key}" data-token-url="/consent-token"></script>"""
BODY = """</head><body><main><h1>A shop</h1><p>Shoes, and more shoes.</p>{more}</main></body></html>"""


class BannerShop(ThreadingHTTPServer):
    """Serves on loopback while it is used as a context manager."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        """Listen; `gateway` is set before the first page is asked for."""
        super().__init__(("127.0.0.1", port), Handler)
        self.gateway: Gateway
        self.token: Callable[[], str]
        self.tokens_given = 0
        self.token_seconds = 900
        self.more = ""
        """More of the page's body."""
        self.scripts = ""
        """More of the page's head; `NONCE` is replaced by this answer's nonce."""
        self.attributes = ""
        """More attributes of the banner's script element."""
        self.lang = "en"
        self.without_token_url = False

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.server_port}"

    def plain(self) -> None:
        """Serve the page without anything special again."""
        self.more = self.scripts = self.attributes = ""
        self.lang, self.token_seconds, self.without_token_url = "en", 900, False

    def __enter__(self) -> BannerShop:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Gives the page, the published clients' modules, and the visitor's token."""

    server: BannerShop
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The page, or a file of a published client."""
        if self.path.startswith("/modules/"):
            self.send_module(self.path.removeprefix("/modules/"))
        elif self.path == "/analytics.js":
            self.send_module("@segment/analytics-next/dist/umd/index.js")
        elif self.path.endswith(".js"):  # the bundle's other parts
            self.send_module(f"@segment/analytics-next/dist/umd{self.path}")
        else:
            self.send_page()

    def do_POST(self) -> None:
        """`/consent-token`: for the visitor of the cookie, and for nobody else."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        shop = self.server
        shop.tokens_given += 1
        body = {
            "subject": {"anonymous_id": self.visitor()},
            "origin": shop.url,
            "ttl_seconds": shop.token_seconds,
        }
        answer = httpx.post(
            f"{shop.gateway.url}/v1/banner-tokens",
            json=body,
            headers={"authorization": f"Bearer {shop.token()}"},
            timeout=90,
        )
        self.answer(answer.status_code, "application/json", answer.content)

    def visitor(self) -> str:
        """The visitor whom the cookie names."""
        cookies = SimpleCookie(self.headers.get("cookie", ""))
        return cookies["visitor"].value

    def send_page(self) -> None:
        """The page, under the strictest policy it can live with."""
        shop = self.server
        nonce = "n0nce"
        banner = BANNER.format(gateway=shop.gateway.url, key=shop.gateway.credentials["write_key"])
        banner = banner.replace(" data-key", f" {shop.attributes} data-key")
        if shop.without_token_url:
            banner = banner.replace(' data-token-url="/consent-token"', "")
        page = (
            HEAD.format(lang=shop.lang)
            + shop.scripts.replace("NONCE", nonce)
            + banner
            + BODY.format(more=shop.more)
        )
        policy = (
            f"default-src 'none'; script-src 'self' 'nonce-{nonce}' {shop.gateway.url}; connect-src 'self' {shop.gateway.url};"
            " img-src data:; base-uri 'none'; form-action 'none'; style-src 'none'"
        )
        if not shop.scripts:  # analytics.js itself writes script elements
            policy += "; require-trusted-types-for 'script'; trusted-types 'none'"
        self.answer(200, "text/html", page.encode(), content_security_policy=policy)

    def send_module(self, name: str) -> None:
        """A file of a published client; an import without a suffix is sent on to what a bundler would take."""
        for suffix in ("", ".js", "/index.js"):
            path = MODULES / f"{name}{suffix}"
            if path.is_file() and MODULES.resolve() in path.resolve().parents:
                if suffix:
                    self.answer(302, "text/plain", b"", location=f"/modules/{name}{suffix}")
                else:
                    self.answer(200, "text/javascript", path.read_bytes())
                return
        self.answer(404, "text/plain", b"")

    def answer(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives it
        """Say nothing."""


def import_map() -> str:
    """The element that tells the browser where the published modules are."""
    return f'<script type="importmap" nonce="NONCE">{json.dumps({"imports": IMPORTS})}</script>'
