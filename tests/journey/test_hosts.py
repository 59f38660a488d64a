"""What a request says about hosts and callers is believed only from whoever may say it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.callers.operators import FORWARDED as FORWARDED_BY
from tests.gateway_process import Gateway, Gateways

FORWARDED = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateways = Gateways(tmp_path_factory.mktemp("hosts"))
    yield gateways.start()
    gateways.close()


@pytest.mark.slow
def test_nobody_says_where_they_come_from_unless_they_are_a_proxy_of_ours(gateway: Gateway) -> None:
    """Without trust the header makes nobody somebody else: it can take away what is for this machine, and no more."""
    assert httpx.get(f"{gateway.url}/metrics", headers=FORWARDED, timeout=90).status_code == 404
    answers = (
        httpx.post(
            f"{gateway.url}/portal/sign-in",
            data={"code": "x" * 43},
            headers={"x-forwarded-for": f"203.0.113.{n}", "origin": gateway.url},
            timeout=90,
        ).status_code
        for n in range(250)
    )
    assert 429 in answers, "another address in the header is not another caller"


@pytest.mark.slow
def test_a_trusted_proxy_is_believed(gateways: Gateways) -> None:
    def trust(directory: Path) -> None:
        settings = directory / "volens.toml"
        line = '[server]\ntrusted_proxies = ["127.0.0.0/8"]'
        settings.write_text(settings.read_text().replace("[server]", line, 1))

    trusting = gateways.start(trust)
    assert httpx.get(f"{trusting.url}/metrics", headers=FORWARDED, timeout=90).status_code == 404
    assert httpx.get(f"{trusting.url}/metrics", timeout=90).status_code == 200


@pytest.mark.slow
def test_the_metrics_are_there_under_names_of_ours_only(gateway: Gateway) -> None:
    for host, status in (
        (f"127.0.0.1:{gateway.port}", 200),
        (f"localhost:{gateway.port}", 200),
        ("rebound.example", 404),
        ("127.0.0.1.rebound.example", 404),
        ("[::1", 400),
        ("rebound.example[::1]", 400),
        ("", 404),
    ):
        assert (
            httpx.get(f"{gateway.url}/metrics", headers={"host": host}, timeout=90).status_code == status
        ), host


@pytest.mark.slow
def test_a_proxy_that_nobody_named_opens_nothing_to_the_world(gateways: Gateways) -> None:
    """It speaks TLS for us on this machine, under the name that the world knows."""

    def be_reached(directory: Path) -> None:
        settings = directory / "volens.toml"
        line = '[server]\npublic_url = "https://shop.example/volens"'
        settings.write_text(settings.read_text().replace("[server]", line, 1))

    public = gateways.start(be_reached)
    with httpx.Client(base_url=public.url, timeout=90) as here:
        for page in ("/metrics", "/ops", "/ops/insights"):
            assert here.get(page).status_code == 200
            assert here.get(page, headers={"host": "shop.example"}).status_code == 404
            for name in FORWARDED_BY:
                assert here.get(page, headers={name: "203.0.113.9"}).status_code == 404, name
        key = public.credentials["write_key"]
        told = here.get(f"/v1/projects/{key}/settings").json()["integrations"]["Segment.io"]
    assert (told["protocol"], told["apiHost"]) == ("https", "shop.example/volens/v1")


@pytest.mark.slow
def test_monitors_and_mirrors_may_ask_for_the_head_alone(gateway: Gateway) -> None:
    with httpx.Client(base_url=gateway.url, timeout=90) as monitor:
        ready = monitor.head("/readyz")
        assert ready.status_code in (200, 503), "asked for, and told as it is at that moment"
        assert ready.content == b""
        for path in ("/healthz", "/log/log.vkey"):
            head, whole = monitor.head(path), monitor.get(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == str(len(whole.content))
        assert (
            monitor.head("/log/tile/9/999").status_code == monitor.get("/log/tile/9/999").status_code == 404
        )
        assert monitor.head("/v1/decide").status_code == 405
