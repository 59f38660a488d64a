"""The proxy of docs/running.md, nginx as it is: everything goes through, and of nobody anything stays."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.free_port import free_port
from tests.gateway_process import Gateway, Gateways, files_of
from tests.house.source import ROOT
from tests.journey.shop import Shop, wait_until
from tests.requirement import require

CONFIGURATION = re.compile(r"^```nginx\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CANARY = "canary-of-a-person-4711"
LONG = 200
"""Events of a batch that is longer than what a proxy keeps in memory by default."""


def trusting(directory: Path) -> None:
    settings = directory / "volens.toml"
    wanted = '[server]\npublic_url = "https://gate.example"\ntrusted_proxies = ["127.0.0.1"]\n'
    settings.write_text(settings.read_text().replace("[server]\n", wanted))
    token = directory.with_name("metrics.token")
    token.write_text("a-token-that-nobody-outside-knows")
    token.chmod(0o600)
    settings.write_text(settings.read_text() + f'\n[metrics]\ntoken_file = "{token}"\n')


def place(root: Path, gateway: Gateway, port: int) -> Path:
    """The page's configuration with the places of a test."""
    (site,) = CONFIGURATION.findall((ROOT / "docs/running.md").read_text())
    for there, here in (
        ("/etc/nginx", str(root)),
        ("/var/log/nginx", str(root)),
        ("127.0.0.1:8080", f"127.0.0.1:{gateway.port}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
    ):
        assert there in site
        site = site.replace(there, here)
    temporary = "".join(
        f"{kind}_temp_path {root}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = root / "nginx.conf"
    whole.write_text(
        f"pid {root}/pid;\nerror_log {root}/error.log crit;\ndaemon off;\nevents {{}}\nhttp {{\n{temporary}{site}}}\n"
    )
    return whole


@pytest.fixture
def shop(gateways: Gateways) -> Shop:
    shop = Shop(gateways.start(trusting))
    shop.gateway.expects_faults = True  # its metrics are not for this machine
    return shop


@pytest.fixture
def proxied(tmp_path: Path, shop: Shop) -> Iterator[httpx.Client]:
    """Somebody who comes through the proxy."""
    program, root, port = require("nginx"), tmp_path / "nginx", free_port()
    root.mkdir()
    certificate = ["-keyout", root / "volens.key", "-out", root / "volens.pem", "-days", "2"]
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=volens.example", *certificate]
    subprocess.run([require("openssl"), *made], check=True, capture_output=True)
    configured = place(root, shop.gateway, port)
    with subprocess.Popen([program, "-p", root, "-c", configured], stderr=subprocess.DEVNULL) as running:
        try:
            with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=False, timeout=90) as client:
                wait_until(lambda: answers(client), "the proxy answers")
                yield client
        finally:
            running.terminate()
            running.wait(60)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def viewed(number: int) -> dict[str, object]:
    properties = {"product_id": "p-1", "note": "x" * 900}
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": CANARY,
        "messageId": f"m-{number}",
        "properties": properties,
    }


def pixel(write_key: str) -> str:
    event = {"writeKey": write_key, "anonymousId": CANARY, "event": "Product Viewed"}
    return "/pixel/v1/track?data=" + base64.urlsafe_b64encode(json.dumps(event).encode()).decode()


def test_everything_goes_through_and_of_nobody_anything_stays(
    tmp_path: Path, shop: Shop, proxied: httpx.Client
) -> None:
    keys = shop.gateway.credentials
    shop.consent(CANARY, "given")
    batch = {"batch": [viewed(number) for number in range(LONG)]}
    answer = proxied.post("/v1/batch", auth=(keys["server_key"], ""), json=batch)
    assert answer.json()["accepted"] == LONG
    assert proxied.get(pixel(keys["write_key"])).headers["content-type"] == "image/gif"
    assert proxied.get("/metrics").status_code in {401, 403, 404}, (
        "who comes through the proxy is not this machine"
    )
    token = shop.server.post("/v1/device-tokens", json={"subject": {"id": CANARY}}).json()["access_token"]
    with proxied.stream("GET", "/v1/stream", headers={"authorization": f"Bearer {token}"}) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        shop.consent(CANARY, "withdrawn")
        assert any('"consent"' in line for line in lines), "it is told although the stream goes on"
    assert shop.gateway.stop() == 0
    assert proxied.get(pixel(keys["write_key"])).status_code == 502
    encoded = base64.urlsafe_b64encode(CANARY.encode())[:16]
    kept = files_of(tmp_path / "nginx")
    assert any(b"POST 200" in content for content in kept.values()), "the access log was looked at"
    assert not [name for name, content in kept.items() if CANARY.encode() in content or encoded in content]
    assert not [name for name, content in kept.items() if b"data=" in content]
