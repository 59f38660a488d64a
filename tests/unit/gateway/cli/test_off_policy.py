"""`volens scoring ope` answers, refuses with the reason, and says what is wrong with a file without repeating it."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from gateway.cli.entry import main
from tests.requirement import datasets_directory


@pytest.fixture
def decisions(tmp_path):
    """A file of 4,000 decisions in two contexts, logged by chance."""
    chance = np.random.default_rng(1)
    n = 4_000
    context, action = chance.integers(0, 2, n), chance.integers(0, 3, n)
    rates = np.array([[0.3, 0.1, 0.1], [0.1, 0.1, 0.3]])
    frame = pl.DataFrame({
        "item_id": [f"secret-{each}" for each in action],
        "device": [("phone", "desktop")[each] for each in context],
        "click": (chance.random(n) < rates[context, action]).astype(int),
        "propensity": np.full(n, 1 / 3),
        "mine": np.where(action == 0, 1.0, 0.0),
        "holes": [None if each == 0 else 1.0 for each in range(n)],
    })  # fmt: skip
    path = tmp_path / "decisions.parquet"
    frame.write_parquet(path)
    return path


def run(capsys, *arguments):
    code = main(["scoring", "ope", *map(str, arguments)])
    return code, *capsys.readouterr()


def test_the_best_policy_by_context_is_found_and_asked_of_the_other_half(decisions, capsys):
    code, out, _ = run(capsys, decisions, "--policy", "best-by-context", "--context", "device", "--json")
    said = json.loads(out)
    assert code == 0
    assert said["decisions"] == 2_000
    assert said["snips"]["low"] < 0.3 < said["snips"]["high"]
    assert said["snips"]["low"] > said["logged"]
    code, out, _ = run(capsys, decisions, "--policy", "best", "--json")
    assert json.loads(out)["snips"]["high"] < 0.3


def test_a_policy_of_ones_own_needs_the_probability_of_what_was_done(decisions, capsys):
    code, out, _ = run(capsys, decisions, "--policy", "column:mine")
    assert code == 0
    assert "SNIPS" in out
    assert "doubly robust" not in out


def test_the_same_seed_gives_the_same_interval(decisions, capsys):
    first = run(capsys, decisions, "--policy", "uniform", "--seed", 3)
    assert run(capsys, decisions, "--policy", "uniform", "--seed", 3) == first
    assert run(capsys, decisions, "--policy", "uniform", "--seed", 4) != first


def test_a_log_that_does_not_carry_a_verdict_is_refused_with_the_reasons(tmp_path, capsys):
    n = 10_000
    rare = np.arange(n) < 2
    pl.DataFrame({
        "item_id": rare.astype(int),
        "click": np.ones(n),
        "propensity": np.where(rare, 1e-6, 0.999),
    }).write_parquet(tmp_path / "log.parquet")  # fmt: skip
    code, out, err = run(capsys, tmp_path / "log.parquet", "--policy", "uniform")
    assert code == 1
    assert "verdict       none" in out
    assert "2 effective" in out
    assert "effective sample" in err
    assert "propensities are below 0.0001" in err


def test_where_nothing_came_of_anything_no_interval_is_claimed(tmp_path, capsys):
    n = 2_000
    columns = {"item_id": np.arange(n) % 2, "click": np.zeros(n), "propensity": np.full(n, 0.5)}
    pl.DataFrame(columns).write_parquet(tmp_path / "log.parquet")
    code, out, _ = run(capsys, tmp_path / "log.parquet", "--policy", "uniform", "--json")
    assert code == 1
    assert json.loads(out)["refused"] == ["outcomes"]
    assert json.loads(out)["snips"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--policy", "uniform", "--where", "item_id=nowhere"], "no row is left"),
        (["--policy", "column:absent"], "missing columns: absent"),
        (["--policy", "uniform", "--reward", "item_id"], "a column must hold a number in each row: item_id"),
        (["--policy", "uniform", "--reward", "holes"], "a column must hold a number in each row: holes"),
        (["--policy", "uniform", "--action", "holes"], "a column must say in each row what was done: holes"),
        (["--policy", "uniform", "--propensity", "click"], "propensities are above 0"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_without_repeating_it(decisions, capsys, arguments, words):
    code, _, err = run(capsys, decisions, *arguments)
    assert code == 1
    assert words in err
    assert "secret" not in err
    assert "Traceback" not in err


def test_what_is_no_parquet_is_refused(tmp_path, capsys):
    (tmp_path / "log.parquet").write_text("secret")
    code, _, err = run(capsys, tmp_path / "log.parquet", "--policy", "uniform")
    assert code == 1
    assert "not a readable Parquet file" in err
    assert "secret" not in err


@pytest.mark.parametrize(
    "wrong", [["--policy", "magic"], ["--policy", "column:"], ["--policy", "best", "--where", "item_id"]]
)
def test_a_question_that_is_none_is_not_understood(decisions, capsys, wrong):
    assert run(capsys, decisions, *wrong)[0] == 2


def test_the_recorded_campaign_is_answered(capsys):
    file = datasets_directory() / "obd" / "obd_men.parquet"
    code, out, _ = run(
        capsys, file, "--policy", "uniform", "--where", "policy=bts", "--context", "position", "--json"
    )
    said = json.loads(out)
    assert code == 0
    assert round(said["effective"]) == 656
    assert said["snips"]["value"] == pytest.approx(0.0032, abs=5e-5)
    assert said["snips"]["low"] < 0.0046 < said["snips"]["high"]
