"""Permitted signals carry nothing that could name anybody."""

from __future__ import annotations

from typing import Any

import msgspec

import scoring
from scoring.permitted import PermittedOccurrence, PermittedSignals


def test_have_only_numbers_and_whole_events_where_somebody_asked_for_them() -> None:
    types = {field.name: field.type for field in msgspec.structs.fields(PermittedSignals)}
    numbers = dict.fromkeys(("purpose", "revocations"), int)
    lists = dict.fromkeys(("slots", "items", "times"), list[int])
    assert types == {**numbers, **lists, "occurrences": list[PermittedOccurrence]}


def test_what_rules_are_shown_names_nobody_either() -> None:
    types = {field.name: field.type for field in msgspec.structs.fields(PermittedOccurrence)}
    assert types == {"slot": int, "event": str, "items": tuple[int, ...], "at": int, "fields": dict[str, Any]}


def test_are_not_part_of_the_face() -> None:
    assert "PermittedSignals" not in scoring.__all__
    assert not hasattr(scoring, "PermittedSignals")
    assert scoring.__all__ == sorted(scoring.__all__, key=lambda name: (not name.isupper(), name))
