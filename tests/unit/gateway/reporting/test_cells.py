"""Cells that others will open: no formula, no markup, and nothing lost."""

from __future__ import annotations

import polars as pl
import pytest

from gateway.aggregates.exporting import csv_of
from gateway.reporting.cells import escaped, neutralised, original, unescaped

HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1+1",
    "'=quoted already",
]
HARMLESS = ["", "a=b", "{", "\U0001f4a9", "<b>", "1", " =1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_computed(text: str) -> None:
    frame = pl.DataFrame({"cell": [text]})
    assert frame.select(neutralised("cell")).item() == "'" + text


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_computed_in_published_numbers(text: str) -> None:
    figure = {"key": text, "value": 1.0, "low": 0.0, "high": 2.0}
    body = {"release": "r", "version": 1, "window": "2026-11-21", "rho": 0.1, "figures": [figure]}
    table = pl.read_csv(csv_of([body]).encode(), schema_overrides={"key": pl.String})
    assert table["key"].item() == "'" + text


@pytest.mark.parametrize("text", HOSTILE + HARMLESS)
def test_nothing_is_lost(text: str) -> None:
    frame = pl.DataFrame({"cell": [text]}).with_columns(neutralised("cell")).with_columns(original("cell"))
    assert frame.item() == text


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_cells_stay_as_they_are(text: str) -> None:
    assert pl.DataFrame({"cell": [text]}).select(neutralised("cell")).item() == text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a & b &amp; &lt;", "\"'\U0001f4a9", ""])
def test_markup_is_text_and_comes_back(text: str) -> None:
    frame = pl.DataFrame({"cell": [text]}).with_columns(escaped("cell"))
    assert not set("<>\"'") & set(frame.item())
    assert frame.with_columns(unescaped("cell")).item() == text
