"""Everything that is kept of rounds, held against the log, the consent records and itself. Nothing is changed, nobody is asked.

- The log has an entry for every step of every round, in the right order, and no round that is not kept.
- Whoever is in a sum permitted it at both places of the log at which that was looked at, as far as they are still known.
- What a round spends stands in the log as booked, once and no less, before consent was looked at the second time.
- The loss of all rounds is reckoned anew from their manifests, by the formula and not by what the records say.
- Every version is signed, is the one of its round's record, has its entry, and a card that says what the record does.
- What is served is what was put in force last, and no version is gone that a round went on from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from audit import Entry, Kind, decode_entry, hash_leaf, root_of
from consent import GRANTS, ConsentEvent
from federated import (
    DELTA,
    Participation,
    PastRound,
    Replayed,
    Standing,
    read_manifest,
    read_record,
    replay,
)
from gateway.errors import BundleError
from gateway.fleet.bundles import Bundle, read_bundle
from gateway.fleet.spending import PART, key_of
from gateway.fleet.values import Device, ModelState, PartTaken, PublishedModel, Round, RoundState
from gateway.fleet.verifying_versions import PUT_IN_FORCE, missing, out_of_force, untrue_card
from privacy import Spend, SubjectRef

_HASH_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPast:
    """What is left of the past. Read only."""

    devices: Sequence[Device]
    """Of people who are known."""
    rounds: Sequence[Round]
    """Every round there was."""
    parts_in: Callable[[int], Sequence[PartTaken]]
    """What became of whom in a round."""
    models: Sequence[PublishedModel]
    """Every version ever published."""
    history_of: Callable[[SubjectRef], list[ConsentEvent]]
    """A person's consent events, in order."""
    entries: Iterable[tuple[int, bytes]]
    """The entries of the log, with their indices."""
    bookings_in: Callable[[Iterable[tuple[int, bytes]]], Sequence[Spend]]
    """What entries say was booked of the one budget."""
    public: bytes
    """By which models are signed."""
    purpose: str
    """That devices take part for."""


@dataclass(frozen=True, slots=True)
class VerifiedFleet:
    """What was found."""

    findings: Sequence[str]
    """What is wrong, each in a sentence that names nobody."""
    rounds: int
    """How many rounds were looked at."""
    broken_off: int
    """How many of them have no record."""
    leaves: int
    """Leaves whose person is known, and whose consent was looked at."""
    rho: Decimal
    """What all rounds have spent."""
    epsilon: float
    """The same, at DELTA."""
    versions: int
    """How many versions were looked at."""


def verify_fleet(past: FleetPast) -> VerifiedFleet:
    """Look at everything."""
    log, booked = _steps(past)
    findings: list[str] = []
    findings += _in_the_log(past.rounds, log)
    findings += _booked(past.rounds, booked)
    disagreeing, replayed = _replayed(past)
    findings += disagreeing
    leaves = 0
    for round_ in past.rounds:
        found, looked = _consented(round_, past)
        findings += found
        leaves += looked
    findings += _models(past, log)
    broken_off = sum(each.state is not RoundState.CLOSED for each in past.rounds)
    return VerifiedFleet(
        findings, len(past.rounds), broken_off, leaves, replayed.rho, replayed.epsilon, len(past.models)
    )


def _steps(past: FleetPast) -> tuple[dict[int, Entry], list[Spend]]:
    """The entries that rounds and models have in the log, and what was booked of the budget."""
    marks, found = (b'"k":"round"', b'"k":"model"'), {}
    booked: list[Spend] = []
    for index, raw in past.entries:
        booked += past.bookings_in([(index, raw)])
        if any(mark in raw for mark in marks):
            found[index] = decode_entry(raw)
    return found, booked


def _booked(rounds: Sequence[Round], booked: Sequence[Spend]) -> list[str]:
    """Rounds whose loss the log does not say to be booked as it should be."""
    findings, spends = [], {each.key: each for each in booked if each.key.startswith(f"{PART}/")}
    for round_ in rounds:
        spend = spends.pop(key_of(round_), None)
        if (0 if spend is None else spend.loss.micro_rho) != round_.spent_micro_rho:
            findings.append(f"round {round_.round_id}: the log does not say that its loss was booked")
        elif spend is not None and not _is_before(spend.log_index, round_.rechecked_index):
            findings.append(f"round {round_.round_id}: its loss was booked too late")
    return findings + [f"{len(spends)} rounds were booked that are not kept"] * bool(spends)


def _in_the_log(rounds: Sequence[Round], log: Mapping[int, Entry]) -> list[str]:
    findings, kept = [], {each.round_id for each in rounds}
    for round_ in rounds:
        number = round_.round_id
        digest = hashlib.sha256(round_.manifest).hexdigest()
        wanted: list[tuple[int | None, dict[str, str]]] = [
            (round_.opened_index, {"act": "opened", "manifest": digest})
        ]
        wanted += [(round_.sampled_index, {"act": "asked"})] if round_.sampled_index is not None else []
        wanted += [(round_.rechecked_index, {"act": "checked"})] if round_.rechecked_index is not None else []
        if round_.record is not None:
            said = read_record(round_.record)
            record = hashlib.sha256(round_.record).hexdigest()
            closing = {"act": "closed", "record": record, "participation": said.participation}
            wanted.append((round_.closed_index, closing))
        elif round_.state is RoundState.ABORTED:
            wanted.append((round_.closed_index, {"act": "broken_off"}))
        places = [place for place, _ in wanted]
        if places != sorted(-1 if place is None else place for place in places):
            findings.append(f"round {number}: its steps are not in their order")
        for place, detail in wanted:
            entry = log.get(-1 if place is None else place)
            if entry is None or not (detail | {"round": number}).items() <= dict(entry.detail).items():
                findings.append(f"round {number}: the log does not say that it was {detail['act']} like that")
    told = {int(each.detail["round"]) for each in log.values() if each.detail.get("act") == "opened"}
    findings += [f"round {number}: the log has it, and it is not kept" for number in sorted(told - kept)]
    return findings


def _is_before(index: int | None, later: int | None) -> bool:
    return later is None or (index is not None and index < later)


def _replayed(past: FleetPast) -> tuple[list[str], Replayed]:
    """Records with their manifests, with one another, and with the loss of everything before."""
    rounds = [
        PastRound(
            read_manifest(each.manifest),
            None if each.record is None else read_record(each.record),
            each.spent_micro_rho > 0,
        )
        for each in past.rounds
    ]
    found = replay(rounds, DELTA, _served(past))
    return [f"round {past.rounds[place].round_id}: {what.value}" for place, what in found.findings], found


def _consented(round_: Round, past: FleetPast) -> tuple[list[str], int]:
    """Whether the leaves are what they are said to be, and whoever is included permitted it, twice."""
    if round_.record is None:
        return [], 0
    said, name = read_record(round_.record), f"round {round_.round_id}"
    hashes = [round_.leaves[at : at + _HASH_BYTES] for at in range(0, len(round_.leaves), _HASH_BYTES)]
    findings = []
    if root_of(hashes).hex() != said.participation or len(hashes) != said.counts.enrolled:
        findings.append(f"{name}: the leaves do not give the root")
    known = {each.device: each for each in past.devices}
    looked = 0
    for part in past.parts_in(round_.round_id):
        device = known.get(part.device)
        if device is None:
            continue
        looked += 1
        own = Participation(part.salt, device.signing_key, device.receipt, Standing(part.status))
        if part.place >= len(hashes) or hashes[part.place] != hash_leaf(own.leaf()):
            findings.append(f"{name}: a leaf is not what became of its device")
        if part.status != Standing.INCLUDED.value:
            continue
        events = past.history_of(device.subject)
        if not all(_permits(events, past.purpose, place) for place in (said.asked_at, said.checked_at)):
            findings.append(f"{name}: somebody is in it who did not permit it")
    return findings, looked


def _permits(events: Sequence[ConsentEvent], purpose: str, place: int) -> bool:
    """Whether the last event before a place of the log is a grant."""
    before = [
        each
        for each in events
        if each.purpose == purpose and each.log_index is not None and each.log_index < place
    ]
    return bool(before) and before[-1].status in GRANTS


def _served(past: FleetPast) -> set[str]:
    """SHA-256 of every artefact that is kept, served still or not."""
    found = set()
    for model in past.models:
        with suppress(BundleError):
            found.add(read_bundle(model.bundle, past.public).statement.artefact)
    return found


def _publishes(entry: Entry, version: int, artefact: bytes) -> bool:
    """Whether an entry of the log puts an artefact in force as this version: by a publication, or by going back to it."""
    said = dict(entry.detail)
    return (
        entry.kind is Kind.MODEL
        and entry.model == hashlib.sha256(artefact).digest()
        and said.get("act") in PUT_IN_FORCE
        and said.get("version") == version
    )


def _models(past: FleetPast, log: Mapping[int, Entry]) -> list[str]:
    findings, rounds = [], {each.round_id: each for each in past.rounds}
    bundles: list[Bundle] = []
    for model in past.models:
        name = f"version {model.version}"
        try:
            told = read_bundle(model.bundle, past.public)
        except BundleError:
            findings.append(f"{name}: it is not what was signed")
            continue
        bundles.append(told)
        record = rounds[model.round_id].record if model.round_id in rounds else None
        if record is None or read_record(record).model != told.statement.artefact:
            findings.append(f"{name}: it is not the one of its round")
        elif untrue_card(told.statement.card, read_record(record)):
            findings.append(f"{name}: its card says something else than its record")
        entry = log.get(model.log_index)
        if entry is None or not _publishes(entry, model.version, told.artefact):
            findings.append(f"{name}: the log does not say that it was published")
    if sum(each.state is ModelState.CURRENT for each in past.models) > 1:
        findings.append("more than one version is served")
    return findings + missing(past.rounds, bundles) + out_of_force(past.models, log)
