"""Two policies on the same records: they differ exactly where the decision does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consent import Simulation, Status, Weight, resolve
from tests.unit.consent.material import (
    DAY,
    EVERY_NOTICE,
    NOW,
    condition_text,
    policy_of,
    purpose_text,
    record,
    records,
)


def policy(**other):
    """Two purposes and a condition; what is given replaces lines of the first purpose."""
    return policy_of(
        purpose_text("shop", "shp", **other), purpose_text("mail", "mai"), condition_text("place", "plc")
    )


OLD = policy()
OLDER_CONSENTS = policy(max_consent_age_days="20")
SHORTER = policy(max_consent_age_days="5")
MATERIAL = policy(version="2", last_material_version="2")
NO_CONSENT_NEEDED = policy(legal_basis='"legitimate_interests"')
MORE_FIELDS = policy(fields='{ "Viewed" = { product_id = "id", price = "number" } }')
PEOPLE = {
    "nobody's fool": records(),
    "given": records(record("shop"), record("mail")),
    "old": records(record("shop", given_at=NOW - 15 * DAY, recorded_at=NOW - 15 * DAY)),
    "fairly old": records(record("shop", given_at=NOW - 7 * DAY, recorded_at=NOW - 7 * DAY)),
    "refused": records(record("shop", Status.REFUSED)),
}


def simulated(new, people=PEOPLE):
    simulation = Simulation(OLD, new, NOW, EVERY_NOTICE)
    for each in people.values():
        simulation.stand(each)
    return simulation


def shop_of(new):
    return simulated(new).purposes["shop"]


def test_a_policy_compared_with_itself_changes_nothing():
    found = simulated(OLD)
    assert not found.widens
    assert found.people == len(PEOPLE)
    for tally in found.purposes.values():
        assert tally.permitted_now == tally.permitted_then
        assert (tally.gained, tally.lost, tally.wider) == (0, 0, 0)
    assert found.purposes["shop"].permitted_now == 2


def test_a_longer_age_brings_back_what_had_run_out():
    tally = shop_of(OLDER_CONSENTS)
    assert (tally.permitted_now, tally.permitted_then, tally.gained, tally.lost) == (2, 3, 1, 0)
    assert simulated(OLDER_CONSENTS).widens


def test_a_shorter_age_takes_away_and_says_why():
    found = simulated(SHORTER)
    tally = found.purposes["shop"]
    assert (tally.gained, tally.lost, dict(tally.why_lost)) == (0, 1, {"expired": 1})
    assert not found.widens


def test_a_material_version_takes_everybody_away_until_they_are_asked():
    found = simulated(MATERIAL)
    assert dict(found.purposes["shop"].why_lost) == {"superseded": 2}
    assert found.purposes["mail"].lost == 0
    assert not found.widens


def test_another_ground_takes_in_whoever_did_not_refuse():
    tally = shop_of(NO_CONSENT_NEEDED)
    assert (tally.permitted_then, tally.gained, tally.lost) == (4, 2, 0)


def test_more_fields_concern_whoever_permits_the_purpose_already():
    found = simulated(MORE_FIELDS)
    assert found.purposes["shop"].wider == 2
    assert found.purposes["mail"].wider == 0
    assert found.widens
    assert [each.weight for each in found.changes] == [Weight.WIDENS]


def test_it_widens_even_if_nobody_is_concerned_yet():
    assert simulated(MORE_FIELDS, {}).widens


def test_a_purpose_that_goes_away_is_lost_and_the_policy_breaks():
    found = simulated(policy_of(purpose_text("mail", "mai"), condition_text("place", "plc")))
    assert found.breaks
    assert dict(found.purposes["shop"].why_lost) == {"removed": 2}


def test_a_new_purpose_is_nobodys_yet():
    more = policy_of(
        purpose_text("shop", "shp"),
        purpose_text("mail", "mai"),
        purpose_text("ads", "ads"),
        condition_text("place", "plc"),
    )
    assert simulated(more).purposes["ads"].permitted_then == 0


def used(new, *each, was_permitted, at=NOW):
    simulation = Simulation(OLD, new, NOW, EVERY_NOTICE)
    simulation.use(records(*each), "shop", was_permitted, at)
    simulation.use(records(*each), "nowhere", was_permitted, at)
    tally = simulation.purposes["shop"]
    return (tally.uses_kept, tally.uses_gained, tally.uses_lost, tally.uses_unclear)


def test_past_uses_are_judged_at_their_own_time():
    given = record("shop", given_at=NOW - 30 * DAY, recorded_at=NOW - 30 * DAY)
    then = NOW - 23 * DAY
    assert used(OLD, given, was_permitted=True, at=then) == (1, 0, 0, 0)
    assert used(SHORTER, given, was_permitted=True, at=then) == (0, 0, 1, 0)
    assert used(OLDER_CONSENTS, given, was_permitted=False, at=NOW - 15 * DAY) == (0, 1, 0, 0)
    assert used(OLD, given, was_permitted=False, at=NOW - 15 * DAY) == (1, 0, 0, 0)


def test_what_the_records_do_not_explain_is_unclear():
    given = record("shop")
    assert used(OLD, given, was_permitted=None) == (0, 0, 0, 1)
    assert used(OLD, given, was_permitted=False) == (0, 0, 0, 1)
    assert used(MORE_FIELDS, was_permitted=True) == (0, 0, 0, 1)


STATUSES = st.sampled_from(sorted(Status))
RECORDS = st.builds(
    record,
    st.sampled_from(["shop", "mail", "place"]),
    STATUSES,
    version=st.integers(1, 3),
    given_at=st.integers(NOW - 40 * DAY, NOW),
    sequenced=st.booleans(),
)


@given(
    st.lists(st.lists(RECORDS, max_size=3), max_size=6),
    st.sampled_from([OLD, OLDER_CONSENTS, SHORTER, MATERIAL, NO_CONSENT_NEEDED, MORE_FIELDS]),
)
def test_the_counts_are_those_of_the_two_decisions(people, new):
    simulation = Simulation(OLD, new, NOW, EVERY_NOTICE)
    for each in people:
        simulation.stand(records(*each))
    for id_, tally in simulation.purposes.items():
        before = [resolve(records(*each), OLD, NOW, EVERY_NOTICE).permits(OLD.bits[id_]) for each in people]
        after = [resolve(records(*each), new, NOW, EVERY_NOTICE).permits(new.bits[id_]) for each in people]
        assert (tally.permitted_now, tally.permitted_then) == (sum(before), sum(after))
        assert tally.gained == sum(b and not a for a, b in zip(before, after, strict=True))
        assert tally.lost == sum(a and not b for a, b in zip(before, after, strict=True))
        assert tally.why_lost.total() == tally.lost
