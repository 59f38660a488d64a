"""Cells that others will open: in a spreadsheet nothing counts as a formula, in a page nothing as markup.

Source: OWASP, CSV injection: a cell that begins with = + - @, a tab, a carriage return or a line feed is computed by
spreadsheets. It is given an apostrophe in front, which they show as text; an apostrophe that stood there gets one more, so that
nothing is lost: whoever reads the file takes one apostrophe off. Full-width forms of the signs count as well.
"""

from __future__ import annotations

import polars as pl

_BEGINS_FORMULA = "^['=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def neutralised(cell: str) -> pl.Expr:
    """A column of texts, none of which a spreadsheet computes."""
    column = pl.col(cell)
    return pl.when(column.str.contains(_BEGINS_FORMULA)).then("'" + column).otherwise(column).alias(cell)


def original(cell: str) -> pl.Expr:
    """What was neutralised, as it was."""
    return pl.col(cell).str.strip_prefix("'")


def escaped(cell: str) -> pl.Expr:
    """A column of texts as they are written into a page."""
    return pl.col(cell).str.replace_many(list(_MARKUP), list(_MARKUP.values()))


def unescaped(cell: str) -> pl.Expr:
    """What was escaped, as it was."""
    return pl.col(cell).str.replace_many(list(_MARKUP.values()), list(_MARKUP))
