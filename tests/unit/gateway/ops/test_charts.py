"""Shapes: everything lies inside the picture, bigger is higher and wider, gaps stay gaps."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.ops.charts import (
    BAR_WIDTH,
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Line,
    draw_bars,
    draw_lines,
    draw_whisker,
    nice_scale,
)
from gateway.ops.spelling import Spelling
from gateway.wording.languages import Languages

ENGLISH, GERMAN, FRENCH = map(Spelling, Languages().all())
count, ago = ENGLISH.count, ENGLISH.ago

PAIR = re.compile(r"[ML]([\d.]+) ([\d.]+)")


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in PAIR.findall(path)]


@given(st.lists(st.one_of(st.floats(0, 1e9), st.just(float("nan"))), min_size=1, max_size=60))
def test_a_line_stays_in_the_picture_and_higher_is_higher(values: list[float]) -> None:
    times = [60 * k for k in range(len(values))]
    [line] = draw_lines([Line("a", np.array(values))], times, count, ago).lines
    drawn = sorted([*points(line.path), *line.dots])
    known = [value for value in values if value == value]
    assert len(drawn) == len(known)
    assert all(
        LEFT - 0.1 <= x <= WIDTH - RIGHT + 0.1 and TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1 for x, y in drawn
    )
    for (_, y), value in zip(drawn, known, strict=True):
        for (_, other_y), other in zip(drawn, known, strict=True):
            assert value <= other or y <= other_y


def test_what_is_not_known_is_a_gap_and_what_stands_alone_a_dot() -> None:
    nan = float("nan")
    chart = draw_lines(
        [Line("a", np.array([1, 2, nan, 3, nan, 4, 5]))], [60 * k for k in range(7)], count, ago
    )
    assert chart.lines[0].path.count("M") == 2
    assert len(points(chart.lines[0].path)) == 4
    assert len(chart.lines[0].dots) == 1
    assert (chart.lines[0].last, chart.lines[0].largest) == ("5", "5")
    assert not chart.is_empty
    assert draw_lines([Line("a", np.array([nan]))], [0], count, ago).is_empty


@given(st.floats(1e-6, 1e12))
def test_a_scale_is_round_and_holds_the_largest(largest: float) -> None:
    end, steps = nice_scale(largest)
    assert end >= largest * (1 - 1e-6)
    assert end <= 6 * largest
    assert 2 <= steps <= 4


def test_without_anything_there_is_a_scale_too() -> None:
    assert nice_scale(0.0) == (1.0, 2)
    assert nice_scale(float("nan")) == (1.0, 2)


def test_bars_are_on_one_scale_and_their_parts_follow_one_another() -> None:
    full, half, none = draw_bars(
        [("a", [("x", 1, 3.0), ("y", 2, 1.0)]), ("b", [("x", 1, 2.0)]), ("c", [])], count
    )
    assert [(part.left, part.width) for part in full.parts] == [(0, 750), (750, 250)]
    assert [part.width for part in half.parts] == [500]
    assert (full.said, half.said, none.said) == ("4", "2", "0")


def test_a_whisker_has_nought_in_the_middle_and_ends_at_the_edge() -> None:
    drawn = draw_whisker(-0.5, 9.0, 0.25, 1.0)
    assert (drawn.low, drawn.middle, drawn.high) == (BAR_WIDTH / 4, BAR_WIDTH * 0.625, BAR_WIDTH)


def test_values_are_spelt_as_people_say_them() -> None:
    assert [count(each) for each in (0, 7, 1.25, 12345, 2_500_000)] == ["0", "7", "1.2", "12,345", "2.5 M"]
    assert [ENGLISH.share(each) for each in (0, 0.0333, 0.5, 1)] == [
        "0\xa0%",
        "3.3\xa0%",
        "50\xa0%",
        "100\xa0%",
    ]
    assert [ENGLISH.seconds(each) for each in (0.0008, 0.012, 1.5, 30)] == [
        "0.8 ms",
        "12 ms",
        "1.5 s",
        "30 s",
    ]
    assert [ENGLISH.age(each) for each in (40, 300, 7200, 200_000)] == ["40 s", "5 min", "2 h", "2 days"]
    assert [ago(each) for each in (0, 300, 9000)] == ["now", "5 min ago", "2.5 h ago"]
    assert [ENGLISH.change(each) for each in (0.1, -0.05, 1234.0)] == ["+0.1", "-0.05", "+1,230"]


def test_values_are_spelt_in_the_language_of_the_page() -> None:
    assert [GERMAN.count(each) for each in (1.25, 12345, 2_500_000)] == ["1,2", "12.345", "2,5 Mio."]
    assert [FRENCH.share(each) for each in (0.0333, 0.5)] == ["3,3\xa0%", "50\xa0%"]
    assert [GERMAN.age(200_000), FRENCH.age(200_000)] == ["2 Tage", "2\xa0jours"]
    assert [GERMAN.ago(9000), FRENCH.ago(9000)] == ["vor 2,5 h", "il y a 2,5 h"]


def test_a_word_that_nobody_knows_is_shown_as_it_is() -> None:
    assert GERMAN.word("refused") == "Die Person hat Nein gesagt"
    assert GERMAN.word("something_else") == "something else"
