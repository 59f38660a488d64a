"""Whatever a client sends to a documented route: never a fault of ours, never its own input back, never an undocumented status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

from gateway.callers.token_endpoint import DESCRIPTIONS
from gateway.edge.problem_kinds import PROBLEMS
from gateway.edge.problems import ProblemWriter
from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import ALL_SCOPES
from tests.requirement import whole_campaign

EXAMPLES = 400 if whole_campaign() else 12
SHORTEST = 6
"""Shorter strings turn up in any text by chance."""
REPEATS_ITS_KEY = "/ofrep/"
"""OFREP says that an error repeats the key of the flag."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateways = Gateways(tmp_path_factory.mktemp("fuzz"))
    try:
        yield gateways.start()
    finally:
        gateways.close()


@pytest.fixture(scope="module")
def api(gateway: Gateway) -> Any:
    return schemathesis.openapi.from_url(f"{gateway.url}/openapi.json")


@pytest.fixture(scope="module")
def token(gateway: Gateway) -> str:
    return gateway.token(ALL_SCOPES)


def test_every_documented_route(api: Any, token: str) -> None:
    operations = [result.ok() for result in api.get_all_operations()]
    assert len(operations) > 12
    known = json.dumps(api.raw_schema) + ours()
    for operation in operations:

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy())
        def no_input_does_harm(case: Any) -> None:
            answer = case.call(headers={"authorization": f"Bearer {token}"})
            case.validate_response(answer, checks=[not_a_server_error, status_code_conformance])
            if answer.status_code >= 400:
                said = {"path": case.path_parameters, "query": case.query, "body": case.body}
                if case.path.startswith(REPEATS_ITS_KEY):
                    said["path"] = {}
                echoed = [each for each in strings(said) if each in answer.text and each not in known]
                assert [each for each in echoed if len(each) >= SHORTEST] == []

        no_input_does_harm()


def ours() -> str:
    """What every problem says whatever was sent: Hypothesis tries texts that it finds in the sources."""
    problems = [ProblemWriter().write(kind).body.decode() for kind in PROBLEMS]
    return "\n".join([*problems, json.dumps(DESCRIPTIONS)])


def strings(value: Any) -> Iterator[str]:
    """Every text in a request."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from strings(name)
            yield from strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from strings(member)
