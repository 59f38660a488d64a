"""Published clients, unmodified, against a real gateway: each call reaches exactly the destinations that an independent oracle says.

One file destination stands for each purpose. People give different purposes; the clients then send calls of all six types, in an
order that is not that of their times, some of them twice, gzipped or not as each client likes, with claims of both dialects. For every
call, the set of purposes whose destination holds its marker is compared with the oracle's, and the fields with the policy.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from tests.clients.calls import PEOPLE, Call, known, make_calls, visitor
from tests.clients.sending import BROWSER, CLIENTS, send
from tests.clients.sinks import arrivals, paths_of, purposes, repeated, with_sinks
from tests.free_port import free_port
from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import Shop, wait_until
from tests.oracle.permitted import Oracle, event_name
from tests.requirement import whole_campaign

CALLS = 2400 if whole_campaign() else 240
SILENT = 2
"""People of each kind who never say anything about consent."""

pytestmark = [pytest.mark.foreign, pytest.mark.slow]


class Stage:
    """A gateway with its destinations, and who gave what there."""

    def __init__(self, gateway: Gateway, page_port: int) -> None:
        self.gateway = gateway
        self.page_port = page_port
        self.shop = Shop(gateway)
        self.grants: dict[tuple[str, str], set[str]] = {}

    def give(self, client: str) -> None:
        """Let a client's people give purposes (and some of them `location`), each their own; some then take one back."""
        chance = random.Random(f"consents of {client}")
        everything = [*purposes(self.gateway.directory), "location"]
        for k in range(PEOPLE - SILENT):
            for key, id_ in (("id", known(client, k)), ("anonymous_id", visitor(client, k))):
                given = set(everything) if k == 0 else set(chance.sample(everything, 4))
                for purpose in sorted(given):
                    self.shop.consent({key: id_}, "given", purpose)
                if k == 1:
                    taken_back = min(given)
                    self.shop.consent({key: id_}, "withdrawn", taken_back)
                    given.remove(taken_back)
                self.grants[key, id_] = given

    @property
    def oracle(self) -> Oracle:
        return Oracle(self.gateway.directory / "policy.toml", self.grants)

    def settled(self) -> bool:
        """Whether every destination has been through the whole log, without a dead letter."""
        status = self.shop.server.get("/v1/destinations").json()["destinations"]
        assert not any(each["dead_letters"] for each in status)
        return not any(each["lag_records"] for each in status)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    page_port = free_port()
    gateways = Gateways(tmp_path_factory.mktemp("clients"))
    try:
        yield Stage(gateways.start(partial(with_sinks, origin=f"http://127.0.0.1:{page_port}")), page_port)
    finally:
        gateways.close()


def compare(stage: Stage, client: str, calls: list[Call], *, confirmed: bool) -> Counter[str]:
    """Compare what arrived of a client's calls with the oracle; return how many calls each purpose received."""
    oracle = stage.oracle
    by_marker = {call["messageId"].removeprefix("message-"): call for call in calls}
    expected = {marker: oracle.purposes(call, confirmed=confirmed) for marker, call in by_marker.items()}
    everything = arrivals(stage.gateway.directory)
    assert all(each.marker for each in everything), "everything that arrives can be told apart"
    found = [each for each in everything if str(each.marker).startswith(f"{client}-")]
    assert not repeated(found)
    holding: dict[str, set[str]] = {marker: set() for marker in by_marker}
    for each in found:
        call = by_marker[str(each.marker)]
        holding[str(each.marker)].add(each.purpose)
        allowed = oracle.fields(each.purpose, event_name(call), oracle.given(call, confirmed=confirmed))
        assert paths_of(each.row["attributes"]) <= allowed
        assert each.row["event"] == event_name(call)
    assert holding == expected
    text = "".join(str(each.row) for each in found)
    for secret in ("canary", "known-", "visitor-", "52.52", "13.40", "example.org"):
        assert secret not in text
    return Counter(each.purpose for each in found)


def go_through(stage: Stage, client: str, calls: list[Call], key: str, *more: str) -> Counter[str]:
    """Give, send, settle, compare; and see that the gateway's own counts agree."""
    name = client.replace(".", "-")
    confirmed = key == "server_key"
    stage.give(name)
    before = Counter(stage.shop.outcomes("event"))
    send(client, stage.gateway.url, stage.gateway.credentials[key], calls, *more)
    wait_until(stage.settled, "destinations that have seen everything")
    received = compare(stage, name, calls, confirmed=confirmed)
    counted = Counter(stage.shop.outcomes("event")) - before
    distinct = {call["messageId"]: call for call in calls}.values()
    accepted = sum(bool(stage.oracle.purposes(call, confirmed=confirmed)) for call in distinct)
    assert counted["accepted"] == accepted
    assert counted["duplicate"] == len(calls) - len(distinct)
    assert counted.total() == len(calls)
    return received


@pytest.mark.parametrize("client", CLIENTS)
def test_each_call_of_a_server_reaches_exactly_its_purposes(stage: Stage, client: str) -> None:
    calls = make_calls(client.replace(".", "-"), CALLS, int(time.time()))
    received = go_through(stage, client, calls, "server_key")
    assert set(received) == set(purposes(stage.gateway.directory)), "every purpose was tried"


@pytest.mark.browser
def test_each_call_of_a_browser_reaches_exactly_its_purposes(stage: Stage) -> None:
    calls = make_calls(BROWSER.replace(".", "-"), CALLS // 2, int(time.time()), browser=True)
    received = go_through(stage, BROWSER, calls, "write_key", str(stage.page_port))
    assert len(received) >= 5, "nearly every purpose was tried"
