"""Four eyes: nobody approves what they asked for, and an approval is for whoever asked, for a while."""

from __future__ import annotations

import os

from gateway.officer.cases import MAX_CASES, Case, Cases, ExportAsked, Reason, Status
from privacy import SubjectRef

ADA = SubjectRef(bytes(16))
LASTS = 100


class Times:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1000

    def now(self) -> int:
        return self.at


def asked(cases: Cases, by: str = "officer-a", matter: SubjectRef | ExportAsked = ADA) -> Case:
    case = cases.make(matter, Reason.COMPLAINT, by)
    assert case is not None
    cases.keep(case)
    return case


def decide(cases: Cases, case: Case, by: str, *, approves: bool) -> bool:
    changed = cases.decided(case.case_id, by, approves=approves)
    if changed is not None:
        cases.keep(changed)
    return changed is not None


def test_what_somebody_else_approves_is_open_to_whoever_asked_and_to_nobody_else() -> None:
    cases = Cases(Times().now, os.urandom, lasts=LASTS)
    case = asked(cases)
    assert cases.open_timeline(case.case_id, "officer-a") is None
    assert decide(cases, case, "officer-b", approves=True)
    assert cases.open_timeline(case.case_id, "officer-a") == ADA
    assert cases.open_timeline(case.case_id, "officer-b") is None
    assert cases.open_timeline("0" * 16, "officer-a") is None


def test_a_case_opens_what_it_is_about_and_nothing_else() -> None:
    cases = Cases(Times().now, os.urandom, lasts=LASTS)
    wanted = ExportAsked("entries", 0, 1)
    person, export = asked(cases), asked(cases, matter=wanted)
    for case in (person, export):
        assert decide(cases, case, "officer-b", approves=True)
    assert cases.open_export(export.case_id, "officer-a") == wanted
    assert cases.open_export(export.case_id, "officer-b") is None
    assert cases.open_timeline(export.case_id, "officer-a") is None
    assert cases.open_export(person.case_id, "officer-a") is None


def test_nobody_approves_their_own_and_they_may_take_it_back() -> None:
    cases = Cases(Times().now, os.urandom, lasts=LASTS)
    case = asked(cases)
    assert not decide(cases, case, "officer-a", approves=True)
    assert decide(cases, case, "officer-a", approves=False)
    assert not decide(cases, case, "officer-b", approves=True)
    assert cases.open_timeline(case.case_id, "officer-a") is None


def test_what_was_declined_is_not_approved_by_somebody_else_later() -> None:
    cases = Cases(Times().now, os.urandom, lasts=LASTS)
    case = asked(cases)
    assert decide(cases, case, "officer-b", approves=False)
    assert not decide(cases, case, "officer-c", approves=True)
    kept = cases.get(case.case_id)
    assert kept is not None
    assert cases.status(kept) is Status.DECLINED


def test_a_request_runs_out_and_so_does_what_was_approved() -> None:
    times = Times()
    cases = Cases(times.now, os.urandom, lasts=LASTS)
    late, kept = asked(cases), asked(cases)
    times.at += LASTS - 1
    assert decide(cases, kept, "officer-b", approves=True)
    times.at += 1
    assert not decide(cases, late, "officer-b", approves=True)
    assert cases.open_timeline(kept.case_id, "officer-a") is not None
    times.at += LASTS
    assert cases.open_timeline(kept.case_id, "officer-a") is None
    assert cases.all() == []


def test_what_waits_is_counted_for_those_who_may_decide() -> None:
    cases = Cases(Times().now, os.urandom, lasts=LASTS)
    case = asked(cases)
    assert cases.waiting_for("officer-a") == 0
    assert cases.waiting_for("officer-b") == 1
    decide(cases, case, "officer-b", approves=True)
    assert cases.waiting_for("officer-c") == 0


def test_an_erasure_takes_the_cases_about_the_person_and_no_others() -> None:
    cases = Cases(Times().now, os.urandom, lasts=LASTS)
    gone, other = asked(cases), asked(cases, matter=SubjectRef(b"\1" * 16))
    export = asked(cases, matter=ExportAsked("entries", 0, 1))
    cases.forget(ADA)
    assert cases.get(gone.case_id) is None
    assert {each.case_id for each in cases.all()} == {other.case_id, export.case_id}
    assert [cases.get(each.case_id) is not None and each.is_export for each in (other, export)] == [
        False,
        True,
    ]


def test_there_is_an_end_to_how_many_wait() -> None:
    times = Times()
    cases = Cases(times.now, os.urandom, lasts=LASTS)
    for _ in range(MAX_CASES):
        asked(cases)
    assert cases.make(ADA, Reason.AUDIT, "officer-a") is None
    times.at += LASTS
    assert cases.make(ADA, Reason.AUDIT, "officer-a") is not None
