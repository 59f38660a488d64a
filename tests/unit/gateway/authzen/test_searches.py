"""Reading searches, and the pages of their answers: a token holds for the identical request of the same caller."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.authzen import Page, PageTokens, Search, Searched, naming, paged, read_search, slice_page
from gateway.authzen.paging import DEFAULT_RESULTS, MAX_RESULTS
from gateway.errors import BodyInvalidError

WHOLE: dict[str, Any] = {
    "subject": {"type": "user", "id": "ada"},
    "action": {"name": "read"},
    "resource": {"type": "record", "id": "1"},
}
TOKENS = PageTokens(bytes(32))


def search(searched: Searched = Searched.SUBJECT, **more: Any) -> Search:
    return read_search(WHOLE | more, searched)


@pytest.mark.parametrize(
    ("searched", "members"),
    [(Searched.SUBJECT, "subject"), (Searched.RESOURCE, "resource")],
)
@pytest.mark.parametrize("id_", [{}, {"id": "x"}, {"id": None}, {"id": 7}, {"id": "y" * 999}])
def test_the_id_of_what_is_searched_is_not_looked_at(
    searched: Searched, members: str, id_: dict[str, Any]
) -> None:
    found = search(searched, **{members: {"type": WHOLE[members]["type"], **id_}}).question
    assert found == search(searched).question
    assert getattr(found, members).id == ""


@pytest.mark.parametrize("action", [{}, {"action": {"name": "x"}}, {"action": 7}])
def test_a_search_for_actions_has_none(action: dict[str, Any]) -> None:
    assert search(Searched.ACTION, **action).question.action == ""


@pytest.mark.parametrize(
    ("searched", "wrong"),
    [
        *[(kind, {"subject": None}) for kind in Searched],
        *[(kind, {"resource": {"id": "1"}}) for kind in Searched],
        (Searched.SUBJECT, {"resource": {"type": "record"}}),
        (Searched.RESOURCE, {"subject": {"type": "user"}}),
        (Searched.ACTION, {"subject": {"type": "user"}}),
        (Searched.ACTION, {"resource": {"type": "record"}}),
        (Searched.SUBJECT, {"action": None}),
        (Searched.RESOURCE, {"action": {}}),
        *[(kind, {"context": wrong}) for kind in Searched for wrong in ([], None)],
        *[(Searched.SUBJECT, {"page": page}) for page in (7, [], None, {"limit": -1}, {"limit": "1"}, {"limit": True})],
        *[(Searched.SUBJECT, {"page": page}) for page in ({"limit": None}, {"token": None})],
        *[(Searched.SUBJECT, {"page": page}) for page in ({"token": 1}, {"token": "a" * 257}, {"properties": 1})],
    ],
)  # fmt: skip
def test_what_is_required_must_be_there(searched: Searched, wrong: dict[str, Any]) -> None:
    with pytest.raises(BodyInvalidError):
        search(searched, **wrong)


def test_a_first_page_holds_what_the_request_says_within_a_bound() -> None:
    asked = [{}, {"limit": 3}, {"limit": 0}, {"limit": 10**9}, {"token": "", "limit": 3}]
    starts = [TOKENS.start(search(**more).page, b"") for more in ({}, *({"page": page} for page in asked))]
    assert starts == [(0, DEFAULT_RESULTS), (0, DEFAULT_RESULTS), (0, 3), (0, 0), (0, MAX_RESULTS), (0, 3)]


def test_a_token_leads_on_for_the_identical_request_and_for_no_other() -> None:
    first = search(page={"limit": 2, "properties": {"sort": "id"}}, context={"a": 1, "b": 2})
    token = TOKENS.next(2, 2, first.bound_to("client"))

    def start(whose: str = "client", searched: Searched = Searched.SUBJECT, **more: Any) -> tuple[int, int]:
        said = {"context": {"b": 2, "a": 1}, "page": {"token": token, "properties": {"sort": "id"}}} | more
        next_ = search(searched, **said)
        return TOKENS.start(next_.page, next_.bound_to(whose))

    page = {"token": token, "properties": {"sort": "id"}}
    assert start() == start(page=page | {"limit": 2}) == start(unknown=1) == (2, 2)
    for other in (
        {"whose": "other"},
        {"searched": Searched.RESOURCE},
        {"context": {"a": 1}},
        {"subject": {"type": "user", "id": "bea"}},
        {"resource": {"type": "record", "id": "2"}},
        {"action": {"name": "write"}},
        {"page": page | {"limit": 3}},
        {"page": {"token": token}},
    ):
        with pytest.raises(BodyInvalidError):
            start(**other)  # type: ignore[arg-type]
    with pytest.raises(BodyInvalidError):
        PageTokens(bytes(31) + b"1").start(
            Page(asked=True, token=token, limit=None), first.bound_to("client")
        )


@given(st.integers(0, 2**63), st.integers(0, MAX_RESULTS), st.data())
def test_a_token_that_was_changed_anywhere_is_refused(position: int, limit: int, data: st.DataObject) -> None:
    token = TOKENS.next(position, limit, b"this")
    assert TOKENS.start(Page(asked=True, token=token, limit=None), b"this") == (position, limit)
    at = data.draw(st.integers(0, len(token) - 1))
    put = data.draw(st.text(max_size=3))
    changed = token[:at] + put + token[at + data.draw(st.integers(0, 2)) :]
    if changed != token:
        with pytest.raises(BodyInvalidError):
            TOKENS.start(Page(asked=True, token=changed, limit=None), b"this")


@given(st.lists(st.integers(), max_size=20), st.integers(1, 5))
def test_pages_together_are_the_whole(whole: list[int], limit: int) -> None:
    start: int | None = 0
    seen = []
    while start is not None:
        page, start = slice_page(whole, start, limit)
        assert len(page) <= limit
        seen += page
    assert seen == whole


def test_a_page_of_no_results_leads_nowhere() -> None:
    assert slice_page([1, 2, 3], 0, 0) == ([], None)
    assert slice_page([1, 2, 3], 0, 2) == ([1, 2], 2)


def test_a_page_object_comes_first_and_only_when_there_is_something_to_say() -> None:
    silent, asked = Page(asked=False, token=None, limit=None), Page(asked=True, token=None, limit=None)
    assert paged([], None, silent) == {"results": []}
    assert paged([], None, asked) == {"page": {"next_token": "", "count": 0}, "results": []}
    assert list(paged([1], "t", silent)) == ["page", "results"]


@pytest.mark.parametrize(
    ("path", "sent", "back"),
    [
        ("/access/v1/evaluation", [b"a-1"], [b"a-1"]),
        ("/t/todo/access/v1/search/subject", [b"any string, printable <x>"], [b"any string, printable <x>"]),
        ("/access/v1/evaluation", [b"a", b"b"], []),
        ("/access/v1/evaluation", [b"a" * 257], []),
        ("/access/v1/evaluation", ["ü".encode()], []),
        ("/access/v1/evaluation", [b"a\r\nset-cookie: b"], []),
        ("/v1/consents", [b"a-1"], []),
    ],
)
async def test_the_id_of_a_request_comes_back(path: str, sent: list[bytes], back: list[bytes]) -> None:
    seen: list[Any] = []

    async def send(message: Any) -> None:
        seen.append(message)

    scope = {"type": "http", "path": path, "headers": [(b"x-request-id", each) for each in sent]}
    await naming(scope, send)({"type": "http.response.start", "status": 401, "headers": []})
    assert [value for name, value in seen[0]["headers"] if name == b"x-request-id"] == back
