"""Segments that read segments: one signal moves people in all of them, whatever they are called."""

from __future__ import annotations

from itertools import permutations

import pytest

from scoring import EffectKind, Firing, Segment, compile_expression
from scoring.rules.segment_order import closure, in_reading_order
from tests.unit.scoring.rules.test_engine import Table, a_rule


def segment(name: str, when: str | None) -> Segment:
    return Segment(id=name, bit=0, when=None if when is None else compile_expression(when))


@pytest.mark.parametrize("names", [*permutations("abc")])
def test_one_signal_moves_people_through_a_chain_and_back(names: tuple[str, str, str]) -> None:
    first, second, third = names
    chain = (
        segment(first, 'count("view", 60) > 1'),
        segment(second, f'in_segment("{first}")'),
        segment(third, f'!in_segment("{second}")'),
    )
    rule = a_rule(f'in_segment("{second}")', firing=Firing.MATCH)
    table = Table(rule, segments=chain)
    moves = [
        sorted((each.kind, each.source) for each in table.see(at, event))
        for at, event in [(0, "view"), (1, "view"), (120, "view")]
    ]
    assert moves == [
        [(EffectKind.JOINED, third)],
        sorted(
            [
                (EffectKind.JOINED, first),
                (EffectKind.JOINED, second),
                (EffectKind.LEFT, third),
                (EffectKind.FIRED, "r"),
            ]
        ),
        sorted([(EffectKind.LEFT, first), (EffectKind.LEFT, second), (EffectKind.JOINED, third)]),
    ]


def test_who_leaves_what_a_group_reads_leaves_the_group_by_time_alone() -> None:
    group = (segment("z", 'count("view", 60) > 0'), segment("a", 'in_segment("z")'))
    rule = a_rule('count("other", 3600) > 0', on=frozenset({"other"}), firing=Firing.MATCH, group="a")
    table = Table(rule, segments=group)
    table.see(0, "view", slot=1)
    table.see(70, "view", slot=2)
    acted_on = [each.slot for each in table.see(71, "other", slot=2) if each.kind is EffectKind.FIRED]
    assert acted_on == [2], "the first one's view is older than a minute"


def test_a_circle_is_found_however_long_it_is() -> None:
    line = [segment(f"s{n}", f'in_segment("s{n + 1}")') for n in range(500)]
    end = segment("s500", 'total("view") > 1')
    assert not end.reads_itself(line)
    assert segment("s500", 'in_segment("s0")').reads_itself(line)
    assert segment("own", '!in_segment("own")').reads_itself([])
    assert not segment("list", None).reads_itself(line)
    assert [each.id for each in closure("s498", {each.id: each for each in [*line, end]})] == [
        "s500",
        "s499",
        "s498",
    ]


def test_a_circle_that_is_in_force_keeps_its_segments() -> None:
    circle = {"a": segment("a", 'in_segment("b")'), "b": segment("b", 'in_segment("a")')}
    assert {each.id for each in in_reading_order(circle)} == {"a", "b"}


def test_what_is_read_and_not_there_is_passed_over() -> None:
    alone = segment("a", 'in_segment("gone")')
    assert in_reading_order({"a": alone}) == [alone]
    assert closure("gone", {"a": alone}) == ()
