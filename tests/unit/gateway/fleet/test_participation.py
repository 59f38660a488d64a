"""A person is answered also of versions that nobody can check any more, and proofs cost no more than a bounded work."""

from __future__ import annotations

import asyncio
import hashlib
from types import SimpleNamespace

from audit import root_of, verify_inclusion
from gateway.fleet.bundles import Signer, make_bundle
from gateway.fleet.participation import PROVED_ROUNDS, Carried, Participation
from gateway.fleet.registry import ModelRegistry
from gateway.fleet.rounds import Rounds
from gateway.fleet.set_aside import SET_ASIDE_ROUNDS
from gateway.fleet.store_memory import MemoryFleet
from gateway.fleet.values import ModelState, PartTaken, PublishedModel, Round, RoundState

PERSON, DEVICE = b"p" * 16, b"d" * 32
BEFORE, NOW_IN_USE = Signer(b"a" * 32), Signer(b"b" * 32)
ARTEFACT = b"an artefact\nof two lines"
NOW = 1_800_000_000


async def run(task, *arguments):
    return task(*arguments)


def a_part(round_id, status="included"):
    return PartTaken(round_id=round_id, device=DEVICE, subject=PERSON, status=status, salt=bytes(32), place=1)


def a_round(round_id, state, **more):
    return Round(round_id=round_id, state=state, opened_at=NOW, manifest=b"", opened_index=0, **more)


def a_version(signer):
    statement = {
        "name": "items",
        "version": 1,
        "card": {},
        "published_at": NOW,
        "expires_at": NOW + 60,
        "log": {"index": 1, "origin": "log"},
    }
    return PublishedModel(
        name="items",
        version=1,
        state=ModelState.PREVIOUS,
        round_id=1,
        bundle=make_bundle(statement, ARTEFACT, signer),
        log_index=1,
        published_at=NOW,
    )


async def registry_of(store):
    made = ModelRegistry(
        store=store,
        run=run,
        signer=NOW_IN_USE,
        origin="log",
        writer=None,
        sequencer=SimpleNamespace(durable_size=10),
        clock=None,
        lifetime_seconds=60,
        try_out=None,
        has_lost_somebody=None,
        version_of=None,
        serve=None,
    )
    await made.load()
    return made


async def test_versions_signed_by_a_key_that_is_lost_are_carried_by_nobody_and_gone_on_from():
    for signer, carried in (
        (NOW_IN_USE, [Carried(1, ModelState.PREVIOUS, NOW + 60)]),
        (BEFORE, []),
    ):
        store = MemoryFleet()
        store.put_models([a_version(signer)])
        store.put_round(a_round(1, RoundState.CLOSED), [a_part(1)])
        registry = await registry_of(store)
        enrolments = SimpleNamespace(devices_of=lambda _: [])
        told = await Participation(enrolments, registry, None, store, run, lambda: NOW).of(PERSON)
        assert (told.carried, [each.round_id for each in told.parts]) == (carried, [1])
        assert registry.parent == hashlib.sha256(ARTEFACT).hexdigest()


async def test_nothing_is_gone_on_from_before_the_first_version():
    assert (await registry_of(MemoryFleet())).parent is None


async def test_the_proofs_of_the_last_rounds_are_given():
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(3)]
    state = {
        number: a_round(number, RoundState.CLOSED, leaves=b"".join(leaves), closed_index=number)
        for number in range(1, PROVED_ROUNDS + 6)
    }
    state[PROVED_ROUNDS + 5] = a_round(PROVED_ROUNDS + 5, RoundState.ABORTED, closed_index=1)
    rounds = SimpleNamespace(find=state.get, end_of=lambda closed: b"end %d" % closed.round_id)
    found = await Participation(None, None, rounds, None, run, lambda: NOW).proofs_of(
        [a_part(number) for number in state]
    )
    last = range(5, PROVED_ROUNDS + 5)
    assert set(found) == {(number, DEVICE) for number in last}
    assert {found[number, DEVICE].end for number in last} == {b"end %d" % number for number in last}
    proof = found[5, DEVICE]
    assert verify_inclusion(leaves[1], 1, proof.size, proof.path, root_of(leaves))


async def settle(_round):
    await asyncio.sleep(0)


async def test_rounds_that_were_broken_off_do_not_shorten_for_how_long_somebody_is_set_aside():
    for n_ended, aside in ((SET_ASIDE_ROUNDS, {PERSON}), (SET_ASIDE_ROUNDS + 1, set())):
        store, told = MemoryFleet(), []
        for number in range(1, n_ended + 1):
            parts = [a_part(number, "faulty")] if number == 1 else []
            store.put_round(a_round(number, RoundState.CLOSED, record=b"record"), parts)
        for number in range(n_ended + 1, n_ended + 10):
            store.put_round(a_round(number, RoundState.ABORTED))
        rounds = Rounds(
            enrolments=SimpleNamespace(set_aside=told.append),
            clock=None,
            writer=None,
            sequencer=None,
            store=store,
            run=run,
            signer=NOW_IN_USE,
            origin="log",
            terms=None,
            spending=SimpleNamespace(settle=settle),
        )
        await rounds.load()
        assert told[-1] == aside
