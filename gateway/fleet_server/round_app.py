"""The program that Flower's link runs for a round: it drives one round over the grid, and leaves its outcome in a file.

Where the gateway is and what rounds are like stands in a file that the environment names: nothing of it goes through Flower.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp
from flwr.superlink.grid import HttpGrid

from federated.driving import ControllerError, Outcome, RoundDriver
from federated.flower.grid_carrier import GridCarrier, Runtime
from federated.noise import add_noise
from gateway.callers.credentials import load_credentials
from gateway.clock import Clock
from gateway.fleet.asked_controller import AskedController
from gateway.fleet_server.http_asking import HttpAsking
from gateway.fleet_server.node_keys import pem_of
from gateway.fleet_server.round_place import RoundPlace, place_handed_over
from gateway.fleet_server.rounds_ahead import round_settings
from gateway.settings.reading import load_settings

app = ServerApp()


@app.main()
def drive(grid: Grid, context: Context) -> None:
    """Drive one round."""
    place = place_handed_over()
    place.leave_outcome(context.run_id, lambda: _driven(grid, place))


def _driven(grid: Grid, place: RoundPlace) -> Mapping[str, object]:
    """Drive a round to its end.

    Raises:
        ControllerError: the gateway refuses it, cannot be reached, or has no items.
    """
    settings = load_settings(Path(place.directory))
    with closing(HttpAsking(place.url, load_credentials(settings.credentials_file))) as ask:
        items = ask("GET", "/v1/federation/items")["items"]
        if not items:
            raise ControllerError("no_items")
        controller = AskedController(ask, place.driver)
        device_of = {pem_of(each.node_key): each.device for each in controller.devices()}

        def nodes() -> Mapping[bytes, int]:
            return {
                device_of[each.public_key]: each.node_id
                for each in grid.get_nodes()
                if each.public_key in device_of
            }

        driver = RoundDriver(
            controller=controller,
            carrier=GridCarrier(_runtime_of(grid), nodes),
            settings=round_settings(settings.federated, items),
            add_noise=add_noise,
            shuffle=lambda devices: random.SystemRandom().sample(list(devices), len(devices)),
            draw=os.urandom,
            now=Clock().now,
        )
        return _told(driver.run())


def _runtime_of(grid: Grid) -> Runtime:
    """The link behind the grid, which takes messages apart; rounds hand them on whole."""
    assert isinstance(grid, HttpGrid)
    return grid._runtime_client  # noqa: SLF001 - it has no other way to its client


def _told(outcome: Outcome) -> Mapping[str, object]:
    counts = {name: getattr(outcome.record.counts, name) for name in outcome.record.counts.__struct_fields__}
    return {
        "round": outcome.round_id,
        "verdict": outcome.verdict.value,
        "version": outcome.version,
        "epsilon": outcome.record.epsilon,
        **counts,
    }
