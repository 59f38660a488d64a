"""The demo's chapters, told to a stub of the gateway."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from gateway.demo import Narrator
from gateway.demo import story as module
from gateway.demo.material import Material, recorded_material, synthetic_material
from gateway.demo.narration import WIDTH
from gateway.demo.story import Story, chapters, outcomes_of
from gateway.replay import Recording
from tests.unit.gateway.replay.stub_gateway import StubGateway


@pytest.fixture(scope="module")
def material() -> Material:
    return synthetic_material(seed=1, until=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMED_DECISIONS", 5)


def told(material: Material, gateway: StubGateway, file: Path | None = None) -> tuple[Story, str]:
    page = io.StringIO()
    narrator = Narrator(Console(file=page, width=200, highlight=False))
    story = Story(material, gateway.client(), narrator, file)
    for chapter in chapters(story):
        chapter()
    return story, page.getvalue()


def test_the_whole_story_is_told_within_80_columns_and_without_escape_codes(material: Material) -> None:
    story, page = told(material, StubGateway())
    assert max(len(line.rstrip()) for line in page.splitlines()) <= WIDTH
    assert "\x1b" not in page
    assert story.tally.sent == material.n_events
    assert story.tally.unaccounted == 0


def test_what_people_said_is_what_the_gateway_is_told(material: Material) -> None:
    gateway = StubGateway()
    told(material, gateway)
    said = gateway.consents
    assert said["s-1"] == {
        "recommendations": "withdrawn",
        "model-improvement": "given",
        "analytics": "given",
    }
    assert said["s-2"] == {"recommendations": "refused"}
    silent = [person for person in material.people if person.choice.name == "SILENT"]
    assert silent
    assert not any(person.subject["id"] in said for person in silent)
    assert set(gateway.items) == {item["id"] for item in material.items}


def test_the_page_shows_the_refusal_the_reasons_and_the_withdrawal(material: Material) -> None:
    _, page = told(material, StubGateway())
    assert "unpersonalised: refused" in page
    assert "0.2500 " in page, "1024 of a scale of 4096"
    assert material.title(material.fresh_item) in page
    assert "403: refused" in page
    assert "no_record" in page
    assert page.index("personalised · log entry") < page.index("withdraws the consent")


def test_published_numbers_stand_beside_the_true_ones(material: Material) -> None:
    gateway = StubGateway()
    _, page = told(material, gateway)
    there = len(gateway.consents)
    said = " ".join(page.partition("with differential privacy")[2].split())
    assert f"everybody {there}, 95 %: {there - 9} to {there + 9} (true: {there})" in said
    refused = sum(
        each.get("recommendations") in {"refused", "withdrawn"} for each in gateway.consents.values()
    )
    assert refused < 50
    assert f"recommendations: refused hidden: more noise than it is worth (true: {refused})" in said


def test_they_stand_on_a_page_too(material: Material, tmp_path: Path) -> None:
    gateway, file = StubGateway(), tmp_path / "page.html"
    told(material, gateway, file)
    assert f"in truth <b>{len(gateway.consents)}</b>" in file.read_text("utf-8")


def test_a_gateway_that_lets_a_browser_key_read_is_not_called_refusing(material: Material) -> None:
    class Leaky(StubGateway):
        def _decide(self, request):  # type: ignore[no-untyped-def]
            request.headers["authorization"] = "Bearer anything"
            return super()._decide(request)

    _, page = told(material, Leaky())
    assert "NOT REFUSED" in page


def test_a_story_about_recorded_people_names_nobody(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    rows = [f"canary-{who},i{(who * 3 + item) % 11}" for who in range(8) for item in range(6)]
    file.write_text("\n".join(["user_id,item_id", *rows]))
    _, page = told(recorded_material(Recording(file, event="Product Viewed"), None, seed=1), StubGateway())
    assert "The first person of the file" in page
    assert "canary" not in page


def test_outcomes_are_read_from_the_text_of_the_metrics() -> None:
    text = """# HELP volens_outcomes_total What became of everything admitted.
# TYPE volens_outcomes_total counter
volens_outcomes_total{kind="event",outcome="accepted"} 5912.0
volens_outcomes_total{kind="decision",outcome="personalised"} 1.2e+01
volens_outcomes_total{kind="event",outcome="fault.internal"} 0.0
volens_outcomes_created{kind="event",outcome="accepted"} 1.7e+09
volens_log_entries 6000.0
"""
    assert outcomes_of(text) == {"event accepted": 5912, "decision personalised": 12}


def test_the_demo_waits_for_a_model_that_knows_of_every_event(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = StubGateway()
    gateway.model_versions = [0, 5, 7, 7, 8]
    story = Story(material, gateway.client(), Narrator(Console(file=io.StringIO(), width=200)))
    story.fill_the_shelves()
    story.ask_the_people()
    story._replayed_at = 7
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    assert story._wait_for_personal(material.willing)["model"]["version"] == 8
    assert gateway.model_versions == []
