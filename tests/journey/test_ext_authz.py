"""A reverse proxy asks before it passes a request on: real nginx in front of a service, and the gateway behind its `auth_request`."""

from __future__ import annotations

import http.server
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.free_port import free_port
from tests.gateway_process import Gateways
from tests.journey.shop import Shop, wait_until
from tests.requirement import require

CONFIGURATION = """
daemon off; pid {root}/pid; error_log {root}/error.log; worker_processes 1; user root;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {root}/a; proxy_temp_path {root}/b; fastcgi_temp_path {root}/c;
  uwsgi_temp_path {root}/d; scgi_temp_path {root}/e;
  server {{
    listen 127.0.0.1:{port};
    location / {{ auth_request /_permitted; proxy_pass http://127.0.0.1:{service}; }}
    location = /_permitted {{
      internal;
      proxy_pass {gateway}/ext_authz;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header Authorization "Bearer {token}";
      proxy_set_header X-Volens-Service newsletter;
      proxy_set_header X-Volens-Purpose recommendations;
      proxy_set_header X-Volens-Subject $http_x_user;
    }}
  }}
}}
"""


class Newsletter(http.server.BaseHTTPRequestHandler):
    """The service that must not be reached without permission."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"sent")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def newsletter() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Newsletter) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def nginx(root: Path, **more: object) -> Iterator[str]:
    """Real nginx; its address."""
    port = free_port()
    configuration = root / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(root=root, port=port, **more))
    process = subprocess.Popen([require("nginx"), "-c", str(configuration), "-e", str(root / "error.log")])
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(url), "nginx")
        yield url
    finally:
        process.terminate()
        process.wait(90)


def answers(url: str) -> bool:
    try:
        httpx.get(url, timeout=90)
    except httpx.TransportError:
        return False
    return True


@pytest.mark.slow
def test_nginx_passes_on_what_is_permitted_and_nothing_else(gateways: Gateways, tmp_path: Path) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    shop.consent("ada", "given")
    with (
        newsletter() as service,
        nginx(tmp_path, service=service, gateway=gateway.url, token=gateway.token("decide")) as url,
    ):

        def ask(who: str) -> int:
            return httpx.get(f"{url}/send", headers={"x-user": who}, timeout=90).status_code

        assert httpx.get(f"{url}/send", headers={"x-user": "ada"}, timeout=90).text == "sent"
        assert ask("nobody") == 403
        shop.consent("ada", "withdrawn")
        assert ask("ada") == 403
        assert httpx.get(f"{url}/send", timeout=90).status_code == 500, (
            "no person named: nginx takes anything but 401 and 403 for an error"
        )
        gateway.kill()
        assert ask("ada") == 500, "nobody to ask: nothing passes"
        gateway.serve()
        assert ask("ada") in {401, 403}


def test_what_is_asked_by_headers_is_answered_by_status_and_reason(gateways: Gateways) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    shop.consent({"anonymous_id": "browser"}, "given")
    asked = {"x-volens-service": "ads", "x-volens-purpose": "recommendations"}

    def ask(**headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return shop.server.get("/ext_authz", headers=asked | named)

    permitted = ask(x_volens_anonymous_subject="browser")
    assert (permitted.status_code, permitted.headers["x-volens-reason"]) == (200, "permitted")
    assert int(permitted.headers["x-volens-audit-index"]) > 0
    assert permitted.content == b""
    denied = ask(x_volens_subject="canary")
    assert (denied.status_code, denied.headers["x-volens-reason"]) == (403, "no_record")
    for wrong in ({}, {"x_volens_subject": "a", "x_volens_anonymous_subject": "b"}, {"x_volens_subject": ""}):
        assert ask(**wrong).status_code == 400
    assert ask(x_volens_subject="a" * 257).status_code == 400
    twice = [*asked.items(), ("x-volens-subject", "a"), ("x-volens-subject", "b")]
    assert shop.server.get("/ext_authz", headers=twice).status_code == 400
    assert httpx.get(f"{gateway.url}/ext_authz", headers=asked, timeout=90).status_code == 401
