"""`volens federated verify` finds nothing in what is as it should be, and every single thing that is not."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from msgspec import to_builtins
from msgspec.structs import replace as changed

from federated import read_record, write_record
from gateway.bootstrap import view_fleet
from gateway.fleet.bundles import Signer, make_bundle, read_bundle
from gateway.fleet.values import ModelState
from gateway.fleet.verifying import FleetPast, verify_fleet
from gateway.settings.reading import load_settings
from privacy import load_key_file
from tests.gateway_process import volens
from tests.journey.fleet_people import FleetPeople, generous
from tests.journey.in_process import inside


async def live(directory):
    """Three rounds: one with everybody, one that was broken off when it had reserved its loss, one without who withdrew."""
    async with inside(generous(directory)) as served:
        people = FleetPeople(served)
        await people.join_many(10)
        await people.round()

        def die(step, device, message):
            if step == "unmask":
                raise KeyError(step)
            return message

        people.before = die
        with pytest.raises(KeyError):
            await people.round()
        people.before = lambda step, device, message: message
        await served.consent("person-0", "withdrawn", "model-improvement")
        await served.erase("person-1")
        await people.round()


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    import asyncio

    path = tmp_path_factory.mktemp("verifying") / "data"
    asyncio.run(live(path))
    return path


@pytest.fixture
def past(directory) -> FleetPast:
    settings = load_settings(directory)
    public = Signer(load_key_file(settings.keys_dir / "models.key")).public
    with view_fleet(settings, public) as found:
        known = {each.subject: found.permits.history_of(each.subject) for each in found.devices}
        parts = {each.round_id: list(found.parts_in(each.round_id)) for each in found.rounds}
        return replace(
            found,
            permits=replace(found.permits, history_of=lambda ref: known[ref]),
            parts_in=lambda round_id: parts[round_id],
            entries=list(found.entries),
        )


def test_nothing_is_found_in_what_is_as_it_should_be(past):
    found = verify_fleet(past)
    assert found.findings == []
    assert (found.rounds, found.broken_off, found.versions) == (3, 1, 2)
    assert found.leaves == 9 + 8
    assert float(found.rho) == pytest.approx(3 * float(read_record(past.rounds[0].record).rho))


def test_the_command_says_so_and_reckons_the_loss_a_second_time(directory):
    done = volens("federated", "verify", directory)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("OK        the rounds are what the log and the records say\n")
    told = {line.split()[0]: line.split() for line in done.stdout.splitlines()}
    assert told["again"][2].rstrip(",") == told["loss"][6]


def test_the_command_reckons_the_tree_of_the_log(directory, tmp_path):
    for name in ("data", "data.keys"):
        shutil.copytree(directory.with_name(name), tmp_path / name)
    [tile, *_] = sorted((tmp_path / "data" / "log" / "tile" / "0").rglob("*.p/*"))
    tile.write_bytes(bytes(len(tile.read_bytes())))
    done = volens("federated", "verify", tmp_path / "data")
    assert done.returncode == 1
    assert "FOUND     the log is not whole" in done.stdout


def with_round(past, place, **change):
    rounds = list(past.rounds)
    rounds[place] = changed(rounds[place], **change)
    return replace(past, rounds=rounds)


def with_record(past, place, **change):
    record = read_record(past.rounds[place].record)
    return with_round(past, place, record=write_record(changed(record, **change)))


def with_history_of_the_first(past, change):
    named = next(each for each in past.parts_in(3) if each.status == "included").subject
    before = past.permits.history_of
    return replace(
        past,
        permits=replace(
            past.permits, history_of=lambda ref: change(before(ref)) if ref == named else before(ref)
        ),
    )


def with_consent_that_had_run_out(past):
    def ended(events):
        return [changed(each, valid_until=past.rounds[0].opened_at - 3_600) for each in events]

    return with_history_of_the_first(past, ended)


def with_parts(past, round_id, change):
    return replace(
        past,
        parts_in=lambda number: (
            change(past.parts_in(number)) if number == round_id else past.parts_in(number)
        ),
    )


def with_devices(past, change):
    return replace(past, devices=change(past.devices))


def of_one_person(rows):
    return [changed(each, subject=rows[0].subject) for each in rows]


def that_left_before(devices):
    return [changed(each, ended_at=1) for each in devices]


def served_by_the_one_before(past):
    """The last version taken away, and the one before it in its place."""
    [first] = [each for each in past.models if each.version == 1]
    return replace(past, models=[changed(first, state=ModelState.CURRENT)])


def with_other_standing(past):
    swapped = [changed(each, status="refused") for each in past.parts_in(1)]
    return replace(past, parts_in=lambda round_id: swapped if round_id == 1 else past.parts_in(round_id))


def with_models(past, **change):
    return replace(past, models=[changed(each, **change) for each in past.models])


def without_version(past, version):
    return replace(past, models=[each for each in past.models if each.version != version])


def with_the_first_served_again(past):
    """Without a word of the log."""
    first = min(each.version for each in past.models)
    states = {True: ModelState.CURRENT, False: ModelState.RETIRED}
    return replace(past, models=[changed(each, state=states[each.version == first]) for each in past.models])


def with_card(past, **said):
    """Every version with a card that says this, signed by a key that is then the gateway's."""
    signer = Signer(b"s" * 32)
    models = []
    for each in past.models:
        told = read_bundle(each.bundle, past.public)
        statement = to_builtins(told.statement)
        for made_anew in ("artefact", "bytes"):
            del statement[made_anew]
        statement["card"] |= said
        models.append(changed(each, bundle=make_bundle(statement, told.artefact, signer)))
    return replace(past, models=models, public=signer.public)


def with_cut_log(past, mark):
    return replace(past, entries=[each for each in past.entries if mark not in each[1]])


def with_other_words(past, word, other):
    return replace(past, entries=[(each[0], each[1].replace(word, other)) for each in past.entries])


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda past: with_record(past, 0, epsilon="0.1"), "wrong-epsilon"),
        (lambda past: with_record(past, 2, rho_before="0"), "wrong-sum-of-losses"),
        (lambda past: with_record(past, 0, rho="0.5"), "wrong-loss"),
        (
            lambda past: with_record(
                past, 0, metrics={"gate_model": "1.001", "gate_popularity": "1", "gate_noise": "5"}
            ),
            "not-better",
        ),
        (lambda past: with_record(past, 0, participation="0" * 64), "the leaves do not give the root"),
        (lambda past: with_record(past, 0, model="0" * 64), "it is not the one of its round"),
        (lambda past: with_round(past, 0, spent_micro_rho=0), "not-booked"),
        (lambda past: with_round(past, 0, sampled_index=2), "does not say that it was asked"),
        (lambda past: with_round(past, 0, rechecked_index=10**6), "not in their order"),
        (lambda past: with_round(past, 0, leaves=bytes(320)), "the leaves do not give the root"),
        (lambda past: replace(past, rounds=past.rounds[:-1]), "the log has it, and it is not kept"),
        (lambda past: with_cut_log(past, b'"act":"booked"'), "does not say that its loss was booked"),
        (lambda past: with_round(past, 1, spent_micro_rho=1), "does not say that its loss was booked"),
        (lambda past: with_round(past, 0, manifest=past.rounds[2].manifest), "booked that are not kept"),
        (lambda past: with_round(past, 0, rechecked_index=past.rounds[0].sampled_index), "booked too late"),
        (lambda past: with_cut_log(past, b'"act":"checked"'), "does not say that it was checked"),
        (lambda past: with_cut_log(past, b'"act":"broken_off"'), "does not say that it was broken_off"),
        (lambda past: with_cut_log(past, b'"k":"model"'), "does not say that it was published"),
        (
            lambda past: with_other_words(past, b"federated_published", b"federated_refused"),
            "does not say that it was published",
        ),
        (lambda past: with_models(past, version=9), "does not say that it was published"),
        (
            lambda past: with_history_of_the_first(past, lambda _: []),
            "somebody is in it who did not permit it",
        ),
        (
            lambda past: with_history_of_the_first(
                past, lambda events: [changed(each, log_index=10_000) for each in events]
            ),
            "somebody is in it who did not permit it",
        ),
        (with_consent_that_had_run_out, "somebody is in it who did not permit it"),
        (
            lambda past: replace(past, permits=replace(past.permits, max_age_seconds=-90_000)),
            "somebody is in it who did not permit it",
        ),
        (lambda past: with_parts(past, 1, lambda rows: rows[1:]), "leaves have no rows"),
        (lambda past: with_parts(past, 1, lambda _: []), "leaves have no rows"),
        (lambda past: with_devices(past, lambda rows: rows[1:]), "a device is gone whose part is kept"),
        (lambda past: with_devices(past, lambda _: []), "a device is gone whose part is kept"),
        (lambda past: with_parts(past, 3, of_one_person), "somebody is in it twice"),
        (lambda past: with_parts(past, 3, of_one_person), "a row is of somebody else than its device"),
        (lambda past: with_devices(past, that_left_before), "a device is in it that had left before"),
        (
            lambda past: with_devices(past, lambda rows: [changed(each, receipt=bytes(32)) for each in rows]),
            "devices: the log does not say that they were enrolled like that",
        ),
        (
            lambda past: with_cut_log(
                with_devices(with_parts(past, 1, lambda rows: rows[1:]), lambda rows: rows[1:]),
                b'"k":"erasure"',
            ),
            "leaves have no rows",
        ),
        (lambda past: with_other_words(past, b'"asked":10', b'"asked":11'), "other numbers of who was asked"),
        (lambda past: with_other_words(past, b'"live":8', b'"live":7'), "other numbers of who was asked"),
        (served_by_the_one_before, "version 2: the log says that it was put in force, and it is not kept"),
        (with_other_standing, "a leaf is not what became of its device"),
        (lambda past: with_models(past, bundle=b"{}\nAA==\n"), "it is not what was signed"),
        (lambda past: with_models(past, state=ModelState.CURRENT), "more than one version is served"),
        (lambda past: with_models(past, state=ModelState.PREVIOUS), "put in force last is not the one"),
        (with_the_first_served_again, "put in force last is not the one"),
        (lambda past: without_version(past, 1), "the version that it went on from is not kept"),
        (lambda past: without_version(past, 2), "put in force last is not the one"),
        (lambda past: with_card(past, included=10**6), "its card says something else than its record"),
        (
            lambda past: with_card(past, privacy={"epsilon_of_all_rounds": "0.1"}),
            "its card says something else than its record",
        ),
    ],
)
def test_everything_that_is_not_as_it_should_be_is_found(past, tamper, said):
    findings = verify_fleet(tamper(past)).findings
    assert any(said in each for each in findings), findings
    assert all("person" not in each for each in findings)
