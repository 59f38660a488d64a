"""A trained model is used, followed, gone back to and promoted; each step is in the log, and whoever leaves takes models along."""

from __future__ import annotations

import pytest

from audit import Kind, decode_entry
from gateway.cli.entry import main
from gateway.deciding.answers import digest_text
from gateway.directory.init_directory import initialise
from scoring import Candidate, train
from tests.journey.in_process import inside
from tests.journey.shop import ITEMS, Shop, train_often, view

MODELS = "/v1/learning/models"


def trained(served, version, people=5):
    """A model of some people, as a training would make it now."""
    from scoring import Contributions

    seen = Contributions()
    for person in range(people):
        for n in range(6):
            seen.add(person, (person + n) % len(ITEMS), 1)
    model = train(seen.matrix(len(ITEMS)), now=1, version=version)
    return Candidate(model, served.services.models.versions.removals)


def follow(served, version):
    """Let a model follow, as the training loop does."""
    used = served.services.models.settle(trained(served, version))
    if used is not None:
        served.services.training._use(used)
    return used


async def entries_of(served):
    """What the log says of models."""
    log = served.services.sequencer
    await log.wait_durable()
    read = [decode_entry(entry) for _, entry, _ in log.read(0, log.durable_size)]
    return [each for each in read if each.kind is Kind.MODEL]


async def shop(served):
    await served.stock()
    await served.services.training.stop()
    await served.consent("ada", "given")
    await served.batch([view("ada", ITEMS[0])])


async def test_models_follow_one_another_and_one_can_go_back(tmp_path):
    async with inside(tmp_path / "data") as served:
        await shop(served)
        assert (await served.http.get(MODELS)).json()["models"] == []
        for version in (1, 2, 3):
            follow(served, version)
        answer = (await served.http.post(f"{MODELS}/rollback")).json()
        assert answer["version"] == 2
        assert (await served.decide("ada"))["model"]["digest"] == answer["digest"]
        follow(served, 4)
        assert (await served.decide("ada"))["model"]["version"] == 2
        listed = (await served.http.get(MODELS)).json()
        assert not listed["following"]
        assert [(each["version"], each["stage"]) for each in listed["models"]] == [
            (4, "waiting"), (2, "in_use"), (1, "earlier"),
        ]  # fmt: skip
        assert (await served.http.post(f"{MODELS}/promote")).json()["version"] == 4
        assert (await served.decide("ada"))["model"]["version"] == 4
        follow(served, 5)
        assert (await served.decide("ada"))["model"]["version"] == 5
        said = await entries_of(served)
        assert [(each.detail["act"], each.detail["number"]) for each in said] == [
            ("in_use", 1), ("in_use", 2), ("in_use", 3), ("rolled_back", 2),
            ("waiting", 4), ("promoted", 4), ("in_use", 5),
        ]  # fmt: skip
        assert digest_text(said[3].model) == answer["digest"]


@pytest.mark.parametrize("how", ["withdrawal", "erasure"])
async def test_nobody_goes_back_to_a_model_that_knew_somebody_who_left(tmp_path, how):
    async with inside(tmp_path / "data") as served:
        await shop(served)
        await served.consent("bea", "given", "model-improvement")
        await served.batch([view("bea", ITEMS[1])])
        for version in (1, 2):
            follow(served, version)
        if how == "erasure":
            await served.erase("bea")
        else:
            await served.consent("bea", "withdrawn", "model-improvement")
        refused = await served.http.post(f"{MODELS}/rollback")
        assert (refused.status_code, refused.json()["type"].rsplit("/")[-1]) == (409, "no-such-model")
        assert (await served.http.post(f"{MODELS}/promote")).status_code == 409
        follow(served, 3)
        assert (await served.http.post(f"{MODELS}/rollback")).status_code == 409
        assert [each["version"] for each in (await served.http.get(MODELS)).json()["models"]] == [3]


async def test_after_going_back_a_removal_leaves_nothing_in_use_rather_than_what_was_refused(tmp_path):
    async with inside(tmp_path / "data") as served:
        await shop(served)
        for version in (1, 2):
            follow(served, version)
        assert (await served.http.post(f"{MODELS}/rollback")).status_code == 200
        served.services.models.removed()
        follow(served, 3)
        answer = await served.decide("ada")
        assert (answer["personalised"], answer["reason"]) == (False, "no_model")
        assert [each.detail["act"] for each in await entries_of(served)][-2:] == ["waiting", "retired"]
        assert (await served.http.post(f"{MODELS}/promote")).json()["version"] == 3
        assert (await served.decide("ada"))["personalised"]


async def test_a_model_ranks_in_the_shadow_before_it_is_used(tmp_path):
    initialise(tmp_path / "data")
    settings = tmp_path / "data" / "volens.toml"
    settings.write_text(settings.read_text() + "\n[learning.promotion]\nshadow_decisions = 3\n")
    async with inside(tmp_path / "data") as served:
        await shop(served)
        desk = served.services.models
        follow(served, 1)
        shadowed = trained(served, 2, people=9)
        desk.settle(Candidate(shadowed.model, shadowed.removals, 100, 0.2, 0.2, 0.1))
        assert (await served.http.get(MODELS)).json()["models"][0]["stage"] == "shadow"
        for _ in range(2):
            assert (await served.decide("ada"))["model"]["version"] == 1
        assert await desk.look_beside() is None
        assert (desk.compared.decisions, desk.compared.items) == (2, 20)
        assert (await served.decide("ada"))["model"]["version"] == 1
        served.services.training._use(await desk.look_beside())
        assert (await served.decide("ada"))["model"]["version"] == 2
        page = (await served.http.get("/metrics")).text
        assert "volens_shadow_decisions 3.0" in page
        acts = [each.detail["act"] for each in await entries_of(served)]
        assert acts == ["in_use", "shadow", "in_use"]


async def test_these_paths_are_for_administrators(tmp_path):
    async with inside(tmp_path / "data") as served:
        scope = {"grant_type": "client_credentials", "scope": "decide rights audit:read"}
        who = (served.credentials["client_id"], served.credentials["client_secret"])
        token = (await served.http.post("/oauth/token", auth=who, data=scope)).json()["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        for method, path in (("GET", MODELS), ("POST", f"{MODELS}/rollback"), ("POST", f"{MODELS}/promote")):
            assert (await served.http.request(method, path, headers=headers)).status_code == 403


@pytest.mark.slow
def test_one_command_goes_back_and_another_goes_on(gateways, capsys):
    gateway = gateways.start(train_often)
    shop = Shop(gateway)
    shop.stock()
    shop.train()
    shop.consent("ada", "given")
    shop.consent("bea", "given", "model-improvement")
    shop.see("ada", ITEMS[0])
    shop.see(
        "bea", ITEMS[1]
    )  # one change, so one model follows: another after it would be what is gone back from
    shop.await_model(26)
    directory, url = str(gateway.directory), gateway.url
    assert main(["scoring", "models", directory, "--url", url]) == 0
    assert "in_use" in capsys.readouterr().out
    newest = shop.decide("ada")["model"]["version"]
    assert main(["scoring", "rollback", directory, "--url", url]) == 0
    assert "in use" in capsys.readouterr().out
    assert shop.decide("ada")["model"]["version"] < newest
    assert main(["scoring", "promote", directory, "--url", url]) == 0
    assert shop.decide("ada")["model"]["version"] >= newest


def test_a_gateway_that_does_not_run_has_no_models(tmp_path, capsys):
    initialise(tmp_path / "data")
    assert main(["scoring", "rollback", str(tmp_path / "data")]) == 1
    assert "no gateway is running here" in capsys.readouterr().err
