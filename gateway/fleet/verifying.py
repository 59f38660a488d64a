"""Everything that is kept of rounds, held against the log, the consent records and itself. Nothing is changed, nobody is asked.

- The log has an entry for every step of every round, in the right order, and no round that is not kept.
- Whoever is in a sum permitted it at both places of the log at which that was looked at, and it had not run out, as far as they
  are still known; and rows are missing only where somebody was erased.
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

from audit import Entry, Kind, decode_entry
from federated import DELTA, PastRound, Replayed, read_manifest, read_record, replay
from gateway.errors import BundleError
from gateway.fleet.bundles import Bundle, read_bundle
from gateway.fleet.spending import PART, key_of
from gateway.fleet.values import Device, ModelState, PartTaken, PublishedModel, Round, RoundState
from gateway.fleet.verifying_people import (
    LogOfFleet,
    WhoPermits,
    judge_people,
    untrue_counts,
    untrue_receipts,
)
from gateway.fleet.verifying_versions import PUT_IN_FORCE, missing, not_kept, out_of_force, untrue_card
from privacy import Spend

_MARKS = (b'"k":"round"', b'"k":"model"', b'"k":"erasure"')


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
    permits: WhoPermits
    """What people permitted."""
    entries: Iterable[tuple[int, bytes]]
    """The entries of the log, with their indices."""
    bookings_in: Callable[[Iterable[tuple[int, bytes]]], Sequence[Spend]]
    """What entries say was booked of the one budget."""
    public: bytes
    """By which models are signed."""


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
    scales: Sequence[float]
    """The noise of each round that was booked, as a multiple of what one person can move: for a second account."""
    versions: int
    """How many versions were looked at."""


def verify_fleet(past: FleetPast) -> VerifiedFleet:
    """Look at everything."""
    told, booked = _told(past)
    log, known = told.steps, {each.device: each for each in past.devices}
    findings = untrue_receipts(past.devices, told)
    findings += _in_the_log(past.rounds, log)
    findings += _booked(past.rounds, booked)
    disagreeing, replayed = _replayed(past)
    findings += disagreeing
    leaves = 0
    for round_ in past.rounds:
        found, looked = judge_people(round_, past.parts_in(round_.round_id), known, told, past.permits)
        findings += found + untrue_counts(round_, told)
        leaves += looked
    findings += _models(past, log) + not_kept(past.models, log)
    terms = [read_manifest(each.manifest) for each in past.rounds if each.spent_micro_rho]
    return VerifiedFleet(
        findings=findings,
        rounds=len(past.rounds),
        broken_off=sum(each.state is not RoundState.CLOSED for each in past.rounds),
        leaves=leaves,
        rho=replayed.rho,
        epsilon=replayed.epsilon,
        scales=[each.scale / each.clip.norm for each in terms],
        versions=len(past.models),
    )


def _told(past: FleetPast) -> tuple[LogOfFleet, list[Spend]]:
    """What the log has of devices, rounds, models and erasures, and what was booked of the budget."""
    found, booked = LogOfFleet(), list[Spend]()
    for index, raw in past.entries:
        booked += past.bookings_in([(index, raw)])
        if any(mark in raw for mark in _MARKS):
            entry = decode_entry(raw)
            if entry.kind is Kind.ERASURE:
                found.erased.append(index)
            else:
                found.steps[index] = entry
                if entry.detail.get("act") == "enrolled":
                    found.enrolled[index] = hashlib.sha256(raw).digest()
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
