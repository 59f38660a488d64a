"""What a path answers to methods that it does not name: `HEAD` like `GET`, `OPTIONS` with what it takes, and 405 with all of that."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from gateway.directory.init_directory import initialise
from tests.journey.in_process import inside

PLAIN = (
    "/.well-known/gpc.json",
    "/v1/signals/status",
    "/v1/models",
    "/.well-known/jwks.json",
    "/openapi.json",
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    initialise(tmp_path / "volens")
    return tmp_path / "volens"


async def test_a_head_is_that_of_the_get(directory: Path) -> None:
    async with inside(directory) as served:
        await served.stock()
        for path in (*PLAIN, "/v1/items/item-1", "/v1/budget", "/v1/items/none", "/officer", "/nowhere"):
            head, whole = await served.http.head(path), await served.http.get(path)
            assert head.status_code == whole.status_code, path
            assert head.headers["content-type"] == whole.headers["content-type"], path
        for path in ("/v1/decide", "/v1/consents", "/v1/stream", "/ofrep/v1/stream"):
            assert (await served.http.head(path)).status_code == 405, path


async def test_a_head_does_nothing(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        asked = {"subject": {"id": "ada"}, "type": "access"}
        request = (await served.http.post("/v1/rights", json=asked)).json()
        assert (await served.http.head(request["report"])).status_code == 405
        place = f"/v1/rights/{request['request_id']}"
        assert (await served.http.get(place)).json()["status"] == "in_progress", "nobody was given anything"
        key = served.credentials["write_key"]
        call = {"writeKey": key, "event": "Product Viewed", "anonymousId": "b"}
        data = urlsafe_b64encode(json.dumps(call).encode()).decode()
        assert (await served.http.head(f"/pixel/v1/track?data={data}")).status_code == 405
        assert served.services.events.admitted == 0


async def test_the_pages_answer_with_a_slash_behind_their_names(directory: Path) -> None:
    async with inside(directory) as served:
        for page in ("/portal", "/officer"):
            plain, slashed = await served.http.get(page), await served.http.get(f"{page}/")
            assert slashed.status_code == plain.status_code < 400
            assert slashed.headers.get("location") == plain.headers.get("location")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/decide", "OPTIONS, POST"),
        ("/v1/batch", "OPTIONS, POST"),
        ("/v1/items", "OPTIONS, PUT"),
        ("/v1/items/item-1", "DELETE, GET, HEAD, OPTIONS"),
        ("/v1/stream", "GET, OPTIONS"),
        ("/officer", "GET, HEAD, OPTIONS"),
        ("/portal", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_path_tells_all_its_methods(directory: Path, path: str, methods: str) -> None:
    async with inside(directory) as served:
        asked, refused = await served.http.options(path), await served.http.request("PATCH", path)
        assert (asked.status_code, asked.content, asked.headers["allow"]) == (204, b"", methods)
        assert (refused.status_code, refused.headers["allow"]) == (405, methods)
        assert (await served.http.options("/nowhere")).status_code == 404
