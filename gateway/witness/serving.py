"""`volens audit witness`: the server around the witness. One process, one directory; ends on SIGTERM and SIGINT."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import uvicorn

from audit import CosignatureSigner, NoteVerifier
from gateway.clock import Clock
from gateway.witness.application import build_witness
from gateway.witness.desk import WitnessDesk
from gateway.witness.seen import SeenFiles

_MAX_CONNECTIONS = 256
_IDLE_SECONDS = 30


def serve_witness(
    directory: Path, signer: CosignatureSigner, logs: Sequence[NoteVerifier], taken: socket.socket
) -> None:
    """Serve until told to stop.

    Args:
        directory: where it keeps what it saw.
        signer: its key.
        logs: whom it observes.
        taken: where it listens.

    Raises:
        LockedError: another process has the directory.
    """
    with closing(SeenFiles(directory)) as seen:
        vkey = signer.verifier.vkey
        desk = WitnessDesk(signer, logs, seen, Clock().wall)
        config = uvicorn.Config(
            build_witness(desk, vkey),
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            limit_concurrency=_MAX_CONNECTIONS,
            timeout_keep_alive=_IDLE_SECONDS,
            ws="none",
        )
        uvicorn.Server(config).run(sockets=[taken])
