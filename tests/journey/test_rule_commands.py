"""`volens rules` and `volens experiments`: the same numbers as over HTTP, with a gateway that runs and with one that does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.cli import main
from tests.gateway_process import Gateway, Gateways
from tests.journey.busy_hours import BUTTON
from tests.journey.shop import Shop, item

pytestmark = pytest.mark.slow

RULE = {
    "purpose": "recommendations",
    "on": ["Product Viewed"],
    "when": 'count("Product Viewed", 300) >= 2',
    "action": {"kind": "offer", "name": "breakfast", "budget": 1},
}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateways = Gateways(tmp_path_factory.mktemp("rules"))
    try:
        opened = gateways.start()
        live(Shop(opened))
        yield opened
    finally:
        gateways.close()


def live(shop: Shop) -> None:
    """A rule that fires once and is suppressed once, a segment, an experiment with somebody in it."""
    shop.stock()
    assert shop.server.put("/v1/rules/twice", json=RULE).status_code == 200
    half = {**RULE, "conversion": {"event": "Product Added", "within_seconds": 60}, "holdout": 0.5}
    assert shop.server.put("/v1/rules/half", json={**half, "when": "1 > 2"}).status_code == 200
    assert shop.server.put("/v1/rules/off", json={**RULE, "enabled": False}).status_code == 200
    keen = {"purpose": "recommendations", "when": 'total("Product Viewed") > 1'}
    assert shop.server.put("/v1/segments/keen", json=keen).status_code == 200
    for who in ("ada", "bea"):
        shop.consent(who, "given")
        shop.consent(who, "given", "experiments")
        shop.see(who, item(0, 0), item(0, 1))
    assert shop.server.put("/v1/flags/button", json=BUTTON).status_code == 200
    asked = {"context": {"targetingKey": "ada"}}
    assert shop.server.post("/ofrep/v1/evaluate/flags/button", json=asked).status_code == 200


@pytest.fixture
def run(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "--url", gateway.url])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def test_rules_are_listed_with_what_became_of_them(gateway: Gateway, run: Run) -> None:
    code, out, _ = run("rules", "list", str(gateway.directory))
    assert code == 0
    [_, off, twice] = out.splitlines()
    assert off.startswith("off  recommendations  not enabled  matches 0")
    assert "twice  recommendations  in force  matches 2  fires 1  successes 0  suppressed budget 1" in twice
    code, out, _ = run("rules", "list", str(gateway.directory), "--json")
    assert json.loads(out) == gateway.client("admin").get("/v1/rules").json()


def test_a_dry_run_says_what_the_surface_says(gateway: Gateway, run: Run) -> None:
    directory = str(gateway.directory)
    code, out, _ = run("rules", "dry-run", directory, "off", "--json")
    assert code == 0
    answer = gateway.client("admin").post("/v1/rules/off/dry-run", json={"hours": 24}).json()
    assert json.loads(out) == answer
    assert answer["fires"] == 1
    code, out, _ = run("rules", "dry-run", directory, "off", "--hours", "2")
    assert "fires        1" in out
    assert "suppressed   budget 1" in out
    for unknown in ("nosuch", "../v1/flags", "%"):
        code, out, err = run("rules", "dry-run", directory, unknown)
        assert (code, out) == (1, "")
        assert "there is no such rule" in err


def test_a_rule_is_shown_with_what_it_brought(gateway: Gateway, run: Run) -> None:
    directory = str(gateway.directory)
    code, out, _ = run("rules", "show", directory, "twice")
    assert code == 0
    assert "no holdout" in out
    code, out, _ = run("rules", "show", directory, "half")
    assert code == 0
    assert "lift      +0.0000, no interval yet (p 1): too_few" in out
    code, out, _ = run("rules", "show", directory, "half", "--json")
    assert json.loads(out) == gateway.client("admin").get("/v1/rules/half").json()


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"when": 'event.price == "<10"'}, "when: field_outside_purpose"),
        ({"when": "1 +"}, "when: not_an_expression"),
        ({"purpose": "nosuch"}, "purpose: unknown_purpose"),
        ({"group": "nosuch"}, "group: segment_outside_purpose"),
        ({"action": {"kind": "notification", "name": "n"}}, "action/kind: purpose_does_not_notify"),
        ({"canary": 1}, "canary: extra_forbidden"),
        ({"holdout": 0.1}, "holdout: nothing_to_compare"),
    ],
)
def test_what_cannot_be_saved_is_told_with_its_place(
    gateway: Gateway, run: Run, tmp_path: Path, change: dict, finding: str
) -> None:
    file = tmp_path / "rule.json"
    file.write_text(json.dumps({**RULE, **change}))
    code, out, err = run("rules", "check", str(gateway.directory), str(file))
    assert code == 1
    assert finding in out.splitlines()
    assert "cannot be saved" in err
    assert gateway.client("admin").put("/v1/rules/tried", json={**RULE, **change}).status_code == 422


@pytest.mark.parametrize("change", [{}, {"when": 'in_segment("keen")'}])
def test_what_can_be_saved_is_told(gateway: Gateway, run: Run, tmp_path: Path, change: dict) -> None:
    file = tmp_path / "rule.json"
    file.write_text(json.dumps({**RULE, **change}))
    code, out, _ = run("rules", "check", str(gateway.directory), str(file))
    assert (code, out) == (0, "the rule can be saved\n")


def test_what_is_no_rule_is_told_in_words_and_not_quoted(gateway: Gateway, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    for raw in (b"canary", b"[]", b"\xff", b'{"purpose": {"canary": 1}}'):
        file.write_bytes(raw)
        code, out, err = run("rules", "check", str(gateway.directory), str(file))
        assert code == 1
        assert "canary" not in out + err


def test_experiments_are_listed_and_reported(gateway: Gateway, run: Run) -> None:
    directory = str(gateway.directory)
    code, out, _ = run("experiments", "list", directory)
    assert code == 0
    assert "checkout  control 50%, green 50%  against control  orders (goal), clicks (guardrail)" in out
    assert "A green button sells more." in out
    code, out, _ = run("experiments", "report", directory, "checkout", "--json")
    assert code == 0
    assert sum(arm["units"] for arm in json.loads(out)["results"]["arms"]) == 1
    code, out, _ = run("experiments", "report", directory, "checkout")
    assert "orders (goal) of green: too_few" in out
    assert "no interval yet" in out
    assert [line.split()[2] for line in out.splitlines()[1:3]].count("1") == 1
    code, _, err = run("experiments", "report", directory, "nosuch")
    assert code == 1
    assert "there is no such experiment" in err


def test_without_a_gateway_that_runs_the_directory_is_opened(
    gateways: Gateways, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = str(gateways.create().directory)
    assert main(["rules", "list", directory]) == 0
    assert "no rules" in capsys.readouterr().out
    assert main(["experiments", "list", directory]) == 0
    assert "no experiments" in capsys.readouterr().out
