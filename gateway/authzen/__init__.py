"""The wire of AuthZEN: what a request asks, what an answer looks like. Judging is elsewhere.

Source: OpenID AuthZEN Authorization API 1.0.
"""

from gateway.authzen.metadata import OBLIGATION_TYPES, metadata
from gateway.authzen.obligations import Obligations
from gateway.authzen.paging import Page, PageTokens, paged, slice_page
from gateway.authzen.reading import (
    ANONYMOUS,
    MAX_EVALUATIONS,
    MAX_TEXT,
    PERSON,
    Entity,
    Evaluation,
    Evaluations,
    Semantic,
    read_evaluation,
    read_evaluations,
)
from gateway.authzen.request_ids import REQUEST_ID, naming
from gateway.authzen.searches import Search, Searched, read_search
from gateway.authzen.usual_questions import USUAL_DEPTH, read_usual, read_usual_one

__all__ = [
    "ANONYMOUS",
    "MAX_EVALUATIONS",
    "MAX_TEXT",
    "OBLIGATION_TYPES",
    "PERSON",
    "REQUEST_ID",
    "USUAL_DEPTH",
    "Entity",
    "Evaluation",
    "Evaluations",
    "Obligations",
    "Page",
    "PageTokens",
    "Search",
    "Searched",
    "Semantic",
    "metadata",
    "naming",
    "paged",
    "read_evaluation",
    "read_evaluations",
    "read_search",
    "read_usual",
    "read_usual_one",
    "slice_page",
]
