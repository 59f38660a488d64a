"""Problems: one table, nothing of the request, and machine-readable advice to come back."""

from __future__ import annotations

import inspect
import json
import re
import uuid

import pytest

from audit import LogUnavailableError
from consent import OvertakenError, StoreUnavailableError
from gateway import errors
from gateway.edge import problem_kinds
from gateway.edge.problem_kinds import INTERNAL, PROBLEMS, Problem
from gateway.edge.problems import (
    EXPECTED_ERRORS,
    ProblemWriter,
    problem_of,
    problem_of_status,
    render_reference,
)
from privacy import BudgetStoreError

CANARY = "canary-2a9d"
WRITER = ProblemWriter()
BASES = (errors.CallerError, errors.RuleRefusedError)
CALLERS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.CallerError) and kind not in BASES
]


@pytest.mark.parametrize("kind", CALLERS)
def test_every_fault_of_a_caller_has_a_4xx_of_its_own(kind: type[Exception]) -> None:
    assert kind in EXPECTED_ERRORS
    assert 400 <= problem_of(kind.__new__(kind)).status < 500


@pytest.mark.parametrize(
    "error",
    [
        OvertakenError(),
        StoreUnavailableError(),
        BudgetStoreError(CANARY),
        LogUnavailableError(),
        errors.UnavailableError(),
    ],
)
def test_failures_of_the_stores_and_the_log_are_told(error: Exception) -> None:
    assert problem_of(error).status in (409, 503)
    assert CANARY not in WRITER.respond(error).body.decode()


def test_a_subclass_is_its_parents_problem() -> None:
    class FatalError(LogUnavailableError):
        pass

    assert problem_of(FatalError()).slug == "log-unavailable"


@pytest.mark.parametrize(
    "error", [ValueError(CANARY), KeyError(CANARY), errors.UnaccountedError(CANARY), errors.SettingsError([])]
)
def test_whatever_is_not_in_the_table_is_internal_and_silent(error: Exception) -> None:
    answer = WRITER.respond(error)
    assert answer.problem is INTERNAL
    assert CANARY not in answer.body.decode() + repr(answer.headers)


def test_a_problem_has_the_members_of_rfc_9457_and_no_others() -> None:
    answer = WRITER.respond(errors.BodyInvalidError(CANARY))
    content = json.loads(answer.body)
    assert set(content) == {"type", "title", "status", "detail", "instance"}
    assert content["type"] == "https://volens.dev/errors/body-invalid"
    assert content["status"] == answer.status == 400
    assert uuid.UUID(content["instance"]).version == 4
    headers = dict(answer.headers)
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"content-length"] == str(len(answer.body)).encode()
    assert headers[b"cache-control"] == b"no-store"


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_answer_says_what_to_do(problem: Problem) -> None:
    content = json.loads(WRITER.write(problem).body)
    assert content["detail"] == problem.advice
    assert len(problem.advice.split()) >= 3


def test_whoever_lacks_a_scope_is_told_which() -> None:
    answer = WRITER.respond(errors.ScopeMissingError("decide"))
    assert json.loads(answer.body)["scope"] == "decide"
    asked = dict(answer.headers)[b"www-authenticate"]
    assert asked == b'Bearer realm="volens", error="insufficient_scope", scope="decide"'
    none_would_do = WRITER.respond(errors.ScopeMissingError())
    assert "scope" not in json.loads(none_would_do.body)
    assert b"www-authenticate" not in dict(none_would_do.headers)


def test_the_place_at_fault_is_told_where_it_is_known() -> None:
    answer = WRITER.respond(errors.QuestionInvalidError(CANARY, pointer="#/limit", code="out_of_range"))
    content = json.loads(answer.body)
    assert content["status"] == 422
    assert content["errors"] == [{"pointer": "#/limit", "code": "out_of_range"}]
    assert CANARY not in answer.body.decode()


def test_no_two_problems_have_one_instance() -> None:
    assert len({WRITER.respond(errors.NotFoundError()).instance for _ in range(100)}) == 100


def test_the_type_can_lead_elsewhere() -> None:
    answer = ProblemWriter(base_url="https://docs.example/e").respond(errors.NotFoundError())
    assert json.loads(answer.body)["type"] == "https://docs.example/e/not-found"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(errors.RateLimitedError(0.01), 1), (errors.RateLimitedError(2.2), 3), (errors.UnavailableError(), 1),
     (errors.UnavailableError(30), 30), (LogUnavailableError(), 1), (StoreUnavailableError(), 1)],
)  # fmt: skip
def test_later_is_said_in_whole_seconds(error: Exception, seconds: int) -> None:
    answer = WRITER.respond(error)
    assert dict(answer.headers)[b"retry-after"] == str(seconds).encode()
    assert json.loads(answer.body)["retry_after"] == seconds


def test_the_tracking_clients_find_code_and_message() -> None:
    content = json.loads(WRITER.respond(errors.CredentialsInvalidError(), tracking=True).body)
    assert content["code"] == "unauthenticated"
    assert content["message"]
    assert content["success"] is False


def test_no_password_window_opens_in_a_browser() -> None:
    assert dict(WRITER.respond(errors.CredentialsInvalidError()).headers)[b"www-authenticate"].startswith(
        b"Bearer"
    )


def test_a_refused_change_of_consent_names_the_rule() -> None:
    content = json.loads(WRITER.respond(errors.ConsentChangeRefusedError("lifts_a_denial")).body)
    assert content["status"] == 409
    assert content["reason"] == "lifts_a_denial"


def test_more_headers_are_kept() -> None:
    assert (b"vary", b"Origin") in WRITER.respond(
        errors.NotFoundError(), more_headers=[(b"vary", b"Origin")]
    ).headers


def test_a_bare_status_is_a_problem_too() -> None:
    assert problem_of_status(404).slug == "not-found"
    assert problem_of_status(405).slug == "method-not-allowed"
    assert problem_of_status(418).slug == "bad-request"
    assert problem_of_status(500) is problem_of_status(302) is INTERNAL


def test_slugs_are_unique_and_every_problem_is_listed_and_documented() -> None:
    made = [value for value in vars(problem_kinds).values() if isinstance(value, Problem)]
    assert sorted(made, key=str) == sorted(PROBLEMS, key=str)
    assert len({problem.slug for problem in PROBLEMS}) == len(PROBLEMS)
    text = render_reference()
    for problem in PROBLEMS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", problem.slug)
        assert f"\n## {problem.slug}\n\nStatus {problem.status}. {problem.title}\n" in text


async def test_it_answers_an_asgi_request() -> None:
    sent = []

    async def send(message: object) -> None:
        sent.append(message)

    answer = WRITER.respond(errors.NotFoundError())
    await answer.send(send)
    assert sent == [
        {"type": "http.response.start", "status": 404, "headers": answer.headers},
        {"type": "http.response.body", "body": answer.body},
    ]


def test_the_tree_in_the_docstring_of_the_errors_is_the_tree() -> None:
    drawn = re.findall(r"[├└]── (\w+Error)", errors.__doc__ or "")
    kinds = [
        name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)
    ]
    assert sorted(drawn) == sorted(set(kinds) - {"GatewayError"})
