"""Flags, read by OpenFeature's published clients: for Python, for servers on Node.js, and for pages, in Chromium, with its stream."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from playwright.sync_api import Page, sync_playwright

from tests.clients.send_browser import ARGUMENTS
from tests.free_port import free_port
from tests.gateway_process import Gateways
from tests.journey.shop import Shop, wait_until
from tests.journey.test_flags import BANNER, CHECKOUT
from tests.requirement import require, require_chromium, require_path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
WHO = "person-1"
FLAGS: dict[str, Any] = {
    "checkout-button": CHECKOUT,
    "banner": BANNER,
    "ratio": {"type": "float", "variants": {"whole": 1.0}, "default": "whole"},
    "limit": {"type": "integer", "variants": {"few": 3}, "default": "few"},
    "theme": {"type": "object", "variants": {"dark": {"ink": "white"}}, "default": "dark"},
}
IMPORTS = {
    "@openfeature/web-sdk": "/@openfeature/web-sdk/dist/esm/index.js",
    "@openfeature/core": "/@openfeature/core/dist/esm/index.js",
    "@openfeature/ofrep-core": "/@openfeature/ofrep-web-provider/node_modules/@openfeature/ofrep-core/index.esm.js",
    "@openfeature/ofrep-web-provider": "/@openfeature/ofrep-web-provider/index.esm.js",
}
PAGE = f"""<!doctype html><title>A shop</title><link rel="icon" href="data:,">
<script type="importmap">{json.dumps({"imports": IMPORTS})}</script>
<script type="module">
import {{ OpenFeature, ProviderEvents }} from "@openfeature/web-sdk";
import {{ OFREPWebProvider }} from "@openfeature/ofrep-web-provider";
window.start = async ([baseUrl, token, targetingKey, writeKey]) => {{
  const tell = (experiment_id, variation_id) => fetch(`${{baseUrl}}/v1/track`, {{
    method: "POST",
    body: JSON.stringify({{
      writeKey, anonymousId: targetingKey, event: "Experiment Viewed", properties: {{ experiment_id, variation_id }},
    }}),
  }});
  OpenFeature.addHooks({{
    after: (_, details) => {{
      if (details.flagMetadata.experiment) tell(details.flagMetadata.experiment, details.variant);
    }},
  }});
  const headers = [["Authorization", `Bearer ${{token}}`]];
  await OpenFeature.setContext({{ targetingKey, anonymous: true }});
  await OpenFeature.setProviderAndWait(new OFREPWebProvider({{ baseUrl, headers, cacheMode: "disabled" }}));
  window.client = OpenFeature.getClient();
  window.changed = 0;
  client.addHandler(ProviderEvents.ConfigurationChanged, () => window.changed++);
}};
</script>"""


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """The origin of a site whose one page has the client of OpenFeature in it."""

    class Site(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                super().do_GET()
                return
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives it
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", free_port()), partial(Site, directory=MODULES)) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, pages: str) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("flags"))

    def allow(directory: Path) -> None:
        settings = directory / "volens.toml"
        text = settings.read_text()
        assert "allowed_origins = []" in text
        settings.write_text(text.replace("allowed_origins = []", f'allowed_origins = ["{pages}"]'))

    try:
        served = Shop(gateways.start(allow))
        for key, flag in FLAGS.items():
            assert served.server.put(f"/v1/flags/{key}", json=flag).status_code == 200
        permit(served, {"id": WHO})
        yield served
    finally:
        gateways.close()


def permit(shop: Shop, who: dict[str, str], status: str = "given") -> None:
    body = {"subject": who, "purpose": "experiments", "status": status, "method": "test"}
    assert shop.server.put("/v1/consents", json=body).status_code == 200


@pytest.fixture
def client(shop: Shop) -> Iterator[Any]:
    token = shop.gateway.token("decide")
    provider = OFREPProvider(
        shop.gateway.url, headers_factory=lambda: {"Authorization": f"Bearer {token}"}, timeout=90.0
    )
    api.set_provider(provider)
    yield api.get_client()
    api.shutdown()
    provider.session.close()


def test_the_python_client_reads_every_kind_of_flag(client: Any) -> None:
    who = EvaluationContext(WHO)
    checkout = client.get_string_details("checkout-button", "none", who)
    assert (checkout.reason, checkout.error_code) == ("SPLIT", None)
    assert checkout.value == {"control": "blue", "green": "green"}[checkout.variant]
    assert client.get_boolean_value("banner", True, who) is False
    assert client.get_float_details("ratio", 0.0, who).error_code is None, "1.0 and not 1"
    assert client.get_float_value("ratio", 0.0, who) == 1.0
    assert client.get_integer_value("limit", 0, who) == 3
    assert client.get_object_value("theme", {}, who) == {"ink": "white"}


def test_the_python_client_understands_refusals_and_errors(client: Any) -> None:
    refused = client.get_string_details("checkout-button", "none", EvaluationContext("somebody-else"))
    assert (refused.value, refused.error_code) == ("blue", None)
    assert refused.flag_metadata["consent"] == "withheld"
    assert (
        client.get_string_details("nothing", "x", EvaluationContext(WHO)).error_code
        is ErrorCode.FLAG_NOT_FOUND
    )
    nobody = client.get_string_details("checkout-button", "x", EvaluationContext())
    assert nobody.error_code is ErrorCode.TARGETING_KEY_MISSING
    odd = client.get_string_details("checkout-button", "x", EvaluationContext("a" * 300))
    assert odd.error_code is ErrorCode.INVALID_CONTEXT
    assert (
        client.get_integer_details("checkout-button", 1, EvaluationContext(WHO)).error_code
        is ErrorCode.TYPE_MISMATCH
    )


@pytest.mark.foreign
def test_the_client_for_servers_reads_every_kind_of_flag(shop: Shop, client: Any) -> None:
    require_path(MODULES / "@openfeature" / "ofrep-provider", "npm ci in tests/clients")
    command = [
        require("node"),
        str(HERE / "read_flags.mjs"),
        shop.gateway.url,
        shop.gateway.token("decide"),
        WHO,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert read["checkout"]["value"] == client.get_string_value(
        "checkout-button", "none", EvaluationContext(WHO)
    )
    assert read["checkout"]["reason"] == "SPLIT"
    values = {name: read[name]["value"] for name in ("banner", "ratio", "limit", "theme")}
    assert values == {"banner": False, "ratio": 1, "limit": 3, "theme": {"ink": "white"}}
    assert [read[name].get("errorCode") for name in ("theme", "nothing", "nobody")] == [
        None,
        "FLAG_NOT_FOUND",
        "TARGETING_KEY_MISSING",
    ]


@pytest.fixture
def visit(shop: Shop, pages: str) -> Iterator[Callable[[str], Page]]:
    require_path(MODULES / "@openfeature" / "ofrep-web-provider", "npm ci in tests/clients")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=require_chromium(), args=ARGUMENTS)

        def open_page(device: str) -> Page:
            answer = shop.server.post("/v1/device-tokens", json={"anonymous_id": device})
            page = chromium.new_page()
            page.goto(pages)
            page.evaluate(
                "window.start(ARGUMENTS)".replace(
                    "ARGUMENTS",
                    json.dumps(
                        [
                            shop.gateway.url,
                            answer.json()["access_token"],
                            device,
                            shop.gateway.credentials["write_key"],
                        ]
                    ),
                )
            )
            return page

        yield open_page
        chromium.close()


@pytest.mark.browser
def test_a_page_sees_a_flag_flip_without_asking(shop: Shop, visit: Callable[[str], Page]) -> None:
    page = visit("device-1")
    assert page.evaluate("client.getBooleanValue('banner', true)") is False
    shop.server.put("/v1/flags/banner", json={**BANNER, "default": "on"})
    wait_until(lambda: page.evaluate("client.getBooleanValue('banner', false)"), "the flag flips in the page")
    assert page.evaluate("changed") >= 1
    shop.server.put("/v1/flags/banner", json=BANNER)
    wait_until(lambda: page.evaluate("!client.getBooleanValue('banner', true)"), "and back")


@pytest.mark.browser
def test_a_page_tells_of_the_first_use_itself(shop: Shop, visit: Callable[[str], Page]) -> None:
    def exposed() -> int:
        found = shop.server.get("/v1/experiments/checkout").json()["results"]
        assert found["left_out"]["misplaced_exposures"] == 0
        return sum(arm["units"] for arm in found["arms"])

    before = exposed()
    permit(shop, {"anonymous_id": "device-3"})
    page = visit("device-3")
    assert exposed() == before, "fetching the flags is no use of them"
    page.evaluate("client.getStringValue('checkout-button', 'none')")
    wait_until(lambda: exposed() == before + 1, "the use is known")


@pytest.mark.browser
def test_a_page_follows_its_persons_consent(shop: Shop, visit: Callable[[str], Page]) -> None:
    device = {"anonymous_id": "device-2"}
    page = visit("device-2")
    details = "client.getStringDetails('checkout-button', 'none')"
    assert page.evaluate(details)["flagMetadata"]["consent"] == "withheld"
    permit(shop, device)
    wait_until(lambda: page.evaluate(details)["reason"] == "SPLIT", "the page is shared out")
    permit(shop, device, "withdrawn")
    wait_until(lambda: page.evaluate(details)["reason"] == "DISABLED", "the page is given the default again")
    assert page.evaluate("Object.keys(localStorage)") == [], "nothing is kept on the device"


def test_nothing_of_a_person_is_in_the_address_of_a_stream(shop: Shop) -> None:
    body = {"context": {"targetingKey": WHO}}
    token = shop.gateway.token("decide")
    headers = {"authorization": f"Bearer {token}"}
    found = httpx.post(
        f"{shop.gateway.url}/ofrep/v1/evaluate/flags", json=body, headers=headers, timeout=90
    ).json()
    assert WHO not in json.dumps(found)
