"""One round, from its terms to its record: who may be asked, who answers, who is summed, what is published, what it cost.

The order is the promise. Consent is looked at, at a place of the log, before anybody is asked; each device looks again for
itself; and the controller looks a second time when every contribution is there and masked, and none is opened. Whoever withdrew
until then stays masked for ever. What opening spends is reserved at that moment. Then noise, and only then anything else.

Nothing is kept here. A driver that dies leaves a round that the next one's `open` ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from federated.controlling import OpenRound, Terms
from federated.documents import decimal
from federated.driving import gate
from federated.driving.closing import card_of, closing_of, evidence_of
from federated.driving.cohorts import Cohort, split, total_of
from federated.driving.course import AddNoise, Course, Outcome, Result, RoundSettings, Shuffle, manifest_of
from federated.driving.ports import Carrier, Controller, ControllerError, EnrolledDevice
from federated.driving.wire import (
    DONE,
    KEYS,
    LEASE,
    MASKED,
    SHARES,
    UNMASK,
    CohortCall,
    Invitation,
    encode,
    read_answer,
)
from federated.manifest import Manifest, digest_of_manifest, write_manifest
from federated.model import model_of
from federated.participation import Standing
from federated.record import Verdict, write_record
from federated.secure_sum.refusals import Refusal
from federated.sum_checks import as_signed, sound_cohorts
from privacy import Entropy

_TRIES = 10


class RoundDriver:
    """Drives rounds, one after the other."""

    def __init__(  # noqa: PLR0913  # what a round needs
        self,
        *,
        controller: Controller,
        carrier: Carrier,
        settings: RoundSettings,
        add_noise: AddNoise,
        shuffle: Shuffle,
        draw: Entropy,
        now: Callable[[], int],
    ) -> None:
        """Drive rounds of these settings.

        Args:
            controller: who knows of consent.
            carrier: who reaches devices.
            settings: what stays the same.
            add_noise: draws noise.
            shuffle: puts devices in an order that nobody chose.
            draw: fresh random bytes, for salts.
            now: unix seconds.
        """
        self._controller = controller
        self._carrier = carrier
        self._settings = settings
        self._add_noise = add_noise
        self._shuffle = shuffle
        self._draw = draw
        self._now = now

    def run(self) -> Outcome:
        """Drive one round to its end.

        Raises:
            ControllerError: the gateway refuses, or is gone; the round is ended by the next one.
        """
        terms = self._controller.terms()
        manifest, opened = self._begin(terms)
        enrolled = self._controller.devices()
        course = Course(
            opened,
            manifest,
            digest_of_manifest(manifest),
            enrolled,
            {each.device: Standing.NOT_ASKED for each in enrolled},
            min(self._settings.at_most, terms.at_most),
        )
        self._form(course, self._lease(course))
        self._share(course)
        uploaded = self._collect(course)
        result = self._open(course, uploaded)
        return self._close(course, result)

    def _begin(self, terms: Terms) -> tuple[Manifest, OpenRound]:
        """A manifest like no other: one that opens in the same second as one before it closes a second later."""
        for later in range(_TRIES):
            manifest = manifest_of(self._settings, terms, self._now(), later)
            try:
                return manifest, self._controller.open(write_manifest(manifest))
            except ControllerError as refused:
                if refused.reason != "seen_before" or later == _TRIES - 1:
                    raise
        raise AssertionError("a try raises or returns")

    def _exchange(self, step: str, messages: Mapping[bytes, bytes]) -> Mapping[bytes, bytes]:
        return self._carrier.exchange(step, messages, self._settings.step_seconds) if messages else {}

    def _lease(self, course: Course) -> list[EnrolledDevice]:
        """Who permits it, is asked, and agrees."""
        chosen = self._shuffle(course.enrolled)[: course.at_most]
        looked = self._controller.look(course.opened.round_id, [each.device for each in chosen])
        course.asked_at = looked.index
        asked = [each for each in chosen if each.device in looked.live]
        course.settle({each.device for each in chosen} - looked.live, Standing.WITHDRAWN)
        course.settle({each.device for each in asked}, Standing.DROPPED)
        message = encode(Invitation(course.opened.manifest, self._settings.items.ids))
        answers = self._exchange(LEASE, dict.fromkeys((each.device for each in asked), message))
        agreed = []
        for each in asked:
            said = read_answer(answers[each.device]) if each.device in answers else None
            if said is not None and not said.reason:
                agreed.append(each)
            elif said is not None:
                course.settle({each.device}, Standing.REFUSED)
        return agreed

    def _form(self, course: Course, members: list[EnrolledDevice]) -> None:
        """Cohorts, and the keys of their devices; those of a cohort with too few of them are put together anew, once."""
        number = 0
        for _ in range(2):
            formed = [
                Cohort(course.manifest, number + place, each)
                for place, each in enumerate(split(members, self._settings.minimum, self._settings.cohort))
            ]
            number += len(formed)
            calls = {
                name: encode(CohortCall(course.digest, cohort.number))
                for cohort in formed
                for name in cohort.members
            }
            answers = self._exchange(KEYS, calls)
            members = []
            for cohort in formed:
                entered = cohort.take(KEYS, answers)
                if len(entered) >= self._settings.minimum:
                    course.cohorts.append(cohort)
                else:
                    members += [cohort.members[name] for name in sorted(entered)]
            if len(members) < self._settings.minimum:
                return

    def _share(self, course: Course) -> None:
        rosters: dict[bytes, bytes] = {}
        for cohort in course.cohorts:
            roster = cohort.sum.close_entries()
            if not isinstance(roster, Refusal):
                rosters |= dict.fromkeys(cohort.members, roster)
        answers = self._exchange(SHARES, rosters)
        for cohort in course.cohorts:
            if not cohort.is_over:
                cohort.take(SHARES, answers)
                cohort.sum.close_shares()

    def _collect(self, course: Course) -> set[bytes]:
        """The masked contributions; whose they are."""
        inboxes: dict[bytes, bytes] = {}
        for cohort in course.cohorts:
            if not cohort.is_over:
                inboxes |= cohort.inboxes(cohort.members.keys())
        answers = self._exchange(MASKED, inboxes)
        for name, answer in answers.items():
            said = read_answer(answer)
            if said is not None and said.reason == "unwilling":
                course.settle({name}, Standing.REFUSED)
        uploaded: set[bytes] = set()
        for cohort in course.cohorts:
            if not cohort.is_over:
                uploaded |= cohort.take(MASKED, answers)
        return uploaded

    def _open(self, course: Course, uploaded: set[bytes]) -> Result:
        """Look at consent again, open what may be opened, add noise, and make the model."""
        openable = [cohort for cohort in course.cohorts if cohort.may_open()]
        for cohort in course.cohorts:
            course.settle(course.those(cohort.faulty, Standing.DROPPED), Standing.FAULTY)
        if len(openable) < self._least_cohorts:
            return Result(Verdict.TOO_FEW)
        looked = self._controller.look_again(course.opened.round_id, sorted(uploaded))
        course.checked_at = looked.index
        course.settle(uploaded - looked.live, Standing.WITHDRAWN)
        requests: dict[bytes, bytes] = {}
        for cohort in course.cohorts:
            if cohort.is_over:
                continue
            request = cohort.sum.close_uploads(cohort.keys_of(uploaded - looked.live))
            if not isinstance(request, Refusal):
                requests |= dict.fromkeys(cohort.stayed, request)
        if sum(not cohort.is_over for cohort in course.cohorts) < self._least_cohorts:
            return Result(Verdict.TOO_FEW)
        totals = self._opened(course, self._exchange(UNMASK, requests))
        if not totals:
            return Result(Verdict.TOO_FEW)
        sound = self._sound(course, totals)
        course.summed = len(sound)
        for place in totals.keys() - set(sound):
            course.settle(course.cohorts[place].stayed, Standing.DROPPED)
        if len(sound) < self._least_cohorts:
            return Result(Verdict.FAILED_CHECKS)
        return self._made(course, [totals[place] for place in sound])

    @property
    def _least_cohorts(self) -> int:
        """How many cohorts a round must have to come to anything."""
        return gate.LEAST_COHORTS if self._settings.only_tried else 1

    def _opened(self, course: Course, answers: Mapping[bytes, bytes]) -> dict[int, NDArray[np.int64]]:
        """The sums of the cohorts that could be opened; of the others, who broke them is at fault."""
        totals: dict[int, NDArray[np.int64]] = {}
        for place, cohort in enumerate(course.cohorts):
            if cohort.is_over:
                continue
            cohort.take(UNMASK, answers)
            stayed, total = cohort.stayed, total_of(cohort)
            if total is not None:
                course.is_open = True
                course.settle(stayed, Standing.INCLUDED)
                totals[place] = as_signed(total)
            else:
                course.settle(course.those(cohort.faulty, Standing.DROPPED), Standing.FAULTY)
        return totals

    def _sound(self, course: Course, totals: Mapping[int, NDArray[np.int64]]) -> list[int]:
        """The cohorts that are added up."""
        places = list(totals)
        sizes = [len(course.cohorts[place].stayed) for place in places]
        sound = sound_cohorts(
            [totals[each] for each in places], len(self._settings.items), sizes, self._settings.clip
        )
        return [places[position] for position in sound]

    def _made(self, course: Course, totals: list[NDArray[np.int64]]) -> Result:
        settings = self._settings
        tried = gate.release_of(
            totals,
            float(settings.scale),
            lambda total, scale: self._add_noise(total, settings.clip.norm, scale),
            lambda noisy, scale: model_of(noisy, settings.items, settings.recipe, scale),
        )
        metrics = {**tried.gate.metrics, "held_out_cohorts": decimal(tried.held_out)}
        if not tried.gate.passes:
            return Result(Verdict.BELOW_POPULARITY, tried.release, None, metrics)
        if settings.begins_again and self._has_lost_somebody(course):
            return Result(Verdict.WITHDRAWN_MEANWHILE, tried.release, None, metrics)
        return Result(Verdict.PUBLISHED, tried.release, tried.artefact, metrics)

    def _has_lost_somebody(self, course: Course) -> bool:
        live = self._controller.live()
        return any(
            standing is Standing.INCLUDED and device not in live
            for device, standing in course.standing.items()
        )

    def _close(self, course: Course, result: Result) -> Outcome:
        said = closing_of(course, result, self._draw)
        number, version = course.opened.round_id, None
        statement = self._controller.close(number, write_record(said.record), said.parts)
        if said.artefact is not None:
            version = self._controller.publish(number, said.artefact, card_of(course, said.record))
        self._exchange(DONE, evidence_of(said, statement))
        return Outcome(number, result.verdict, said.record, version)
