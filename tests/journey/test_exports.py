"""`volens audit export`, `disclose` and `verify`, beside a running gateway and without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gateway_process import Gateways, volens
from tests.journey.shop import Shop, item, view


@pytest.mark.slow
def test_an_export_is_made_while_the_gateway_serves_and_when_it_does_not(
    gateways: Gateways, tmp_path: Path
) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    shop.stock()
    shop.consent("ada", "given")
    shop.batch([view("ada", item(1, n)) for n in range(20)])
    shop.decide("ada")
    key = tmp_path / "kept.vkey"
    key.write_bytes((gateway.directory / "log" / "log.vkey").read_bytes())
    shop.await_checkpoint()

    running, stopped, shown = tmp_path / "running", tmp_path / "stopped", tmp_path / "shown.json"
    options = ("--format", "csv", "--purpose", "recommendations", "--kind", "consent")
    done = volens("audit", "export", gateway.directory, "--out", running, *options)
    assert done.returncode == 0, done.stderr
    assert "1 selected" in done.stdout
    gateway.stop()
    done = volens(
        "audit", "export", gateway.directory, "--out", stopped, "--format", "jsonl", "--withdrawals"
    )
    assert done.returncode == 0, done.stderr
    done = volens("audit", "disclose", gateway.directory, "--index", "0", "--out", shown)
    assert done.returncode == 0, done.stderr

    for export, more in ((running, ("--disclosed", shown)), (stopped, ())):
        done = volens("audit", "verify", export, "--key", key, *more)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "OK       whole, unaltered, and in the log; signed by the key given" in done.stdout
        is_whole = export == stopped
        assert ("report   came to the same: consents, consents_by_day, " in done.stdout) is is_whole
        assert ("not counted again: every number (entries are hidden)" in done.stdout) is not is_whole
    assert volens("audit", "verify", gateway.directory).returncode == 0
    (rows,) = (stopped / "rows").iterdir()
    exports = [
        json.loads(line)["entry"]["d"]
        for line in rows.read_text().splitlines()
        if json.loads(line)["entry"]["k"] == "export"
    ]
    report = json.loads((stopped / "report.json").read_text())
    assert report["withdrawals"]["used_after"] == []
    assert [(each["act"], each["rows"]) for each in exports] == [("export", 1)]

    (rows,) = (running / "rows").iterdir()
    rows.write_bytes(rows.read_bytes()[:-20])
    done = volens("audit", "verify", running, "--key", key)
    assert done.returncode == 1
    assert "FOUND    changed: rows/" in done.stdout


@pytest.mark.slow
def test_the_entries_of_one_person_are_handed_out_without_saying_whose(
    gateways: Gateways, tmp_path: Path
) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    shop.stock()
    for who in ("ada@shop.example", "bob@shop.example"):
        shop.consent(who, "given")
    shop.batch(
        [view("ada@shop.example", item(1, n)) for n in range(5)] + [view("bob@shop.example", item(1, 1))]
    )
    gateway.stop()
    anchor = tmp_path / "kept.checkpoint"
    anchor.write_bytes((gateway.directory / "log" / "checkpoint").read_bytes())
    counts = {}
    for who in ("ada@shop.example", "bob@shop.example", "nobody@shop.example"):
        out = tmp_path / who
        asked = ("--out", out, "--format", "jsonl", "--anchor", anchor, "--person")
        done = volens("audit", "export", gateway.directory, *asked, stdin=f"{who}\n")
        assert (done.returncode, who in done.stdout.replace(str(out), "")) == (0, False), done.stderr
        checked = volens("audit", "verify", out, "--anchor", anchor)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "the entries of one person" in checked.stdout
        assert "the log of then is the beginning of this one" in checked.stdout
        rows = [line for each in out.glob("rows/*") for line in each.read_text().splitlines()]
        counts[who] = [json.loads(line)["entry"]["k"] for line in rows].count("event")
        assert not any(b"ada@shop.example" in each.read_bytes() for each in out.rglob("*.json*"))
    assert counts == {"ada@shop.example": 5, "bob@shop.example": 1, "nobody@shop.example": 0}


@pytest.fixture(scope="module")
def once_served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("served") / "volens"
    assert volens("init", directory).returncode == 0
    assert volens("keys", "rotate", directory).returncode == 0
    return directory


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "2031-01-01"), "log has no entry in this range"),
        (("--from", "2026-02-02", "--to", "2026-01-01"), "the range ends before it begins"),
        (("--from", "yesterday"), "a time is a date"),
        (("--kind", "gossip"), "there is no such kind"),
        (("--purpose", "=1+1"), "no such purpose"),
        (("--purpose", "zzz"), "no entry of this range is about it"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(
    once_served: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = volens("audit", "export", once_served, "--out", tmp_path / "out", *options)
    assert done.returncode == 1
    assert said in done.stderr
    assert not (tmp_path / "out").exists()
