"""What speaks for an item: content, trend, newcomers, dislikes; each on its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import Contributions, Newcomers, Trending
from scoring.composition.content import ContentIndex
from scoring.composition.recipe import UNIT
from tests.unit.scoring.material import model_of

BLUE_CUP = ("Blue cup", ("ceramic",), "kitchen")
RED_CUP = ("Red cup", ("ceramic",), "kitchen")
NOVEL = ("A long novel", ("paper",), "books")
NOTHING = ("", (), None)


def test_what_shares_words_tags_and_category_is_alike_and_the_rest_is_not():
    index = ContentIndex([BLUE_CUP, RED_CUP, NOVEL, NOTHING])
    items, likeness = index.near(0)
    assert items.tolist() == [1]
    assert 0 < likeness[0] < UNIT
    assert index.near(3)[0].tolist() == []
    assert index.near(99)[0].tolist() == []


def test_likeness_is_symmetric_and_one_of_an_item_with_itself():
    alike = ContentIndex([BLUE_CUP, RED_CUP, NOVEL, NOTHING]).likeness(np.array([0, 1, 2, 3, 7]))
    assert np.allclose(alike, alike.T)
    assert np.allclose(np.diag(alike), [1, 1, 1, 0, 0], atol=1e-6)


def test_words_of_a_search_find_titles_and_tags_whatever_their_case():
    index = ContentIndex([BLUE_CUP, RED_CUP, NOVEL])
    assert index.answering("BLUE")[0].tolist() == [0]
    assert sorted(index.answering("ceramic")[0].tolist()) == [0, 1]
    assert index.answering("nothing of the sort, (*)")[0].tolist() == []
    assert index.answering("")[0].tolist() == []


def test_a_thing_without_any_text_makes_no_index_fail():
    assert len(ContentIndex([])) == 0
    assert ContentIndex([NOTHING]).answering("cup")[0].tolist() == []


def test_a_trend_needs_enough_distinct_people():
    trending = Trending(half_life_seconds=60, min_people=3)
    trending.add_many([1, 1, 1, 2], [7, 7, 7, 7], [1000, 1001, 1002, 1000])
    assert trending.heat(1002)[0].tolist() == [], "one person three times is one person"
    trending.add(3, 7, 1002)
    items, heat = trending.heat(1003)
    assert items.tolist() == [7]
    assert heat.tolist() == pytest.approx([0.5], abs=0.02)


def test_heat_halves_with_the_half_life_and_goes_in_the_end():
    trending = Trending(half_life_seconds=60, min_people=1)
    trending.add(1, 0, 1000)
    trending.add(2, 1, 1060)
    items, heat = trending.heat(1060)
    assert dict(zip(items.tolist(), heat.tolist(), strict=True)) == {
        0: pytest.approx(0.5 / 1.5),
        1: pytest.approx(0.5),
    }
    assert trending.heat(1001 + 60 * 8)[0].tolist() == [1]
    assert len(trending) == 1


def test_who_leaves_takes_their_part_of_every_trend_along():
    trending, never = Trending(60, 2), Trending(60, 2)
    for slot in range(4):
        trending.add_many([slot] * 3, [0, 1, slot], [1000 + slot] * 3)
        if slot != 2:
            never.add_many([slot] * 3, [0, 1, slot], [1000 + slot] * 3)
    assert trending.clear(2)
    assert not trending.clear(2)
    for mine, other in zip(trending.heat(1010), never.heat(1010), strict=True):
        assert mine.tolist() == pytest.approx(other.tolist(), rel=1e-12)
    assert len(trending) == len(never)


def test_a_dropped_item_and_a_reset_leave_what_came_later():
    trending = Trending(60, 1)
    trending.add_many([1, 1, 1], [0, 1, 2], [1000, 1010, 1020])
    assert trending.drop(1, 1)
    assert not trending.drop(1, 1)
    assert trending.drop_until(1, 1000)
    assert trending.heat(1020)[0].tolist() == [2]


def test_what_trends_is_the_same_after_a_start():
    seen, live = Contributions(), Trending(60, 1)
    for slot, item, at in [(0, 3, 1000), (1, 3, 1010), (1, 4, 500), (2, 5, 1011)]:
        seen.add(slot, item, at)
        live.add(slot, item, at)
    again = Trending(60, 1)
    again.rebuild(seen.export(), 1020)
    for mine, other in zip(again.heat(1020), live.heat(1020), strict=True):
        assert mine.tolist() == pytest.approx(other.tolist(), rel=1e-12)


EVENTS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(1000, 1100), st.booleans()), max_size=40
)


@given(EVENTS)
def test_heat_is_what_a_plain_sum_over_who_is_left_gives(events):
    trending, latest = Trending(30, 2), {}
    for slot, item, at, leaves in events:
        if leaves:
            trending.clear(slot)
            latest = {key: seen for key, seen in latest.items() if key[0] != slot}
        else:
            trending.add(slot, item, at)
            latest[slot, item] = max(at, latest.get((slot, item), 0))
            trending.heat(at)  # sums that are kept must follow
    expected = {}
    for item in range(4):
        ages = [1101 - at for (_, other), at in latest.items() if other == item]
        if len(ages) >= 2:
            expected[item] = sum(2 ** (-age / 30) for age in ages)
    items, heat = trending.heat(1101)
    assert items.tolist() == list(expected)
    assert heat.tolist() == pytest.approx([total / (total + 2) for total in expected.values()], rel=1e-9)


def test_newcomers_get_their_share_of_places_and_no_more():
    model = model_of(6, {}, [3, 2, 1, 1, 0, 0])
    newcomers, may_show = Newcomers(impressions=1000), np.ones(6, dtype=np.bool_)
    given = [item for _ in range(100) for item in newcomers.choose("home", 0.05, 10, model, may_show)]
    assert len(given) == 50
    assert set(given) <= {4, 5}


def test_the_least_shown_newcomer_comes_first_and_is_new_no_longer_after_its_impressions():
    model, newcomers = model_of(3, {}, [1, 0, 0]), Newcomers(impressions=2)
    may_show = np.ones(4, dtype=np.bool_)
    order = []
    for _ in range(8):
        chosen = newcomers.choose("home", 0.5, 2, model, may_show)
        newcomers.count(chosen)
        order += chosen
    assert order == [3, 2, 1, 3, 2, 1], "item 3 came after the model"
    assert newcomers.shown(3) == 2
