"""A whole gateway whose budget stands in PostgreSQL: what was booked is booked, whoever is killed, and without it nothing is."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.calm_day import no_midnight_for
from tests.gateway_process import Gateways
from tests.journey.shop import Shop, item, view
from tests.postgresql_server import postgresql

PEOPLE = 40
COST = 0.003473
"""Of `people_by_day`, and of `way_to_an_order`."""


def run(shop: Shop, release: str) -> Any:
    return shop.server.post(f"/v1/releases/{release}/runs", json={"close_now": True}, timeout=300)


def spent(shop: Shop) -> set[float]:
    return {each["spent"] for each in shop.server.get("/v1/budget").json()["scopes"]}


@pytest.mark.slow
@pytest.mark.foreign
def test_the_budget_outlives_the_gateway_in_postgresql(gateways: Gateways, tmp_path: Path) -> None:
    no_midnight_for()
    with ExitStack() as database:
        url = database.enter_context(postgresql())

        def configure(directory: Path) -> None:
            address = tmp_path / "budget.url"
            address.write_text(f"{url}\n")
            address.chmod(0o600)
            settings = directory / "volens.toml"
            named = f"\n[budget]\ndatabase_url_file = {json.dumps(str(address))}\n"
            settings.write_text(settings.read_text() + named)

        shop = Shop(gateways.start(configure))
        shop.stock()
        for n in range(PEOPLE):
            shop.consent(f"person-{n}", "given", "analytics")
        shop.batch([view(f"person-{n}", item(n % 5, 0)) for n in range(PEOPLE)])
        done = run(shop, "people_by_day").json()
        assert done["status"] == "published"
        assert spent(shop) == {COST}
        budget = shop.server.get("/v1/budget").json()
        assert not (shop.gateway.directory / "budget.db").exists()

        shop.gateway.kill()
        shop.gateway.serve()
        shop = Shop(shop.gateway)
        assert shop.server.get("/v1/budget").json() == budget
        again = {"status": "already_published", "publication": done["publication"]}
        assert run(shop, "people_by_day").json() == again
        assert run(shop, "way_to_an_order").json()["status"] == "published"
        assert spent(shop) == {2 * COST}

        database.close()
        refused = run(shop, "hours_of_the_day")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert refused.json()["type"].endswith("/unavailable")
        assert url not in refused.text
        assert shop.decide("person-1")["items"], "whoever decides needs no budget"
