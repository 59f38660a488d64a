"""Consent, whatever the history: denials win, claims narrow, the fold is the state."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from consent import (
    DENIALS,
    GRANTS,
    ActorKind,
    Admitted,
    Claims,
    ConsentRequest,
    Evidence,
    MemoryRecords,
    OvertakenError,
    Status,
    admit,
    claim_mask,
    fold,
    resolve,
)
from privacy import SubjectRef
from tests.unit.consent.material import DAY, DEFAULT, EVERY_NOTICE, NOW, record

IDS = [entry.id for entry in DEFAULT.entries]
ANN = SubjectRef(b"a" * 16)

RECORDS = st.builds(
    record,
    st.sampled_from(IDS),
    st.sampled_from(list(Status)),
    version=st.integers(1, 2),
    sequenced=st.booleans(),
    given_at=st.integers(NOW - 400 * DAY, NOW),
    recorded_at=st.integers(NOW - 400 * DAY, NOW + 10),
    valid_until=st.none() | st.integers(NOW - DAY, NOW + DAY),
)
STATES = st.lists(RECORDS, max_size=8).map(lambda each: {one.purpose: one for one in each})


@given(STATES, st.integers(NOW - DAY, NOW + 800 * DAY))
def test_only_a_sequenced_grant_in_force_ever_permits(state, now):
    found = resolve(state, DEFAULT, now, EVERY_NOTICE)
    for rule in DEFAULT.rules:
        if found.permits(rule.bit):
            one = state[rule.id]
            assert one.status in GRANTS
            assert one.sequenced
            assert one.version == 1
            assert one.recorded_at <= now < one.given_at + rule.max_age_seconds
            assert one.valid_until is None or now < one.valid_until
            assert found.expires_at is not None
            assert now < found.expires_at
        else:
            assert found.reason(rule.bit) is not None


@given(STATES, RECORDS)
def test_a_denial_takes_its_own_bit_away_and_gives_none(state, one):
    denial = msgspec.structs.replace(one, status=Status.WITHDRAWN)
    before, after = (
        resolve(state, DEFAULT, NOW, EVERY_NOTICE),
        resolve({**state, one.purpose: denial}, DEFAULT, NOW, EVERY_NOTICE),
    )
    assert after.mask == before.mask & ~(1 << DEFAULT.bits[one.purpose])


@given(STATES, st.integers(NOW, NOW + 800 * DAY), st.integers(0, 800 * DAY))
def test_permission_only_shrinks_as_time_goes_by(state, now, later):
    before = resolve(state, DEFAULT, now, EVERY_NOTICE)
    settled = all(one.recorded_at <= now for one in state.values())
    after = resolve(state, DEFAULT, now + later, EVERY_NOTICE)
    if settled:
        assert after.mask & ~before.mask == 0
        if before.expires_at is not None and now + later < before.expires_at:
            assert after.mask == before.mask


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["categoryPreferences", "Advertising", "Analytics", "allowedConsentIds", "deniedConsentIds"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(JSON, JSON, JSON, JSON, st.booleans())
def test_no_claim_ever_adds_a_bit_or_raises(consent, management, google, gpc, header):
    claims = Claims(consent=consent, consent_management=management, google=google, gpc=gpc, gpc_header=header)
    mask = claim_mask(claims, DEFAULT)
    assert mask & ~DEFAULT.all_mask == 0
    assert mask & ~claim_mask(Claims(consent=consent), DEFAULT) == 0
    if header:
        assert mask & DEFAULT.gpc_mask == 0


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_noise_leaves_nothing(consent, management):
    if consent or management:
        mask = claim_mask(Claims(consent=consent, consent_management=management), DEFAULT)
        assert mask == 0


REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(IDS[:3]),
        st.sampled_from([Status.GIVEN, Status.REFUSED, Status.WITHDRAWN]),
        st.sampled_from([ActorKind.APP, ActorKind.PERSON]),
        st.integers(0, 400 * DAY),
    ),
    max_size=25,
)


@given(REQUESTS)
def test_after_the_person_said_no_only_the_person_says_yes(history):
    store, said_no = MemoryRecords(bytes), set()
    for step, (purpose, status, actor, _) in enumerate(history):
        now = NOW + step
        request = ConsentRequest(purpose=purpose, status=status, method="test", locale="en")
        verdict = admit(request, actor, store.records_of(ANN), DEFAULT, now)
        if isinstance(verdict, Admitted):
            events = store.record(ANN, verdict.changes, now=now, source="app")
            store.mark_sequenced({event.seq: event.seq for event in events})
            if actor is ActorKind.PERSON:
                (said_no.discard if status is Status.GIVEN else said_no.add)(purpose)
        mask = resolve(store.records_of(ANN), DEFAULT, now, EVERY_NOTICE).mask
        assert mask & DEFAULT.mask_of(said_no) == 0


@given(REQUESTS)
def test_epochs_rise_and_the_state_is_the_fold(history):
    store = MemoryRecords(bytes)
    for step, (purpose, status, actor, ahead) in enumerate(history):
        now = NOW + step * DAY
        request = ConsentRequest(
            purpose=purpose, status=status, method="test", locale="en", occurred_at=now - ahead
        )
        verdict = admit(request, actor, store.records_of(ANN), DEFAULT, now)
        if isinstance(verdict, Admitted):
            store.record(ANN, verdict.changes, now=now, source="app")
    events = store.history_of(ANN)
    assert fold(events) == (store.records_of(ANN) or {})
    assert store.mismatches() == []
    for purpose in IDS:
        epochs = [event.epoch for event in events if event.purpose == purpose]
        assert epochs == list(range(1, len(epochs) + 1))


@given(st.lists(st.tuples(st.sampled_from(IDS[:2]), st.booleans()), min_size=1, max_size=12), st.data())
def test_a_grant_judged_on_an_older_state_never_lands(history, data):
    store = MemoryRecords(bytes)
    waiting = []
    for step, (purpose, yes) in enumerate(history):
        status = Status.GIVEN if yes else Status.WITHDRAWN
        request = ConsentRequest(purpose=purpose, status=status, method="test", locale="en")
        verdict = admit(request, ActorKind.APP, store.records_of(ANN), DEFAULT, NOW + step)
        if isinstance(verdict, Admitted):
            waiting.append(verdict.changes[0])
        if waiting and data.draw(st.booleans()):
            change = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
            reached = (store.records_of(ANN) or {}).get(change.purpose)
            try:
                store.record(ANN, [change], now=NOW + step, source="app")
                assert change.status in DENIALS or change.follows == (reached.epoch if reached else 0)
            except OvertakenError:
                assert change.status is Status.GIVEN
                assert change.evidence is Evidence.APP_ASSERTED
