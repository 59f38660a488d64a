"""Flower's link as a process of its own, on the loopback: started, told of devices, told to run a round, ended.

Its state is in memory: with its database a round of a hundred devices took minutes. What must survive, the gateway has; after
a restart the devices are registered again from their enrolments.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx
from flwr.cli.build import build_fab_from_files
from flwr.common.serde import fab_to_proto
from flwr.proto.control_pb2 import (
    ListNodesRequest,
    ListRunsRequest,
    RegisterNodeRequest,
    StartRunRequest,
    UnregisterNodeRequest,
)
from flwr.supercore.control.control_http_client import ControlHttpClient
from flwr.supercore.fab import Fab

from gateway.errors import UnavailableError
from gateway.fleet_server import link_guard
from gateway.fleet_server.certificates import AUTHORITY, CERTIFICATE, KEY
from gateway.fleet_server.loopback_port import free_port
from gateway.fleet_server.node_keys import pem_of

START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_FINISHED = "finished"
_PROJECT = b"""\
[project]
name = "volens-round"
version = "1.0.0"
dependencies = []

[tool.flwr.app]
publisher = "volens"

[tool.flwr.app.components]
serverapp = "volens_round.server_app:app"
clientapp = "volens_round.client_app:app"

[tool.flwr.app.config]
"""
_SERVER = b"from gateway.fleet_server.round_app import app\n"
_CLIENT = b"from flwr.clientapp import ClientApp\n\napp = ClientApp()\n"


def quiet_environment(directory: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of Flower's programs: they find one another, and speak to nobody outside."""
    bin_directory = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": os.pathsep.join((bin_directory, os.environ.get("PATH", ""))),
        "FLWR_HOME": str(directory),
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION": "1",
        **more,
    }


class _Node(NamedTuple):
    """A device, as the link knows it."""

    number: int
    device: bytes


class LinkProcess:
    """The link, running. Ended with whoever started it, however that ends: `link_guard` sees to it."""

    def __init__(
        self, directory: Path, certificates: Path, more: Mapping[str, str], port: int | None = None
    ) -> None:
        """Start it.

        Args:
            directory: for its files, which are worth nothing.
            certificates: made by `make_certificates`.
            more: environment for the round's program.
            port: of the loopback, for one that takes another's place; one that no outgoing connection is given if left out.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.port = port or free_port()
        command = [
            sys.executable,
            "-I",
            str(Path(link_guard.__file__)),
            str(Path(sys.executable).parent / "flower-superlink"),
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        command += ["--ssl-ca-certfile", str(certificates / AUTHORITY)]
        command += [
            "--ssl-certfile",
            str(certificates / CERTIFICATE),
            "--ssl-keyfile",
            str(certificates / KEY),
        ]
        command += ["--enable-supernode-auth", "--disable-runtime-dependency-installation"]
        self._output = (directory / "link.output").open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            env=quiet_environment(directory, more),
            start_new_session=True,
        )
        self._authority = (certificates / AUTHORITY).read_bytes()
        self._control = ControlHttpClient.from_server_address(
            f"127.0.0.1:{self.port}", False, self._authority, []
        )
        self._nodes: dict[str, _Node] = {}
        self._gone: set[str] = set()

    def wait_ready(self) -> None:
        """Wait until it answers.

        Raises:
            UnavailableError: it does not, or has ended.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._control.ListNodes(ListNodesRequest())
                return
            except (httpx.HTTPError, RuntimeError):
                time.sleep(0.1)
        self.close()
        raise UnavailableError

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def know(self, wanted: Mapping[str, bytes], live: Collection[bytes]) -> None:
        """Register devices that are new, and unregister those that take part no more, in the middle of a round too.

        Args:
            wanted: node keys in OpenSSH's form, each with the name of its device.
            live: the names of all devices that take part; who is known already and among them stays, wanted still or not: whose
                person has a newer one may be in the middle of a round.
        """
        for node_key in wanted.keys() - self._nodes.keys() - self._gone:
            request = RegisterNodeRequest(public_key=pem_of(node_key))
            self._nodes[node_key] = _Node(self._control.RegisterNode(request).node_id, wanted[node_key])
        for node_key in [key for key, node in self._nodes.items() if node.device not in live]:
            number = self._nodes.pop(node_key).number
            self._control.UnregisterNode(UnregisterNodeRequest(node_id=number))
            self._gone.add(node_key)

    @property
    def node_keys(self) -> Collection[str]:
        """The keys of the devices that are registered, in OpenSSH's form."""
        return self._nodes.keys()

    def run_round(self) -> int:
        """Start a round; the run's id."""
        files = {
            "pyproject.toml": _PROJECT,
            "volens_round/__init__.py": b"",
            "volens_round/server_app.py": _SERVER,
            "volens_round/client_app.py": _CLIENT,
        }
        content = build_fab_from_files(files)[0]
        fab = Fab(hashlib.sha256(content).hexdigest(), content, {})
        return int(self._control.StartRun(StartRunRequest(fab=fab_to_proto(fab))).run_id)

    def is_over(self, run_id: int) -> bool:
        """Whether a round's program has ended, however it did."""
        found = self._control.ListRuns(ListRunsRequest(run_id=run_id)).run_dict.get(run_id)
        return found is None or found.status.status == _FINISHED

    def close(self) -> None:
        """End it, and what it started."""
        self._control.close()
        if not self.has_ended:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        self._signal(signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._output.close()

    def _signal(self, number: signal.Signals) -> None:
        """Tell it, and what it started, also after it was gone itself."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
