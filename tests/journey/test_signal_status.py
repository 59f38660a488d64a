"""What a person's page is told about signals, and that it is so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.journey.in_process import inside
from tests.journey.shop import item, view


async def test_the_page_is_told_which_signals_count_and_whether_its_own_arrived(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        told = await served.http.get("/v1/signals/status", headers={"Sec-GPC": "1"})
        assert "Sec-GPC" in told.headers.get_list("vary", split_commas=True)
        assert told.json()["gpc"] == {"received": True, "honored": True, "purposes_denied": ["advertising"]}
        for other in ({}, {"Sec-GPC": "0"}, {"Sec-GPC": "1;x"}, {"Sec-GPC": "true"}):
            found = (await served.http.get("/v1/signals/status", headers=other)).json()
            assert found["gpc"] == {"received": False, "honored": False, "purposes_denied": []}
        assert [each["signal"] for each in told.json()["signals"]] == [
            "gpc", "segment", "rudderstack", "google", "tcf", "gpp",
        ]  # fmt: skip
        support = await served.http.get("/.well-known/gpc.json")
        assert support.headers["content-type"] == "application/json"
        assert support.json()["gpc"] is True


async def test_a_google_state_narrows_one_event_and_one_question(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        await served.consent("ada", "given")
        await served.batch([view("ada", item(1, 1))])

        async def event(google: Any) -> dict[str, int]:
            said = view("ada", item(1, 2), context={"consent": {"google": google}})
            return dict((await served.batch([said])).json()["reasons"])

        denied, granted = (
            {"personalization_storage": "denied"},
            {"personalization_storage": "granted"},
        )
        assert await event(denied) == {"signal": 1}
        assert await event({"gcs": "G100"}) == {}, "it cannot speak of this type"
        assert await event({"gcs": "nonsense"}) == {"signal": 1}
        assert await event(granted) == {}
        assert not (await served.decide("ada", signals={"google": denied}))["personalised"]
        assert (await served.decide("ada", signals={"google": granted}))["personalised"]
        assert (await served.decide("ada"))["personalised"], "for that request alone"
        twice = b'{"subject":{"id":"ada"},"signals":{"google":{"gcs":"G100","gcs":"G111"}}}'
        assert (await served.http.post("/v1/decide", content=twice)).status_code == 400
        batch = {"batch": [view("ada", item(1, 3))], "context": {"consent": {"google": denied}}}
        assert (await served.http.post("/v1/batch", json=batch)).json()["reasons"] == {"signal": 1}
