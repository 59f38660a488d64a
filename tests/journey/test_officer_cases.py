"""Four eyes over real HTTP: a timeline, an export, a deadline; and nothing that a person could be known by on the way."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from audit import read_trust_policy, verify_decision
from gateway.decision_proofs.bundle import read_proof_bundle
from tests.gateway_process import Gateway, Gateways, files_of, volens
from tests.journey.officer_visitor import Officer, details, many_sign_ins
from tests.journey.shop import Shop, view, wait_until

WHO = "someone-with-a-name-to-look-for"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateways = Gateways(tmp_path_factory.mktemp("cases"))
    try:
        yield gateways.start(many_sign_ins)
    finally:
        gateways.close()


@pytest.fixture(scope="module")
def shop(gateway: Gateway) -> Shop:
    opened = Shop(gateway)
    opened.stock()
    opened.consent(WHO, "given")
    opened.batch([view(WHO, "item-1"), view(WHO, "item-2")])
    opened.decide(WHO)
    return opened


@pytest.fixture(scope="module")
def vera(gateway: Gateway) -> Officer:
    return Officer(gateway, "vera").enrol()


@pytest.fixture(scope="module")
def otto(gateway: Gateway) -> Officer:
    return Officer(gateway, "otto").enrol()


def ask_timeline(officer: Officer, who: str = WHO, **more: str) -> str:
    """Ask for a timeline; the case."""
    before = set(re.findall(r"Case ([0-9a-f]{16})", officer.page("/officer/people")))
    asked = officer.press("/officer/people", {"id": who, "which": "person", "reason": "complaint", **more})
    assert asked.headers["location"] == "/officer/people"
    [case] = set(re.findall(r"Case ([0-9a-f]{16})", officer.page("/officer/people"))) - before
    return case


def decide(officer: Officer, case: str, answer: str = "approve") -> int:
    """Answer what another officer asked; the status."""
    return officer.press("/officer/approvals", {"case": case, "answer": answer}).status_code


def test_a_timeline_opens_when_another_officer_has_agreed_and_to_nobody_else(
    shop: Shop, vera: Officer, otto: Officer
) -> None:
    case = ask_timeline(vera)
    place = f"/officer/people/{case}"
    assert vera.http.get(place).status_code == 404
    assert decide(vera, case) == 409
    assert "vera asks: A complaint." in otto.read("/officer/approvals")
    assert decide(otto, case) == 303
    said = vera.read(place)
    assert re.search(r"Consent recommendations Given \d+", said)
    assert re.search(r"Decision home (No model yet|Personal|Nothing yet to go by) \d+", said)
    assert len(re.findall(r"Event let through recommendations Let through \d+", said)) == 2
    assert "item-1" not in said
    assert WHO not in said
    assert otto.http.get(place).status_code == 404
    assert decide(otto, case, "decline") == 409


def test_whoever_may_open_a_timeline_may_take_its_entries_along(
    shop: Shop, gateway: Gateway, vera: Officer, otto: Officer, tmp_path: Path
) -> None:
    case = ask_timeline(vera)
    assert vera.press("/officer/people/file", {"case": case}).status_code == 404
    assert decide(otto, case) == 303
    assert otto.press("/officer/people/file", {"case": case}).status_code == 404
    assert 'action="/officer/people/file"' in vera.page(f"/officer/people/{case}")
    made = vera.press("/officer/people/file", {"case": case})
    assert made.status_code == 200
    assert made.headers["content-disposition"] == 'attachment; filename="volens-person.zip"'
    assert WHO.encode() not in made.content
    zipfile.ZipFile(io.BytesIO(made.content)).extractall(tmp_path)
    checked = volens("audit", "verify", tmp_path / "export")
    assert checked.returncode == 0, checked.stderr + checked.stdout
    assert "the entries of one person" in checked.stdout
    [rows] = (tmp_path / "export" / "rows").iterdir()
    assert rows.read_text().count(',"event",') == 2
    assert '"admin"' not in rows.read_text()
    look = {"act": "officer_look", "page": "export", "of": "person", "case": case}
    wait_until(
        lambda: any({**look, "officer": each.get("officer")} == each for each in details(gateway.directory)),
        "the look is in the log",
    )


def test_whoever_may_open_a_timeline_has_the_proofs_of_its_decisions_and_of_no_others(
    shop: Shop, gateway: Gateway, vera: Officer, otto: Officer
) -> None:
    case = ask_timeline(vera)
    assert decide(otto, case) == 303
    [place] = set(re.findall(rf"/officer/people/{case}/decisions/\d+", vera.page(f"/officer/people/{case}")))
    kept = vera.http.get(place)
    assert (kept.status_code, kept.headers["content-type"]) == (200, "application/zip")
    bundle = read_proof_bundle(kept.content)
    proven = verify_decision(bundle.shown, read_trust_policy(bundle.policy), accept_unwitnessed=True)
    assert place.endswith(f"/{proven.index}")
    others = shop.decide("somebody else")["audit"]["index"]
    for refused in (f"{others}", "0", "999999", "x"):
        assert vera.http.get(f"/officer/people/{case}/decisions/{refused}").status_code == 404
    assert otto.http.get(place).status_code == 404
    look = {"act": "officer_look", "page": "decision", "case": case}
    wait_until(
        lambda: any(look.items() <= each.items() for each in details(gateway.directory)),
        "the look is in the log",
    )


def test_a_timeline_that_was_declined_or_taken_back_does_not_open(
    shop: Shop, vera: Officer, otto: Officer
) -> None:
    declined, taken_back = ask_timeline(vera), ask_timeline(vera)
    assert decide(otto, declined, "decline") == 303
    assert decide(vera, taken_back, "decline") == 303
    assert decide(otto, taken_back) == 409
    for case in (declined, taken_back, "0" * 16):
        assert vera.http.get(f"/officer/people/{case}").status_code == 404


def test_somebody_who_was_never_here_is_asked_for_in_the_same_way(
    shop: Shop, vera: Officer, otto: Officer
) -> None:
    case = ask_timeline(vera, "nobody-ever")
    decide(otto, case)
    assert "Nothing is held about this person." in vera.read(f"/officer/people/{case}")


def test_an_erasure_closes_what_was_open_about_the_person(shop: Shop, vera: Officer, otto: Officer) -> None:
    shop.consent("leaves", "given")
    case = ask_timeline(vera, "leaves")
    decide(otto, case)
    assert "Consent recommendations Given" in vera.read(f"/officer/people/{case}")
    erased = shop.server.post("/v1/rights", json={"subject": {"id": "leaves"}, "type": "erasure"})
    assert erased.status_code == 200
    assert vera.http.get(f"/officer/people/{case}").status_code == 404
    assert case not in vera.page("/officer/people")


@pytest.mark.parametrize(
    "form",
    [
        {"id": ""},
        {"id": "x" * 257},
        {"which": "anybody"},
        {"reason": "curiosity"},
        {"reason": WHO},
        {"case": "x"},
    ],
)
def test_a_request_that_makes_no_sense_becomes_no_case(
    shop: Shop, vera: Officer, form: dict[str, str]
) -> None:
    before = vera.page("/officer/people").count("Case ")
    asked = {"id": WHO, "which": "person", "reason": "audit", **form}
    answer = vera.press("/officer/people" if "case" not in form else "/officer/approvals", asked)
    assert answer.status_code == 400
    assert WHO not in answer.text
    assert vera.page("/officer/people").count("Case ") == before


def export(officer: Officer, path: str = "/officer/reports", **form: str) -> httpx.Response:
    """Make a report."""
    asked = {"report": "accountability", "range": "week", "reason": "audit", "from": "", "to": ""}
    return officer.press(path, {**asked, **form})


def test_a_report_takes_three_clicks_and_can_be_checked_by_anybody(
    shop: Shop, gateway: Gateway, vera: Officer, tmp_path: Path
) -> None:
    page = vera.page("/officer/reports")
    assert page.count('type="radio"') == 12
    assert page.count("checked") == 2
    made = export(vera)
    assert made.status_code == 200
    assert made.headers["content-disposition"] == 'attachment; filename="volens-accountability.zip"'
    assert made.headers["cache-control"] == "no-store"
    zipfile.ZipFile(io.BytesIO(made.content)).extractall(tmp_path)
    checked = volens("audit", "verify", tmp_path / "export")
    assert checked.returncode == 0, checked.stderr + checked.stdout
    assert "<h1" in (tmp_path / "export" / "report.html").read_text()


def test_rows_about_people_are_made_when_another_officer_has_agreed(
    shop: Shop, vera: Officer, otto: Officer
) -> None:
    asked = export(vera, report="decisions", reason="incident")
    assert asked.headers["location"] == "/officer/reports"
    waiting = otto.page("/officer/approvals")
    assert "Export: Events and decisions, entry by entry" in waiting
    case = re.search(r'name="case" value="([0-9a-f]{16})"', waiting)
    assert case
    assert vera.press("/officer/reports/file", {"case": case[1]}).status_code == 404
    assert decide(otto, case[1]) == 303
    assert otto.press("/officer/reports/file", {"case": case[1]}).status_code == 404
    made = vera.press("/officer/reports/file", {"case": case[1]})
    assert made.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(made.content))
    [rows] = [archive.read(name) for name in archive.namelist() if name.startswith("export/rows/")]
    assert b'"decision"' in rows
    assert b'"consent"' not in rows
    assert WHO.encode() not in rows


@pytest.mark.parametrize(
    "form",
    [
        {"report": "secrets"},
        {"range": "fortnight"},
        {"range": "own"},
        {"range": "own", "from": "2026-02-30", "to": "2026-03-01"},
        {"range": "own", "from": "2026-03-02", "to": "2026-03-01"},
    ],
)
def test_a_report_that_makes_no_sense_is_refused(shop: Shop, vera: Officer, form: dict[str, str]) -> None:
    assert export(vera, **form).status_code == 400


def test_a_time_without_entries_is_a_page_that_is_not_there(shop: Shop, vera: Officer) -> None:
    assert export(vera, range="own", **{"from": "2001-01-01", "to": "2001-01-02"}).status_code == 404


def test_a_deadline_is_extended_once_and_a_request_refused_for_a_reason_of_the_list(
    shop: Shop, vera: Officer
) -> None:
    body = {"subject": {"id": WHO}, "type": "access", "identity_confirmed": False}
    request = shop.server.post("/v1/rights", json=body).json()["request_id"]
    assert "The identity is not confirmed yet" in vera.read("/officer/rights")
    extend = {"request": request, "act": "extended", "why": "complexity"}
    assert vera.press("/officer/rights", {**extend, "why": "excessive"}).status_code == 409
    assert vera.press("/officer/rights", extend).status_code == 303
    assert vera.press("/officer/rights", extend).status_code == 409
    assert "The deadline was extended." in vera.read("/officer/rights")
    refuse = {"request": request, "act": "refused", "why": "identity_not_confirmed"}
    assert vera.press("/officer/rights", refuse).status_code == 303
    assert request not in vera.page("/officer/rights")
    assert shop.server.get(f"/v1/rights/{request}").json()["status"] == "refused"
    for wrong in ({"request": "0" * 32}, {"request": "x" * 32}, {"request": ""}):
        assert vera.press("/officer/rights", {**refuse, **wrong}).status_code == 404
    assert vera.press("/officer/rights", {**refuse, "act": "completed"}).status_code == 400


def test_every_page_and_act_is_in_the_log_and_the_person_is_nowhere(
    shop: Shop, gateway: Gateway, vera: Officer, otto: Officer
) -> None:
    case = ask_timeline(vera)
    decide(otto, case)
    vera.page(f"/officer/people/{case}")
    pages = ("", "/entries", "/people", "/rights", "/reports", "/approvals")
    for path in pages:
        vera.page(f"/officer{path}")
    shop.consent("after-it-all", "given", "analytics")

    def has_all() -> bool:
        looks = [each.get("page") for each in details(gateway.directory) if each.get("act") == "officer_look"]
        return {"overview", "entries", "people", "rights", "reports", "approvals", "timeline"} <= set(looks)

    wait_until(has_all, "the looks in the log")
    acts = [
        (each["act"], each.get("case")) for each in details(gateway.directory) if each.get("case") == case
    ]
    assert acts == [("officer_asked", case), ("officer_approved", case), ("officer_look", case)]
    accounts = gateway.directory.with_name(gateway.directory.name + ".keys").rglob("*.json")
    where = {path: path.read_bytes() for path in (gateway.log_file, *accounts)} | files_of(gateway.directory)
    assert len(where) > 10
    assert [path.name for path, held in where.items() if WHO.encode() in held] == []
