"""Reading a search: everything of a question but the one entity that is looked for.

Source: OpenID AuthZEN Authorization API 1.0, sections on subject, resource and action search.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from consent import says_gpc
from gateway.authzen.paging import Page, digest_of, read_page
from gateway.authzen.reading import Evaluation, read_context, read_entity, read_evaluation, require_object


class Searched(StrEnum):
    """What a search looks for."""

    SUBJECT = "subject"
    """Who may do this with that."""
    RESOURCE = "resource"
    """What somebody may do this with."""
    ACTION = "action"
    """What somebody may do with that."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search for subjects, resources or actions."""

    question: Evaluation
    """What is given; the id or the action that is looked for is empty."""
    page: Page
    """Which part of the answer is wanted."""
    searched: Searched
    """What is looked for."""
    digest: bytes
    """Of the request without its page token: the next page is for the same request only."""

    def bound_to(self, whose: str) -> bytes:
        """What its page tokens hold for: this request, of this caller."""
        return hashlib.sha256(f"{self.searched} {whose} ".encode() + self.digest).digest()


def read_search(body: Any, searched: Searched) -> Search:
    """Read the body of a search.

    Raises:
        BodyInvalidError: something required is missing, or of a wrong type.
    """
    said = require_object(body)
    if searched is Searched.ACTION:
        context = read_context(said)
        question = Evaluation(
            subject=read_entity(said.get("subject")),
            action="",
            resource=read_entity(said.get("resource")),
            gpc=says_gpc(context.get("sec_gpc")),
            context=context,
        )
    else:
        wanted = {**require_object(said.get(searched.value)), "id": _ANY}
        question = _without_id(read_evaluation({**said, searched.value: wanted}), searched)
    return Search(question, read_page(said), searched, digest_of(said))


_ANY = "*"
"""Stands in for the id while it is read: it is not looked at."""


def _without_id(question: Evaluation, searched: Searched) -> Evaluation:
    empty = {searched.value: replace(getattr(question, searched.value), id="")}
    return replace(question, **empty)
