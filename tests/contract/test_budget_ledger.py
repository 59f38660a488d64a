"""The contract of the budget, on every adapter."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import update

from gateway.stores.budget import SqlBudget
from gateway.stores.budget_database import BudgetDatabase
from gateway.stores.budget_tables import ADDED, MARK, SPEND, TABLES, TOLD
from gateway.stores.release_register import SqlReleaseRegister
from privacy import (
    Balance,
    Budget,
    BudgetStoreError,
    Claim,
    Deployed,
    Granted,
    Loss,
    MemoryBudget,
    OtherBooksError,
    OtherPlan,
    OverBudget,
    Quota,
    Settled,
    Spend,
    SpendState,
    kept_loss,
)
from tests.postgresql_server import postgresql

DAY = date(2026, 11, 21)
ONE, TWO = b"1" * 16, b"2" * 16
PLAN = b"p" * 32
BUDGET = Budget(Loss(100, 10), purposes=(("analytics", Loss(60, 10)),))
WIDE = Budget(Loss(1000, 1000))


@pytest.fixture(scope="module")
def server():
    """The address of a PostgreSQL."""
    with postgresql() as url:
        yield url


def emptied(url: str) -> BudgetDatabase:
    database = BudgetDatabase.open_url(url)
    for table in reversed(TABLES):
        table.drop(database._engine)
    database.close()
    return BudgetDatabase.open_url(url)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.foreign)])
def ledger(request, tmp_path):
    if request.param == "memory":
        yield MemoryBudget()
        return
    elsewhere = request.param == "postgresql"
    database = emptied(request.getfixturevalue("server")) if elsewhere else BudgetDatabase.open_file(tmp_path)
    yield SqlBudget(database)
    database.close()


def claim(key: str = "people@1/2026-11-21", micro: int = 10, budget: Budget = BUDGET, **more) -> Claim:
    quotas = more.pop("quotas", budget.quotas([DAY], "analytics", "product"))
    return Claim(key, Loss(micro, more.pop("femto", 0)), quotas, more.pop("plan", PLAN))


def spent(ledger, scope: str) -> Loss:
    return {each.scope: each.spent for each in ledger.balances()}[scope]


def test_a_claim_is_booked_on_every_scope(ledger):
    assert ledger.reserve(claim(femto=3), ONE, now=7) == Granted(ONE, taken_over=False)
    day = DAY.isoformat()
    assert [each.scope for each in ledger.balances()] == [
        f"audience/product/{day}",
        f"global/{day}",
        f"purpose/analytics/{day}",
    ]
    assert {each.spent for each in ledger.balances()} == {Loss(10, 3)}
    [row] = ledger.spends()
    assert (row.key, row.loss, row.state, row.reserved_at, row.log_index) == (
        "people@1/2026-11-21",
        Loss(10, 3),
        SpendState.RESERVED,
        7,
        None,
    )
    assert row.plan == PLAN
    assert sorted(row.scopes) == [each.scope for each in ledger.balances()]


def test_what_a_quota_has_not_left_is_booked_nowhere(ledger):
    assert isinstance(ledger.reserve(claim("a", 50), ONE, now=0), Granted)
    before = ledger.balances()
    assert ledger.reserve(claim("b", 11), TWO, now=0) == OverBudget("purpose/analytics/2026-11-21")
    assert ledger.balances() == before
    assert [row.key for row in ledger.spends()] == ["a"]
    other = claim("c", 41, quotas=BUDGET.quotas([DAY], "advertising", "product"))
    assert isinstance(ledger.reserve(other, TWO, now=0), Granted)
    third = claim("d", 10, quotas=BUDGET.quotas([DAY], "other", "others"))
    assert ledger.reserve(third, TWO, now=0) == OverBudget("global/2026-11-21")


def test_delta_is_counted_too(ledger):
    assert isinstance(ledger.reserve(claim("a", 0, femto=9), ONE, now=0), Granted)
    assert isinstance(ledger.reserve(claim("b", 0, femto=2), ONE, now=0), OverBudget)


def test_the_same_claim_again_is_taken_over_and_not_booked_again(ledger):
    ledger.reserve(claim(), ONE, now=0)
    assert ledger.reserve(claim(), TWO, now=1) == Granted(TWO, taken_over=True)
    assert spent(ledger, "global/2026-11-21") == Loss(10)
    assert not ledger.publish("people@1/2026-11-21", ONE, b"late", now=2)
    assert ledger.published("people", most=9) == []
    assert ledger.publish("people@1/2026-11-21", TWO, b"numbers", now=2)
    assert ledger.publication("people@1/2026-11-21") == b"numbers"


def test_what_is_published_is_published_once(ledger):
    ledger.reserve(claim(), ONE, now=0)
    assert ledger.publish("people@1/2026-11-21", ONE, b"numbers", now=1)
    assert not ledger.publish("people@1/2026-11-21", ONE, b"others", now=1)
    assert not ledger.give_up("people@1/2026-11-21", ONE)
    assert ledger.reserve(claim(), TWO, now=2) == Settled(SpendState.PUBLISHED)
    assert ledger.publication("people@1/2026-11-21") == b"numbers"


def test_publications_are_told_a_page_at_a_time_the_newest_first(ledger):
    others = ["peopl@1/2026-11-21", "people_too@1/2026-11-21", "peopleA@1/2026-11-21"]
    keys = [f"people@{version}/2026-11-{day}" for version, day in ((9, 21), (9, 22), (10, 20), (10, 23))]
    for key in (*others[:2], *keys, others[2]):
        ledger.reserve(claim(key, 1, WIDE), ONE, now=0)
    assert ledger.published("people", most=9) == [], "booked is not published"
    for key in (*reversed(keys[:3]), *others):
        ledger.publish(key, ONE, key.encode(), now=1)
    found = ledger.published("people", most=2)
    assert [(each.key, each.body) for each in found] == [(key, key.encode()) for key in (keys[2], keys[1])]
    assert [each.key for each in ledger.published("people", most=2, before=found[-1].place)] == [keys[0]]
    assert ledger.publication(keys[3]) is None
    assert ledger.publication("nobody@1/2026-11-21") is None


def test_a_publication_waits_until_the_log_says_of_it(ledger):
    for key in ("a", "b"):
        ledger.reserve(claim(key), ONE, now=0)
    assert ledger.untold() == {}, "what is not published is not told"
    for key in ("a", "b"):
        ledger.publish(key, ONE, b"numbers of " + key.encode(), now=1)
    assert ledger.untold() == {"a": b"numbers of a", "b": b"numbers of b"}
    for _ in range(2):
        ledger.mark_told("a")
        assert ledger.untold() == {"b": b"numbers of b"}


def test_books_of_an_earlier_version_told_of_what_they_published(tmp_path):
    database = BudgetDatabase.open_file(tmp_path)
    books = SqlBudget(database)
    books.reserve(claim("a"), ONE, now=0)
    books.publish("a", ONE, b"numbers", now=1)
    TOLD.drop(database._engine)
    database.close()
    again = SqlBudget(BudgetDatabase.open_file(tmp_path))
    assert (again.untold(), again.publication("a")) == ({}, b"numbers")
    again.close()


def test_what_is_given_up_stays_spent(ledger):
    ledger.reserve(claim(), ONE, now=0)
    assert not ledger.give_up("people@1/2026-11-21", TWO)
    assert ledger.give_up("people@1/2026-11-21", ONE)
    assert ledger.reserve(claim(), TWO, now=2) == Settled(SpendState.LOST)
    assert spent(ledger, "global/2026-11-21") == Loss(10)
    assert not ledger.publish("people@1/2026-11-21", ONE, b"numbers", now=1)


@pytest.mark.parametrize("change", [{"plan": b"q" * 32}, {"micro": 11}, {"femto": 1}])
def test_another_plan_under_a_known_key_is_refused(ledger, change):
    ledger.reserve(claim(), ONE, now=0)
    assert ledger.reserve(claim(**change), TWO, now=0) == OtherPlan()
    assert spent(ledger, "global/2026-11-21") == Loss(10)
    assert ledger.publish("people@1/2026-11-21", ONE, b"the lease still holds", now=1)


def test_nobody_publishes_what_was_never_reserved(ledger):
    assert not ledger.publish("unknown", ONE, b"numbers", now=0)
    assert not ledger.give_up("unknown", ONE)
    assert ledger.published("people", most=9) == []


def test_a_quota_shrinks_and_never_grows(ledger):
    ledger.reserve(claim("a", 10), ONE, now=0)
    assert isinstance(ledger.reserve(claim("b", 100, WIDE), ONE, now=0), OverBudget)
    narrow = Budget(Loss(30, 30))
    assert isinstance(ledger.reserve(claim("c", 10, narrow), ONE, now=0), Granted)
    assert {each.most.micro_rho for each in ledger.balances()} == {30}
    assert isinstance(ledger.reserve(claim("d", 11, BUDGET), ONE, now=0), OverBudget)


def test_a_quota_below_what_is_spent_refuses(ledger):
    ledger.reserve(claim("a", 50), ONE, now=0)
    assert isinstance(ledger.reserve(claim("b", 1, Budget(Loss(20))), ONE, now=0), OverBudget)


def test_a_burnt_scope_takes_nothing_more(ledger):
    ledger.reserve(claim("a"), ONE, now=0)
    ledger.burn(["global/2026-11-21", "global/2026-11-22"])
    assert isinstance(ledger.reserve(claim("b"), ONE, now=0), OverBudget)
    tomorrow = claim("c", quotas=(Quota("global/2026-11-22", Loss(5000, 5000)),))
    assert ledger.reserve(tomorrow, ONE, now=0) == OverBudget("global/2026-11-22")
    assert [each.scope for each in ledger.balances() if each.burnt] == [
        "global/2026-11-21",
        "global/2026-11-22",
    ]


def test_a_booking_that_only_the_log_knew_burns_its_scopes(ledger):
    told = Spend("x@1/y", Loss(7, 1), ("global/2026-11-21",), PLAN, SpendState.RESERVED, 5, 12)
    ledger.take_in(told)
    ledger.take_in(told)
    assert ledger.balances() == [Balance("global/2026-11-21", Loss(0), Loss(7, 1), burnt=True)]
    [row] = ledger.spends()
    assert (row.state, row.log_index) == (SpendState.LOST, 12)
    assert isinstance(ledger.reserve(claim("b"), ONE, now=0), OverBudget)


def test_what_was_published_and_is_not_known_any_more_is_lost(ledger):
    assert not ledger.write_off("people@1/2026-11-21")
    ledger.reserve(claim(), ONE, now=0)
    assert ledger.write_off("people@1/2026-11-21")
    assert not ledger.write_off("people@1/2026-11-21")
    assert ledger.reserve(claim(), TWO, now=1) == Settled(SpendState.LOST)
    assert not ledger.publish("people@1/2026-11-21", ONE, b"numbers", now=1)
    assert {(each.spent, each.burnt) for each in ledger.balances()} == {(Loss(10), True)}


def test_what_is_published_is_not_written_off(ledger):
    ledger.reserve(claim(), ONE, now=0)
    ledger.publish("people@1/2026-11-21", ONE, b"numbers", now=1)
    assert not ledger.write_off("people@1/2026-11-21")
    assert not any(each.burnt for each in ledger.balances())


def test_a_known_booking_is_not_taken_in(ledger):
    ledger.reserve(claim(), ONE, now=0)
    ledger.take_in(
        Spend("people@1/2026-11-21", Loss(10), ("global/2026-11-21",), PLAN, SpendState.RESERVED, 0, 3)
    )
    assert not any(each.burnt for each in ledger.balances())
    assert ledger.publish("people@1/2026-11-21", ONE, b"numbers", now=1)


def test_what_is_pure_is_kept_beside_everything_in_rho(ledger):
    pure, mixed = kept_loss(5, 1, 400), Loss(15, 1, 5, 400)
    ledger.reserve(claim("a", 10), ONE, now=0)
    ledger.reserve(Claim("b", pure, BUDGET.quotas([DAY], "analytics", "product"), PLAN), ONE, now=0)
    assert {each.spent for each in ledger.balances()} == {mixed}
    assert [each.loss for each in ledger.spends()] == [Loss(10), pure]
    ledger.take_in(Spend("c", pure, ("global/2026-11-21",), PLAN, SpendState.RESERVED, 5, 12))
    assert spent(ledger, "global/2026-11-21") == mixed + pure
    assert isinstance(ledger.reserve(claim("b", 5, femto=1), TWO, now=0), Granted), (
        "the plan says what it costs"
    )


def test_bookings_are_told_from_a_time_on(ledger):
    for at, key in enumerate("cab"):
        ledger.reserve(claim(key, 1), ONE, now=at)
    ledger.mark_sequenced({"b": 7})
    assert [each.key for each in ledger.spends(since=1)] == ["a", "b"]
    assert [each.key for each in ledger.spends(since=1, waiting_only=True)] == ["a"]
    assert ledger.spends(since=3) == []


def test_bookings_are_told_a_page_at_a_time_the_newest_first(ledger):
    assert ledger.last_spends(most=9) == []
    for key in "cabd":
        ledger.reserve(claim(key, 1), ONE, now=0)
    found = ledger.last_spends(most=3)
    assert [each.key for _, each in found] == ["d", "b", "a"]
    assert found[0][1] == ledger.spends()[-1]
    assert [each.key for _, each in ledger.last_spends(most=3, before=(found[-1][0], "a"))] == ["c"]


def test_no_page_leaves_out_what_was_booked_at_the_same_place(ledger):
    keys = [f"people@1/2026-11-{day}" for day in (21, 22, 23)]
    for key in keys:
        ledger.reserve(claim(key, 1, WIDE), ONE, now=0)
    if isinstance(ledger, SqlBudget):
        ledger._database.write(lambda connection: connection.execute(update(SPEND).values(place=1)))
    found, before = [], None
    while page := ledger.last_spends(most=1, before=before):
        [(place, spend)] = page
        found.append(spend.key)
        before = place, spend.key
    assert found == keys[::-1]


def test_bookings_wait_for_their_entries(ledger):
    for key in ("b", "a"):
        ledger.reserve(claim(key), ONE, now=0)
    assert [row.key for row in ledger.spends(waiting_only=True)] == ["b", "a"]
    ledger.mark_sequenced({"b": 4, "unknown": 5})
    ledger.mark_sequenced({"b": 6})
    assert [(row.key, row.log_index) for row in ledger.spends()] == [("b", 4), ("a", None)]
    assert [row.key for row in ledger.spends(waiting_only=True)] == ["a"]


def test_how_far_the_log_was_read_only_rises(ledger):
    assert ledger.seen_until() == 0
    for index in (7, 3):
        ledger.has_seen(index)
    assert ledger.seen_until() == 7


def test_many_at_once_never_book_more_than_there_is(ledger):
    answers = []

    def ask(name: str) -> None:
        answers.extend(ledger.reserve(claim(f"{name}{n}", 7), name.encode() * 16, now=0) for n in range(8))

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(isinstance(each, Granted) for each in answers) == 60 // 7
    assert spent(ledger, "global/2026-11-21") == Loss(7 * (60 // 7))


def test_claims_that_share_some_scopes_only_get_on_with_one_another(ledger):
    days = [date(2026, 11, day) for day in range(16, 23)]
    claims = [
        claim(f"{place}{n}", 1, quotas=WIDE.quotas(days[place : place + 3], "analytics", "product"))
        for n in range(6)
        for place in range(5)
    ]
    answers = []

    def ask(mine: list[Claim]) -> None:
        answers.extend(ledger.reserve(each, ONE, now=0) for each in mine)

    threads = [threading.Thread(target=ask, args=(claims[place::4],)) for place in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [type(each) for each in answers] == [Granted] * len(claims)
    assert [spent(ledger, f"global/{day}").micro_rho for day in days] == [6, 12, 18, 18, 18, 12, 6]


def test_nothing_of_it_is_lost_when_it_is_opened_again(tmp_path):
    database = BudgetDatabase.open_file(tmp_path)
    books = SqlBudget(database)
    books.reserve(claim("a"), ONE, now=0)
    books.publish("a", ONE, b"numbers", now=1)
    books.reserve(claim("b"), ONE, now=0)
    kept = (books.balances(), books.spends(), books.publication("a"))
    database.close()
    again = SqlBudget(BudgetDatabase.open_file(tmp_path))
    assert (again.balances(), again.spends(), again.publication("a")) == kept
    assert again.reserve(claim("b"), TWO, now=2) == Granted(TWO, taken_over=True)
    again.close()


def test_books_elsewhere_are_found_by_the_file_that_says_where(tmp_path):
    said = tmp_path / "budget.url"
    for text in ("postgresql+psycopg://nobody@/x?host=/nowhere", "sqlite://", "no address", "mysql://x"):
        said.write_text(text + "\n")
        with pytest.raises(BudgetStoreError):
            BudgetDatabase.open(tmp_path, said)
    with pytest.raises(BudgetStoreError):
        BudgetDatabase.open(tmp_path, tmp_path / "nowhere")
    assert not (tmp_path / "budget.db").exists()
    BudgetDatabase.open(tmp_path, None).close()
    assert (tmp_path / "budget.db").exists()


def opened(request, tmp_path, place: str) -> BudgetDatabase:
    if place == "sqlite":
        return BudgetDatabase.open_file(tmp_path)
    return BudgetDatabase.open_url(request.getfixturevalue("server"))


@pytest.mark.parametrize("place", ["sqlite", pytest.param("postgresql", marks=pytest.mark.foreign)])
def test_books_of_schema_1_are_kept_and_know_of_nothing_pure(request, tmp_path, place):
    database = (
        emptied(request.getfixturevalue("server"))
        if place == "postgresql"
        else opened(request, tmp_path, place)
    )
    books, register = SqlBudget(database), SqlReleaseRegister(database)
    books.reserve(claim("a", 10, femto=3), ONE, now=0)
    register.propose(Deployed("people", 1, PLAN, Loss(10), "anna", 5))
    kept = (books.balances(), books.spends(), register.versions())
    with database._engine.begin() as connection:
        for table, name in ADDED:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DROP COLUMN {name}")
        connection.execute(update(MARK).where(MARK.c.name == "schema").values(value=1))
    database.close()
    for _ in range(2):
        database = opened(request, tmp_path, place)
        books, register = SqlBudget(database), SqlReleaseRegister(database)
        assert (books.balances(), books.spends(), register.versions()) == kept
        assert isinstance(books.reserve(claim("a", 10, femto=3), TWO, now=0), Granted)
        books.close()
    database = opened(request, tmp_path, place)
    books = SqlBudget(database)
    books.reserve(
        Claim("b", kept_loss(5, 0, 400), BUDGET.quotas([DAY], "analytics", "product"), PLAN), ONE, now=0
    )
    assert {each.spent for each in books.balances()} == {Loss(15, 3, 5, 400)}
    database.close()


@pytest.mark.parametrize("schema", [0, 3])
def test_books_of_a_schema_that_nobody_knows_are_left_alone(tmp_path, schema):
    database = BudgetDatabase.open_file(tmp_path)
    with database._engine.begin() as connection:
        connection.execute(update(MARK).where(MARK.c.name == "schema").values(value=schema))
    database.close()
    before = (tmp_path / "budget.db").read_bytes()
    with pytest.raises(BudgetStoreError):
        BudgetDatabase.open_file(tmp_path)
    assert (tmp_path / "budget.db").read_bytes() == before


@pytest.mark.parametrize("place", ["sqlite", pytest.param("postgresql", marks=pytest.mark.foreign)])
def test_books_are_of_one_gateway(request, tmp_path, place):
    if place == "sqlite":
        database = BudgetDatabase.open_file(tmp_path)
    else:
        database = emptied(request.getfixturevalue("server"))
    for _ in range(2):
        database.belong_to(b"mine")
    with pytest.raises(OtherBooksError):
        database.belong_to(b"another's")
    database.belong_to(b"mine")
    database.close()


def test_a_damaged_file_is_told_from_one_that_cannot_be_read_now(tmp_path):
    (tmp_path / "budget.db").write_bytes(b"no database" * 1000)
    with pytest.raises(BudgetStoreError, match="damaged"):
        BudgetDatabase.open_file(tmp_path)
