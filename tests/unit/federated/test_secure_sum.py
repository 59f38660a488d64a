"""The secure sum: exact whoever drops out, closed to whoever asks twice, and nothing in it tells of one device."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from nacl.signing import SigningKey

from federated import DeviceSum, Phase, PlanError, Refusal, ServerSum, Step, StepError, SumPlan
from federated.secure_sum import device as device_module
from federated.secure_sum.messages import (
    Advertisement,
    Inbox,
    OpeningRequest,
    Roster,
    Shares,
    Upload,
    digest_of,
)
from federated.secure_sum.opening import open_sum
from federated.secure_sum.plan import roster_order
from federated.secure_sum.shamir import split as split_secret
from tests.unit.federated.summing import Cohort, chance


@pytest.mark.parametrize("neighbours", [None, 14])
@pytest.mark.parametrize("percent", [0, 10, 30])
def test_the_sum_is_exact_whoever_drops_out_before_uploading(percent: int, neighbours: int | None) -> None:
    cohort = Cohort(20 if neighbours is None else 21, neighbours=neighbours)
    gone = set(cohort.keys[: len(cohort.keys) * percent // 100])
    if neighbours is not None and percent == 30:
        gone = set(sorted(gone)[:4])  # a neighbourhood must keep its two thirds
    cohort.upload(without=gone)
    request = cohort.server.close_uploads()
    assert isinstance(request, bytes)
    stayed = [key for key in cohort.keys if key not in gone]
    np.testing.assert_array_equal(cohort.open(request), cohort.plain(stayed))


def test_the_sum_is_exact_if_some_never_shared_and_some_never_answer() -> None:
    cohort = Cohort(12)
    silent, gone, mute = set(cohort.keys[:1]), set(cohort.keys[1:2]), set(cohort.keys[2:3])
    cohort.upload(without=gone, silent=silent)
    request = cohort.server.close_uploads()
    assert isinstance(request, bytes)
    np.testing.assert_array_equal(cohort.open(request, without=mute), cohort.plain(cohort.keys[2:]))


def test_who_withdrew_after_uploading_is_not_in_the_sum() -> None:
    cohort = Cohort(10)
    cohort.upload()
    withdrawn = set(cohort.keys[:2])
    request = cohort.server.close_uploads(withdrawn)
    assert isinstance(request, bytes)
    assert withdrawn.isdisjoint(cohort.server.stayed)
    np.testing.assert_array_equal(cohort.open(request), cohort.plain(cohort.keys[2:]))


def test_no_device_opens_the_own_mask_of_one_that_withdrew() -> None:
    cohort = Cohort(10)
    cohort.upload()
    request = cohort.server.close_uploads({cohort.keys[0]})
    assert isinstance(request, bytes)
    asked = msgspec.msgpack.decode(request, type=OpeningRequest)
    for key in cohort.server.stayed:
        own_masks = msgspec.msgpack.decode(cohort.devices[key].answer(request))[1]
        assert set(own_masks) == set(asked.stayed)
        assert set(own_masks).isdisjoint(asked.dropped)


class TestWhatADeviceRefuses:
    def uploaded(self) -> tuple[Cohort, DeviceSum, OpeningRequest]:
        cohort = Cohort(9)
        cohort.upload(without=cohort.keys[:1])
        request = cohort.server.close_uploads()
        assert isinstance(request, bytes)
        asked = msgspec.msgpack.decode(request, type=OpeningRequest)
        return cohort, cohort.devices[cohort.server.stayed[0]], asked

    def test_a_device_in_both_lists(self) -> None:
        _, device, asked = self.uploaded()
        both = OpeningRequest(asked.roster, asked.stayed, (*asked.dropped, asked.stayed[-1]))
        assert device.answer(msgspec.msgpack.encode(both)) is Refusal.CONTRADICTORY

    def test_to_be_asked_a_second_time(self) -> None:
        _, device, asked = self.uploaded()
        request = msgspec.msgpack.encode(asked)
        assert isinstance(device.answer(request), bytes)
        other = OpeningRequest(asked.roster, asked.stayed[:-1], (*asked.dropped, asked.stayed[-1]))
        assert device.answer(request) is Refusal.TWICE
        assert device.answer(msgspec.msgpack.encode(other)) is Refusal.TWICE

    def test_to_be_asked_as_one_that_dropped_out(self) -> None:
        cohort, device, asked = self.uploaded()
        me = asked.stayed[0]
        assert cohort.devices[cohort.server.stayed[0]] is device
        moved = OpeningRequest(asked.roster, asked.stayed[1:], (*asked.dropped, me))
        assert device.answer(msgspec.msgpack.encode(moved)) is Refusal.NOT_LISTED

    def test_to_open_a_sum_of_too_few(self) -> None:
        _, device, asked = self.uploaded()
        few = OpeningRequest(asked.roster, asked.stayed[:2], asked.stayed[2:])
        assert device.answer(msgspec.msgpack.encode(few)) is Refusal.TOO_FEW

    def test_a_request_for_another_list_of_participants(self) -> None:
        _, device, asked = self.uploaded()
        other = OpeningRequest(bytes(32), asked.stayed, asked.dropped)
        assert device.answer(msgspec.msgpack.encode(other)) is Refusal.OTHER_ROUND

    @pytest.mark.parametrize("junk", [b"", b"\xc1", b"\x93\x01\x02\x03", b"{}"])
    def test_what_is_no_message(self, junk: bytes) -> None:
        _, device, _ = self.uploaded()
        assert device.answer(junk) is Refusal.MALFORMED

    def test_a_list_with_a_key_that_its_device_did_not_sign(self) -> None:
        cohort = Cohort(5)
        roster = msgspec.msgpack.decode(cohort.enter(), type=Roster)
        forged = msgspec.structs.replace(roster.entries[0], share_key=bytes(31) + b"\x09")
        listed = Roster(roster.round, (forged, *roster.entries[1:]))
        victim = cohort.devices[roster.entries[1].device]
        assert victim.share(msgspec.msgpack.encode(listed)) is Refusal.NOT_SIGNED

    def test_a_list_that_is_too_short_or_in_another_order_or_leaves_it_out(self) -> None:
        cohort = Cohort(5)
        roster = msgspec.msgpack.decode(cohort.enter(), type=Roster)
        victim = cohort.devices[roster.entries[0].device]

        def answer(*entries: Advertisement) -> object:
            return victim.share(msgspec.msgpack.encode(Roster(roster.round, entries)))

        assert answer(*roster.entries[:2]) is Refusal.TOO_FEW
        assert answer(*roster.entries[::-1]) is Refusal.CONTRADICTORY
        assert answer(*roster.entries[1:]) is Refusal.NOT_LISTED
        assert isinstance(answer(*roster.entries), bytes)

    def test_a_second_list(self) -> None:
        cohort = Cohort(4)
        roster = cohort.enter()
        device = cohort.devices[cohort.keys[0]]
        assert isinstance(device.share(roster), bytes)
        assert device.share(roster) is Refusal.TWICE

    def test_a_share_that_was_sealed_for_another_place(self) -> None:
        cohort = Cohort(5)
        cohort.share()
        key = cohort.keys[0]
        inbox = msgspec.msgpack.decode(cohort.server.inbox_of(key), type=Inbox)
        first, second = sorted(inbox.sealed)[:2]
        swapped = inbox.sealed | {first: inbox.sealed[second], second: inbox.sealed[first]}
        message = msgspec.msgpack.encode(Inbox(inbox.roster, swapped))
        assert cohort.devices[key].upload(message, cohort.values[key]) is Refusal.BROKEN_SEAL

    def test_an_inbox_with_too_few_neighbours(self) -> None:
        cohort = Cohort(9)
        cohort.share()
        key = cohort.keys[0]
        inbox = msgspec.msgpack.decode(cohort.server.inbox_of(key), type=Inbox)
        few = Inbox(inbox.roster, dict(list(inbox.sealed.items())[:3]))
        assert cohort.devices[key].upload(msgspec.msgpack.encode(few), cohort.values[key]) is Refusal.TOO_FEW


class TestWhatTheServerRefuses:
    def test_keys_in_another_devices_name(self) -> None:
        cohort = Cohort(4)
        mine, other = cohort.keys[:2]
        assert cohort.server.enter(mine, cohort.devices[other].advertise()) is Refusal.NOT_SIGNED

    def test_keys_of_another_round(self) -> None:
        cohort, other = Cohort(4), Cohort(4, seed=2)
        key = other.keys[0]
        assert cohort.server.enter(key, other.devices[key].advertise()) is Refusal.OTHER_ROUND

    def test_an_upload_of_another_size_or_list_without_ending_the_sum(self) -> None:
        cohort = Cohort(6)
        cohort.share()
        bad = cohort.keys[0]
        upload = msgspec.msgpack.decode(cohort.masked(bad), type=Upload)
        for wrong, why in (
            (Upload(upload.roster, upload.values[:-4]), Refusal.MALFORMED),
            (Upload(upload.roster, upload.values + bytes(4)), Refusal.MALFORMED),
            (Upload(bytes(32), upload.values), Refusal.OTHER_ROUND),
        ):
            assert cohort.server.take_upload(bad, msgspec.msgpack.encode(wrong)) is why
        assert cohort.server.take_upload(bad, b"junk") is Refusal.MALFORMED
        for key in cohort.keys[1:]:
            assert cohort.server.take_upload(key, cohort.masked(key)) is None
        request = cohort.server.close_uploads()
        assert isinstance(request, bytes)
        np.testing.assert_array_equal(cohort.open(request), cohort.plain(cohort.keys[1:]))

    def test_strangers_and_second_messages(self) -> None:
        cohort = Cohort(4)
        cohort.upload()
        key = cohort.keys[0]
        message = msgspec.msgpack.encode(Upload(bytes(32), bytes(80)))
        assert cohort.server.take_upload(b"stranger", message) is Refusal.UNKNOWN_SENDER
        assert cohort.server.take_upload(key, message) is Refusal.TWICE
        assert cohort.server.enter(key, message) is Refusal.TOO_LATE

    def test_to_open_fewer_than_the_least_cohort(self) -> None:
        cohort = Cohort(5, minimum=4)
        cohort.upload()
        assert cohort.server.close_uploads(cohort.keys[:2]) is Refusal.TOO_FEW

    def test_to_open_below_the_threshold(self) -> None:
        cohort = Cohort(9)
        cohort.upload()
        request = cohort.server.close_uploads()
        assert isinstance(request, bytes)
        assert cohort.open(request, without=cohort.server.stayed[:3]) is Refusal.TOO_FEW

    def test_one_liars_share_is_got_round(self) -> None:
        cohort = Cohort(9)
        cohort.upload()
        request = cohort.server.close_uploads()
        assert isinstance(request, bytes)
        liar = cohort.server.stayed[4]
        digest, own, keys = msgspec.msgpack.decode(cohort.devices[liar].answer(request), strict=False)
        lie = msgspec.msgpack.encode((digest, {place: bytes(66) for place in own}, keys))
        assert cohort.server.take_answer(liar, lie) is None
        for key in cohort.server.stayed:
            if key != liar:
                cohort.server.take_answer(key, cohort.devices[key].answer(request))
        np.testing.assert_array_equal(cohort.server.total(), cohort.plain(cohort.keys))

    def test_several_liars_shares_are_got_round_and_the_liars_are_named(self) -> None:
        cohort = Cohort(20)
        cohort.upload()
        request = cohort.server.close_uploads()
        assert isinstance(request, bytes)
        liars = {cohort.server.stayed[place] for place in (3, 9, 10)}
        for key in cohort.server.stayed:
            digest, own, keys = msgspec.msgpack.decode(cohort.devices[key].answer(request), strict=False)
            own = {place: bytes(65) + b"\x07" for place in own} if key in liars else own
            assert cohort.server.take_answer(key, msgspec.msgpack.encode((digest, own, keys))) is None
        np.testing.assert_array_equal(cohort.server.total(), cohort.plain(cohort.keys))
        assert set(cohort.server.faulty) == liars

    def sharing_another_secret(self, monkeypatch: pytest.MonkeyPatch) -> tuple[Cohort, bytes, bytes, bytes]:
        """A cohort that uploaded, who in it shared another secret than it promised, that which it promised, and the request."""
        cohort = Cohort(12)
        culprit = cohort.keys[5]
        promised = bytes(cohort.devices[culprit]._own_seed)
        split, roster = device_module.split, cohort.enter()
        for key, device in cohort.devices.items():
            with monkeypatch.context() as patch:
                if key == culprit:
                    patch.setattr(device_module, "split", lambda _, *rest: split(b"x" * 32, *rest))
                message = device.share(roster)
            assert isinstance(message, bytes)
            assert cohort.server.take_shares(key, message) is None
        assert cohort.server.close_shares() is None
        for key in cohort.keys:
            assert cohort.server.take_upload(key, cohort.masked(key)) is None
        assert cohort.server.may_open()
        request = cohort.server.close_uploads()
        assert isinstance(request, bytes)
        return cohort, culprit, promised, request

    def test_whoever_shared_another_secret_than_it_promised_is_named_and_nobody_else(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cohort, culprit, _, request = self.sharing_another_secret(monkeypatch)
        assert cohort.open(request) is Refusal.WRONG_SHARES
        assert cohort.server.faulty == (culprit,)

    def test_what_did_not_open_is_open_to_whoever_kept_that_one_secret(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Why the loss of a cohort that did not open stays booked: one secret is all that it still takes."""
        cohort, culprit, promised, request = self.sharing_another_secret(monkeypatch)
        server, total_of = cohort.server, type(cohort.server).total
        monkeypatch.setattr(type(server), "total", lambda _: Refusal.TOO_FEW)
        cohort.open(request)
        answers, uploads = dict(server._answers), dict(server._uploads)
        assert total_of(server) is Refusal.WRONG_SHARES
        place, digest = server._places[culprit], server._digest
        points = [by + 1 for by in answers]
        right = split_secret(promised, cohort.plan.threshold(12), points, chance(7))
        for by, share in zip(answers, right, strict=True):
            own = answers[by].own_masks | {place: share}
            answers[by] = msgspec.structs.replace(answers[by], own_masks=own)
        opened = open_sum(cohort.plan, server._roster, digest, server._shares, uploads, answers)
        np.testing.assert_array_equal(opened.total, cohort.plain(cohort.keys))

    def breaking(self, victims: slice) -> tuple[Cohort, bytes]:
        """A cohort one of whose devices seals rubbish for some of the others; everybody uploaded."""
        cohort = Cohort(12)
        culprit, roster = cohort.keys[5], cohort.enter()
        for key, device in cohort.devices.items():
            message = device.share(roster)
            assert isinstance(message, bytes)
            if key == culprit:
                shares = msgspec.msgpack.decode(message, type=Shares)
                broken = dict.fromkeys(sorted(shares.sealed)[victims], bytes(172))
                message = msgspec.msgpack.encode(
                    msgspec.structs.replace(shares, sealed=shares.sealed | broken)
                )
            assert cohort.server.take_shares(key, message) is None
        assert cohort.server.close_shares() is None
        for key in cohort.keys:
            assert cohort.server.take_upload(key, cohort.masked(key)) is None
        return cohort, culprit

    def test_a_few_broken_seals_are_got_round(self) -> None:
        cohort, _ = self.breaking(slice(2))
        assert cohort.server.may_open()
        request = cohort.server.close_uploads()
        assert isinstance(request, bytes)
        np.testing.assert_array_equal(cohort.open(request), cohort.plain(cohort.keys))
        assert cohort.server.faulty == ()

    def test_whoever_breaks_most_seals_is_named_before_anybody_is_asked_to_open_anything(self) -> None:
        cohort, culprit = self.breaking(slice(None))
        assert not cohort.server.may_open()
        cohort.server.give_up()
        assert cohort.server.faulty == (culprit,)
        assert cohort.server.phase is Phase.OVER

    def test_one_that_calls_others_seals_broken_accuses_nobody_with_effect(self) -> None:
        cohort = Cohort(12)
        cohort.share()
        for key in cohort.keys:
            upload = msgspec.msgpack.decode(cohort.masked(key), type=Upload)
            broken = tuple(range(12)) if key == cohort.keys[5] else ()
            message = msgspec.msgpack.encode(msgspec.structs.replace(upload, broken=broken))
            assert cohort.server.take_upload(key, message) is None
        assert cohort.server.may_open()
        request = cohort.server.close_uploads()
        assert isinstance(request, bytes)
        np.testing.assert_array_equal(cohort.open(request), cohort.plain(cohort.keys))
        assert cohort.server.faulty == ()

    def test_that_too_few_uploaded_beside_one_another_is_known_before_anything_is_opened(self) -> None:
        cohort = Cohort(12)
        cohort.upload(without=cohort.keys[:4])
        assert not cohort.server.may_open()

    def test_shares_that_nobody_can_put_together(self) -> None:
        cohort = Cohort(4)
        cohort.upload()
        request = cohort.server.close_uploads()
        assert isinstance(request, bytes)
        for key in cohort.server.stayed:
            digest, own, keys = msgspec.msgpack.decode(cohort.devices[key].answer(request), strict=False)
            lie = msgspec.msgpack.encode((digest, {place: bytes(65) + b"\x07" for place in own}, keys))
            assert cohort.server.take_answer(key, lie) is None
        assert cohort.server.total() is Refusal.WRONG_SHARES


def test_the_secrets_are_overwritten_and_the_shares_dropped() -> None:
    cohort = Cohort(4)
    cohort.upload()
    device = cohort.devices[cohort.keys[0]]
    assert device._own_seed == device._mask_key == device._share_key == bytearray(32)
    assert device._held
    device.forget()
    assert not device._held
    assert device.step is Step.OVER
    assert device.answer(b"") is Refusal.TWICE


def test_steps_out_of_order_are_faults_of_the_program() -> None:
    cohort = Cohort(4)
    with pytest.raises(StepError):
        cohort.server.total()
    with pytest.raises(StepError):
        cohort.devices[cohort.keys[0]].upload(b"", np.zeros(3, np.uint32))
    cohort.devices[cohort.keys[0]].advertise()
    with pytest.raises(StepError):
        cohort.devices[cohort.keys[0]].advertise()


@pytest.mark.parametrize(
    "terms",
    [(b"", 1, 3, None), (bytes(32), 0, 3, None), (bytes(32), 1, 2, None), (bytes(32), 1, 3, 5)],
)
def test_a_plan_that_protects_nobody_is_refused(terms: tuple) -> None:
    with pytest.raises(PlanError):
        SumPlan(*terms)


def test_opening_one_vector_by_two_stories_takes_more_devices_than_there_are() -> None:
    for neighbours in (None, 8, 20):
        for size in range(3, 129):
            plan = SumPlan(bytes(32), 1, 3, neighbours)
            assert 2 * plan.threshold(size) > len(plan.holders(0, size)) * 4 / 3 - 2 / 3
            assert 3 * plan.threshold(size) > 2 * len(plan.holders(0, size))


def test_who_neighbours_whom_is_mutual_and_follows_from_all_keys() -> None:
    plan = SumPlan(bytes(32), 1, 3, 6)
    for place in range(20):
        assert len(plan.holders(place, 20)) == 7
        assert all(place in plan.holders(other, 20) for other in plan.holders(place, 20))
    assert roster_order(bytes(32), b"a") != roster_order(bytes([1]) * 32, b"a")


def test_the_roster_is_named_by_all_of_it() -> None:
    assert len({digest_of(b"a"), digest_of(b"b"), digest_of(b"")}) == 3


def test_a_server_takes_no_more_than_the_largest_cohort() -> None:
    plan = SumPlan(bytes(32), 1, 3)
    server, draw = ServerSum(plan), chance(1)
    for _ in range(128):
        key = SigningKey(draw(32))
        assert server.enter(bytes(key.verify_key), DeviceSum(plan, key, draw).advertise()) is None
    key = SigningKey(draw(32))
    assert server.enter(bytes(key.verify_key), DeviceSum(plan, key, draw).advertise()) is Refusal.TOO_LATE
