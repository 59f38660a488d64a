"""`volens serve`: the server around the front, and a stop that loses nothing.

The port is taken before a store is opened: where it cannot be had, nothing was touched.
Order of a stop: no new connections, requests in flight finish and tell that their connections end, destinations settle, the last
snapshot, the last checkpoint.
Until everything is open a stop signal ends the process at once, which a start must stand anyway; from then on, in order.
"""

from __future__ import annotations

import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TextIO

import uvicorn
import uvloop

from gateway.bootstrap import open_gateway
from gateway.directory.listening import told_where
from gateway.edge.addresses import take_address
from gateway.edge.connections import ConnectionBounds, close_overdue, connections_possible
from gateway.edge.problems import ProblemWriter
from gateway.edge.short_protocol import protocol_with
from gateway.edge.shortcut import Shortcut
from gateway.edge.stopping import tell_clients
from gateway.settings.reading import Settings, load_settings
from gateway.stop_signals import heeding_signals, stop_with_input
from gateway.telemetry.journal import Happening
from gateway.wiring.front_assembly import Running


def serve(
    directory: Path,
    host: str | None = None,
    port: int | None = None,
    *,
    trust_clock: bool = False,
    with_input: bool = False,
) -> None:
    """Serve a data directory until something asks it to stop (`gateway.stop_signals`).

    Args:
        directory: made by `volens init`.
        host: the address to listen at; the configured one when None.
        port: the port, 0 for any free one; the configured one when None.
        trust_clock: believe the machine's clock although it stands before the log's last entry.
        with_input: stop also when standard input ends.

    Raises:
        AddressError: the address cannot be listened at.
        GatewayError, AuditError, ConsentError, PrivacyError: the directory cannot be served; nothing was.
    """
    settings = load_settings(directory)
    taken = take_address(host or settings.server.host, settings.server.port if port is None else port)
    with closing(taken):
        uvloop.run(_serve(taken, settings, trust_clock=trust_clock, with_input=with_input))


class _Server(uvicorn.Server):
    """A server whose stop ends the serving and nothing else.

    NOTE: uvicorn's own raises the signal again, which would end the process before the log is closed.
    """

    def __init__(self, config: uvicorn.Config, shortcut: Shortcut, on_stop: Callable[[], object]) -> None:
        """Call `on_stop` before requests in flight are waited for: streams would never end by themselves."""
        super().__init__(config)
        self._shortcut = shortcut
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop taking connections, tell those that there are, and end what is open."""
        self._on_stop()
        for server in self.servers:
            server.close()
        await tell_clients(self.server_state, self._shortcut)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: they are heeded before the serving begins, and until after its end."""
        yield

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop in order, also if it is not serving yet; a second SIGINT does not wait for requests in flight."""
        self.handle_exit(number, None)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; whoever keeps a request from coming to its end is looked for once."""
        if counter % 10 == 0:
            close_overdue(self.server_state.connections, monotonic())
        return await super().on_tick(counter)


async def _serve(taken: socket.socket, settings: Settings, *, trust_clock: bool, with_input: bool) -> None:
    bounds = ConnectionBounds(
        max_connections=connections_possible(settings.server.max_connections),
        request_seconds=settings.server.request_seconds,
        max_head_bytes=settings.server.max_head_bytes,
        problems=ProblemWriter(settings.server.problem_base_url),
    )
    with ExitStack() as until_closed:
        async with open_gateway(settings, trust_clock=trust_clock) as running:
            config, streams = _configured(running, settings, bounds), running.services.flags.streams
            server = _Server(config, running.shortcut, streams.end_all)
            until_closed.enter_context(heeding_signals(server.stop))
            if with_input:
                stop_with_input(server.stop)
            gc.freeze()
            gc.enable()
            host, port = taken.getsockname()[:2]
            running.services.journal.write(Happening.READY, port=port, count=bounds.max_connections)
            greet(sys.stdout, host, port)
            with told_where(settings.directory, host, port):
                await server.serve(sockets=[taken])
            running.services.journal.write(Happening.STOPPING)


def greet(terminal: TextIO | None, host: str, port: int) -> None:
    """Tell a person at a terminal where to go from here; whatever else standard output is, nothing is written to it.

    Nothing fails for it: standard output may be missing (None), and a terminal may be gone.
    """
    with suppress(OSError, ValueError):  # ValueError: it was closed
        if terminal is None or not terminal.isatty():
            return
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        terminal.write(
            f"Volens is ready at {url}: API {url}/docs, charts {url}/ops, portal {url}/portal. Ctrl-C stops it.\n"
        )
        terminal.flush()


def _configured(running: Running, settings: Settings, bounds: ConnectionBounds) -> uvicorn.Config:
    return uvicorn.Config(
        running.front,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.server.trusted_proxies),
        forwarded_allow_ips=list(settings.server.trusted_proxies),
        timeout_keep_alive=settings.server.keep_alive_seconds,
        timeout_graceful_shutdown=settings.server.shutdown_seconds,
        http=protocol_with(running.shortcut, bounds),
        ws="none",
    )
