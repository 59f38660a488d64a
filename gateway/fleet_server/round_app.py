"""The program that Flower's link runs for a round: it drives one round over the grid, and leaves its outcome in a file.

Where the gateway is and what rounds are like stands in a file that the environment names: nothing of it goes through Flower.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from pathlib import Path

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from federated import DocumentError
from federated.driving import ControllerError, Outcome, RoundDriver
from federated.flower.grid_carrier import GridCarrier
from federated.noise import add_noise
from gateway.callers.credentials import load_credentials
from gateway.clock import Clock
from gateway.fleet.asked_controller import AskedController
from gateway.fleet_server.http_asking import HttpAsking
from gateway.fleet_server.node_keys import pem_of
from gateway.fleet_server.rounds_ahead import round_settings
from gateway.settings.reading import Settings, load_settings

PLACE = "VOLENS_FLEET_ROUND"
"""The environment variable that names the file."""

app = ServerApp()


@app.main()
def drive(grid: Grid, context: Context) -> None:
    """Drive one round."""
    place = json.loads(Path(os.environ[PLACE]).read_text())
    outcome = Path(place["outcomes"]) / str(context.run_id)
    settings = load_settings(Path(place["directory"]))
    ask = HttpAsking(place["url"], load_credentials(settings.credentials_file))
    try:
        said = _told(_driver(grid, ask, settings).run())
    except ControllerError as refused:
        said = {"refused": refused.reason}
    except DocumentError:
        said = {"refused": "no_items"}
    finally:
        ask.close()
    fresh = outcome.with_suffix(".new")
    fresh.write_text(json.dumps(said))
    fresh.rename(outcome)


def _driver(grid: Grid, ask: HttpAsking, settings: Settings) -> RoundDriver:
    """Of a round over the grid, as the settings and the catalogue have it.

    Raises:
        ControllerError: the gateway refuses, or is away.
        DocumentError: there is no item.
    """
    controller = AskedController(ask)
    device_of = {pem_of(each.node_key): each.device for each in controller.devices()}

    def nodes() -> Mapping[bytes, int]:
        return {
            device_of[each.public_key]: each.node_id
            for each in grid.get_nodes()
            if each.public_key in device_of
        }

    return RoundDriver(
        controller=controller,
        carrier=GridCarrier(grid, nodes),
        settings=round_settings(settings.federated, ask("GET", "/v1/federation/items")["items"]),
        add_noise=add_noise,
        shuffle=lambda devices: random.SystemRandom().sample(list(devices), len(devices)),
        draw=os.urandom,
        now=Clock().now,
    )


def _told(outcome: Outcome) -> Mapping[str, object]:
    counts = {name: getattr(outcome.record.counts, name) for name in outcome.record.counts.__struct_fields__}
    return {
        "round": outcome.round_id,
        "verdict": outcome.verdict.value,
        "version": outcome.version,
        "epsilon": outcome.record.epsilon,
        **counts,
    }
