"""`volens audit witness`: the witness that somebody else runs: the data protection officer, an auditor, a customer."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import told
from gateway.errors import DirectoryError

if TYPE_CHECKING:
    from audit import CosignatureSigner, NoteVerifier

_KEY_FILE = "witness.key"
_MOST_BYTES = 65_536


@told()
def run_witness(
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Directory for the witness's key and the checkpoints it has cosigned."
        ),
    ],
    logs: Annotated[
        list[Path],
        typer.Option(
            "--log",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="The key of a log to observe (log.vkey); several lines while its keys change. Repeat for more logs.",
        ),
    ],
    name: Annotated[
        str,
        typer.Option(
            "--name", help="The witness's name in cosignatures: unique in the world, never changed."
        ),
    ],
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="The port; 0 for any free one.")
    ] = 8090,
) -> None:
    """Cosign the checkpoints of other people's logs, as long as each continues the last one (c2sp.org/tlog-witness).

    Makes DIR and its key at the first start; a DIR with something else in it is refused.
    What it has cosigned is kept there: never start it with an older copy.
    """
    from gateway.edge.addresses import take_address
    from gateway.witness.serving import serve_witness

    _refuse_others(directory)
    known = [key for file in logs for key in _read_keys(file)]
    with closing(take_address(host, port)) as taken:
        signer = _signer(directory, name)
        typer.echo(f"witness   {signer.verifier.vkey}")
        typer.echo(f"listening {taken.getsockname()[1]}")
        serve_witness(directory, signer, known, taken)


def _refuse_others(directory: Path) -> None:
    """Leave a directory alone that has something in it, and no witness: a gateway's, say.

    Raises:
        DirectoryError: it is one.
    """
    try:
        is_others = any(directory.iterdir()) and not (directory / _KEY_FILE).is_file()
    except FileNotFoundError:
        return
    except OSError as exc:
        raise DirectoryError("the witness's directory cannot be used") from exc
    if is_others:
        raise DirectoryError("this directory is not empty, and no witness's: name another one")


def _signer(directory: Path, name: str) -> CosignatureSigner:
    import os

    from audit import CosignatureSigner
    from privacy import create_key_file, load_key_file

    directory.mkdir(0o700, parents=True, exist_ok=True)
    path = directory / _KEY_FILE
    seed = load_key_file(path) if path.exists() else create_key_file(path, os.urandom)
    return CosignatureSigner(name, seed)


def _read_keys(file: Path) -> list[NoteVerifier]:
    from audit import NoteVerifier

    try:
        with file.open("rb") as stream:
            lines = stream.read(_MOST_BYTES).decode().split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise DirectoryError("a file given as an option cannot be read") from exc
    return [NoteVerifier.from_vkey(line.strip()) for line in lines if line.strip()]
