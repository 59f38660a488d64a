"""A round opens nothing that it promised not to open, also if that comes out at the second look at consent."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

import pytest
from nacl.signing import SigningKey

from federated import Clip, DocumentUse, ItemList, Looked, ModelRecipe, OpenRound, Terms, Visit, sign_document
from federated.driving import (
    EnrolledDevice,
    Floors,
    LocalCarrier,
    Participant,
    RoundDriver,
    RoundSettings,
    Trust,
)

PUBLISHER = SigningKey(b"p" * 32)
NOW = 1_800_000_000
PURPOSE, PROGRAM = "model-improvement", "a" * 64
IDENTITIES = {bytes([number]) * 32: SigningKey(bytes([number + 100]) * 32) for number in range(16)}
TRUST = Trust(
    publisher=bytes(PUBLISHER.verify_key),
    purpose=PURPOSE,
    program=PROGRAM,
    receipt=bytes(32),
    floors=Floors(most_rho=1e9, minimum=4, neighbours=3),
)
SETTINGS = RoundSettings(
    items=ItemList(["cup", "tea", "pot"]),
    program=PROGRAM,
    scale=100,
    clip=Clip(),
    recipe=ModelRecipe(),
    minimum=4,
    cohort=4,
    neighbours=None,
    step_seconds=600,
    only_tried=True,
)


class Gateway:
    """Knows of everybody's consent; some withdraw between the two looks."""

    def __init__(self, withdraw):
        self.withdraw = frozenset(withdraw)

    def terms(self):
        return Terms("items", 1, "b" * 64, PURPOSE, None)

    def devices(self):
        return [
            EnrolledDevice(name, bytes(key.verify_key), TRUST.receipt) for name, key in IDENTITIES.items()
        ]

    def live(self):
        return frozenset(IDENTITIES) - self.withdraw

    def open(self, manifest):
        return OpenRound(1, sign_document(DocumentUse.MANIFEST, manifest, PUBLISHER), "0")

    def look(self, _round_id, devices):
        return Looked(frozenset(devices), 1)

    def look_again(self, _round_id, devices):
        return Looked(frozenset(devices) - self.withdraw, 2)

    def close(self, _round_id, _record, _parts):
        return b"statement"

    def publish(self, _round_id, _artefact, _card):
        return 1


def participant(key):
    return Participant(
        identity=key,
        trust=TRUST,
        history=lambda: [Visit("cup", 1)],
        willing=lambda: True,
        now=lambda: NOW,
        draw=os.urandom,
    )


@pytest.mark.parametrize(
    ("withdraw", "unmasked", "cohorts"), [((), 16, 4), ((b"\3" * 32,), 0, 0)], ids=["nobody", "one"]
)
def test_what_must_be_tried_stays_masked_when_a_withdrawal_leaves_too_few_cohorts(
    withdraw, unmasked, cohorts
):
    asked = Counter()

    def counted(step, _device, message):
        asked[step] += 1
        return message

    driver = RoundDriver(
        controller=Gateway(withdraw),
        carrier=LocalCarrier({name: participant(key) for name, key in IDENTITIES.items()}, counted),
        settings=SETTINGS,
        add_noise=lambda total, _norm, _scale: total,
        shuffle=list,
        draw=os.urandom,
        now=lambda: NOW,
    )
    outcome = driver.run()
    assert asked["masked"] == 16
    assert asked["unmask"] == unmasked
    assert outcome.record.opened is bool(cohorts)
    assert outcome.record.counts.cohorts == cohorts
    assert (outcome.verdict == "too-few") is bool(withdraw)


def test_cohorts_that_became_too_small_are_put_together_anew_once_and_keep_the_others_waiting_no_longer():
    """Of sixteen devices in four cohorts of four, one of each of three is silent, and again one of those that are asked anew."""
    silent = {bytes([number]) * 32 for number in (1, 2, 3)}
    keys = Counter()

    def before(step, device, message):
        if step == "keys":
            keys[device] += 1
            if device in silent or (keys[device] == 2 and device == b"\5" * 32):
                return None
        return message

    driver = RoundDriver(
        controller=Gateway(()),
        carrier=LocalCarrier({name: participant(key) for name, key in IDENTITIES.items()}, before),
        settings=replace(SETTINGS, only_tried=False),
        add_noise=lambda total, _norm, _scale: total,
        shuffle=list,
        draw=os.urandom,
        now=lambda: NOW,
    )
    counts = driver.run().record.counts
    assert (counts.dropped, counts.included) == (4, 12)
    assert sum(keys.values()) == 16 + 9
    assert max(keys.values()) == 2
    assert counts.cohorts == 3
