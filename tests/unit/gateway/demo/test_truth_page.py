"""The demo's page has the truth beside what was published; it is the demo's alone."""

from __future__ import annotations

from pathlib import Path

import gateway
from gateway.demo.truth_page import beside, draw_page

FIGURES = [
    {"key": "everybody", "value": 290.0, "low": 240.0, "high": 340.0},
    {"key": "analytics: allowed", "value": 100.0, "low": 80.0, "high": 120.0},
    {"key": "analytics: share allowed", "value": 0.4, "low": 0.25, "high": 0.5},
    {"key": "analytics: refused", "value": None, "low": None, "high": None},
    {"key": "<script>", "value": 1.0, "low": 0.0, "high": 2.0},
]
TRUE = {
    "everybody": 300,
    "analytics: allowed": 140,
    "analytics: share allowed": 0.47,
    "analytics: refused": 7,
}


def test_each_number_stands_beside_the_truth_and_says_whether_it_holds_it():
    rows = {row.key: row for row in beside(FIGURES, TRUE)}
    assert set(rows) == set(TRUE), "of what the truth is not known of, there is nothing"
    assert (rows["everybody"].said, rows["everybody"].true) == ("290", "300")
    assert [row.is_inside for row in rows.values()] == [True, False, True, True]
    assert rows["analytics: share allowed"].between == "25.0% to 50.0%"
    assert rows["analytics: refused"].said == ""
    assert all(0 <= row.left <= row.middle <= 1000 and row.true_place <= 1000 for row in rows.values())


def test_the_page_says_that_the_people_are_made_up_and_has_no_script():
    page = draw_page(FIGURES, {**TRUE, "<script>": 1})
    assert "These people are made up" in page
    assert "in truth <b>300</b>" in page
    assert page.count("outside, as one in twenty is") == 1
    assert "<script>" not in page
    assert "http" not in page.partition("</style>")[2]


def test_no_gateway_can_show_it():
    [home] = gateway.__path__
    naming = {
        path.relative_to(home).parts[0]
        for path in Path(home).rglob("*.py")
        if "truth_page" in path.read_text("utf-8")
    }
    assert naming == {"demo"}
    assert "truth" not in (Path(home) / "ops/insights.py").read_text("utf-8").replace("the truth lies", "")
