"""Whatever people and apps do in whatever order: what a person refused themselves, no app turns into a yes by erasing."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from consent import (
    DENIALS,
    ActorKind,
    ConsentRequest,
    MemoryRecords,
    MemoryRights,
    Status,
    WriteRefusal,
    admit,
)
from gateway.lasting.denied_list import DeniedList
from gateway.lasting.denying import LastingLedger
from gateway.lasting.erased_list import ErasedList
from gateway.lasting.erasing import LastingErasures
from gateway.lasting.kept_refusals import RefusalMarks
from privacy import SubjectRef
from tests.unit.consent.material import DEFAULT, NOW

ANN = SubjectRef(b"a" * 16)
REC = "recommendations"
ACTORS = {"app": ActorKind.APP, "person": ActorKind.PERSON}
DONE_BY = st.tuples(st.sampled_from(sorted(ACTORS)), st.sampled_from(["given", "refused"]))
ACTS = st.lists(DONE_BY | st.sampled_from(["erased", "erased", "restarted"]), max_size=14)


class World:
    """A ledger with erasures that last, and what a simple reader of the rule expects."""

    def __init__(self, directory: Path) -> None:
        numbers = iter(range(1, 1 << 20))
        self.ledger = MemoryRecords(lambda n: next(numbers).to_bytes(n, "big"))
        self.rights = MemoryRights()
        self.directory = directory
        self.now = NOW
        self.restart()
        self.persons_no = False
        """The person said no themselves, and has not said yes since."""

    def restart(self) -> None:
        self.denied = DeniedList(self.directory / "withdrawn")
        self.marks = RefusalMarks(b"k" * 32, self.rights, DEFAULT, self.denied)
        listed = ErasedList(self.directory / "erased")
        self.erasures = LastingErasures(self.ledger, self.ledger, listed, self.marks)

    def write(self, who: str, status: Status) -> bool:
        """As the desk of consent does it."""
        request = ConsentRequest(purpose=REC, status=status, method="form", locale="en")

        def judge(records):
            return admit(request, ACTORS[who], self.marks.beside(ANN, records), DEFAULT, self.now)

        ledger = LastingLedger(self.ledger, self.denied, self.marks)
        change = partial(ledger.change, ANN, judge, now=self.now, source="shop")
        recorded = change(reserved=status in DENIALS)
        if isinstance(recorded, WriteRefusal):
            return False
        if who == "person" and status is Status.GIVEN:
            self.marks.lift(ANN, REC, self.now)
        return True


@given(ACTS)
@example([("person", "refused"), "erased", ("app", "refused"), ("app", "given")])
@example([("person", "refused"), "erased", ("app", "refused"), "erased", "restarted", ("app", "given")])
@example([("person", "refused"), "erased", ("person", "given"), ("app", "refused"), ("app", "given")])
def test_no_order_of_acts_launders_a_refusal(acts: list) -> None:
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory))
        for act in acts:
            world.now += 1
            if act == "restarted":
                world.restart()
            elif act == "erased":
                world.erasures.erase(ANN, now=world.now)
                assert world.ledger.records_of(ANN) is None
            else:
                who, status = act[0], Status(act[1])
                done = world.write(who, status)
                refused = who == "app" and status is Status.GIVEN and world.persons_no
                assert done is not refused
                if who == "person":
                    world.persons_no = status in DENIALS
