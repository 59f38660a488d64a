"""The model in use is there again after a restart, and not if anybody who is in it left meanwhile, in whatever way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from audit import Kind, decode_entry
from gateway.directory.init_directory import initialise
from tests.journey.in_process import Inside, inside
from tests.journey.shop import item, train_often, view
from tests.journey.standing import keep_small
from tests.unit.routing.fakes import until

TRAINERS = [f"trainer-{n}" for n in range(12)]
PURPOSE = "model-improvement"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "volens"
    initialise(path)
    keep_small(path)
    train_often(path)
    return path


async def teach(served: Inside) -> str:
    """Let people train a model; its digest, once it is in use."""
    await served.stock()
    events = []
    for n, who in enumerate(TRAINERS):
        await served.consent(who, "given", PURPOSE)
        events += [view(who, item(n % 3, n + k)) for k in range(7)]
    assert (await served.batch(events)).json()["accepted"] == len(events)
    training = served.services.training
    await until(lambda: training.in_use.n_people == len(TRAINERS) and training.in_use.usable)
    return training.in_use.digest.hex()


def acts(served: Inside) -> list[tuple[Any, str]]:
    """What the log says of models: the act, and which model."""
    log = served.services.sequencer
    entries = [decode_entry(body) for _, body, _ in log.read(0, log.durable_size)]
    return [
        (each.detail["act"], each.model.hex()) for each in entries if each.kind is Kind.MODEL and each.model
    ]


async def kept_since(directory: Path, before: int) -> list[str]:
    """Serve until a model was trained anew; the digests of those that were taken up from the snapshot."""
    async with inside(directory) as served:
        await until(lambda: any(act != "kept" for act, _ in acts(served)[before:]))
        return [digest for act, digest in acts(served)[before:] if act == "kept"]


async def test_the_model_in_use_is_there_again_before_one_is_trained(directory: Path) -> None:
    async with inside(directory) as served:
        digest = await teach(served)
    async with inside(directory) as served:
        await until(lambda: served.services.training.in_use.n_people > 0)
        said = acts(served)
        at = [act for act, _ in said].index("kept")
        assert said[at][1] == digest
        assert "kept" not in [act for act, _ in said[at + 1 :]]
        await served.consent("guest", "given")
        await served.batch([view("guest", item(0, 1))])
        assert (await served.decide("guest"))["personalised"] is True


@pytest.mark.parametrize("way", ["erased", "withdrew", "withdrew and permitted it again", "took an item out"])
async def test_an_old_snapshot_brings_no_model_back_that_somebody_left(directory: Path, way: str) -> None:
    """Even with the very snapshot, and its key, of the time before: what was lost with them cannot be used."""
    async with inside(directory) as served:
        await teach(served)
    old = directory.parent / "old"
    keys = directory.parent / "volens.keys"
    old.mkdir()
    shutil.copy(directory / "snapshot" / "state", old / "state")
    shutil.copy(keys / "snapshot.key", old / "snapshot.key")
    async with inside(directory) as served:
        await leave(served, TRAINERS[3], way)
        before = len(acts(served))
    shutil.copy(old / "state", directory / "snapshot" / "state")
    shutil.copy(old / "snapshot.key", keys / "snapshot.key")
    assert await kept_since(directory, before) == []


async def leave(served: Inside, who: str, way: str) -> None:
    if way == "erased":
        assert (await served.erase(who)).status_code in (200, 202)
    elif way == "took an item out":
        body = {"subject": {"id": who}, "wish": "do_not_use", "item": item(0, 3)}
        assert (await served.http.post("/v1/controls", json=body)).status_code == 200
    else:
        assert (await served.consent(who, "withdrawn", PURPOSE)).status_code == 200
        if way != "withdrew":
            assert (await served.consent(who, "given", PURPOSE)).status_code == 200


async def test_a_model_of_another_make_is_not_used(directory: Path) -> None:
    async with inside(directory) as served:
        await teach(served)
        before = len(acts(served))
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text().replace("[model]\n", "[model]\nneighbours = 3\n"))
    assert await kept_since(directory, before) == []
