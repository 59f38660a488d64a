"""What a catalogue comes to is said before a day is lost to it."""

from __future__ import annotations

import pytest

from privacy import default_releases_text, notes_of, read_catalogue

DEFAULT = default_releases_text()
HOURLY = (
    '\n[[releases]]\nid = "h"\nversion = 1\ntitle = "H"\nshape = "people"\nwindow = "hour"\nnoise = {noise}\n'
)


def notes(text: str) -> list[str]:
    return notes_of(read_catalogue(text.encode()))


def test_of_what_comes_with_the_program_there_is_nothing_to_say():
    assert notes(DEFAULT) == []
    assert notes("") == []


def test_a_release_that_no_day_can_pay_is_named():
    told = notes(DEFAULT.replace("noise = 12.0", "noise = 4.9", 1))
    assert told[0] == "people_by_day costs more than there is for a day: it is never published"


@pytest.mark.parametrize(("kind", "name"), [("purposes", "analytics"), ("audiences", "product")])
def test_quotas_inside_the_budget_are_looked_at_too(kind, name):
    told = notes(DEFAULT.replace("[windows]", f"[budget.{kind}.{name}]\nrho = 0.01\n[windows]"))
    assert len(told) == 1
    assert told[0].startswith(f"on {kind.removesuffix('s')}/{name} a day costs rho 0.01")


def test_hours_that_use_up_what_people_count_in_are_told():
    [costs, many] = notes(DEFAULT + HOURLY.format(noise=60.0))
    assert costs.startswith("on global a day costs rho 0.02")
    assert many.startswith("30 windows of analytics touch a day, and people count in 8 of them")
    assert notes(DEFAULT + HOURLY.format(noise=600.0) + "hours_each = 2\n") == []
