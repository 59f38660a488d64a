"""`volens demo`: a gateway in a directory of its own, the story told to it, the proof at the end.

The gateway runs as a program of its own and is spoken to over HTTP only; what the demo shows, any app can
do. At the end it is stopped, its log is verified offline by `volens audit verify`, and unless told
otherwise it is started again, from what it had made durable, to serve until interrupted.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.callers.credentials import Credentials, load_credentials
from gateway.demo.errors import DemoError
from gateway.demo.material import Material, recorded_material, synthetic_material
from gateway.demo.narration import Narrator
from gateway.demo.server_process import ServerProcess
from gateway.demo.story import Story, chapters
from gateway.directory.init_directory import initialise
from gateway.edge.addresses import take_address
from gateway.replay import GatewayClient, Recording, parse_mapping
from gateway.settings.reading import SETTINGS_FILE
from gateway.stop_signals import stop_signals

LOG_NAME = "demo-gateway.log"

PAGE_NAME = "published-beside-truth.html"

SEED = 1

_HOST = "127.0.0.1"

_TRAIN_OFTEN = """
[model]
# The demo does not want to wait.
retrain_interval_seconds = 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What was asked for."""

    directory: Path | None = None
    """Where the data go; None makes a fresh temporary directory."""
    data: Path | None = None
    """A recording to play; None plays the synthetic shop."""
    items: Path | None = None
    """A CSV table of the recording's items; None looks for `items.csv` beside the recording."""
    event: str | None = None
    """What every row of the recording is, when no column says it."""
    mapping: str = ""
    """`ROLE=COLUMN,...`, for a recording whose columns have unusual names."""
    port: int = 8080
    """The port to serve on; 0 takes any free one."""
    serve: bool = True
    """Whether to go on serving at the end."""


def run_demo(options: DemoOptions, narrator: Narrator) -> int:
    """Run the demo from end to end.

    Returns:
        0 if everything went well and the log verifies, 1 if not.

    Raises:
        GatewayError: the demo cannot start or go on; what it started is stopped.
    """
    with _ended_by_signals():
        return _run(options, narrator)


def _run(options: DemoOptions, narrator: Narrator) -> int:
    port = _free_port(options.port)
    if options.directory is not None:
        _refuse_used(options.directory)
    material = _material(options, narrator)
    directory = options.directory or Path(tempfile.mkdtemp(prefix="volens-demo-")) / "data"
    narrator.title("Volens: personalisation with permission", material.label, material.candour)
    narrator.step("A gateway of its own is set up and started")
    narrator.fact("volens init", str(directory))
    initialise(directory)
    _train_often(directory)
    credentials = load_credentials(directory / "credentials.json")
    server = _start(directory, port, credentials, narrator)
    try:
        with GatewayClient(_url(port), credentials) as client:
            page = None if options.data else directory.parent / f"{directory.name}.{PAGE_NAME}"
            for chapter in chapters(Story(material, client, narrator, page)):
                chapter()
    finally:
        code = server.stop()
    if code != 0:
        raise DemoError(f"the gateway ended with exit code {code}")
    verified = _verify(directory, narrator)
    if options.serve:
        _serve(directory, port, credentials, narrator)
    else:
        narrator.fact("to go on", f"volens serve {directory}")
    return 0 if verified else 1


def _material(options: DemoOptions, narrator: Narrator) -> Material:
    if options.data is None:
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        return synthetic_material(seed=SEED, until=now)
    beside = options.data.parent / "items.csv"
    items = options.items or (beside if beside.is_file() else None)
    with narrator.waiting("reading the recording"):
        recording = Recording(options.data, parse_mapping(options.mapping), options.event)
        return recorded_material(recording, items, seed=SEED)


def _free_port(wanted: int) -> int:
    """The wanted port, or any free one for 0.

    Raises:
        AddressError: it cannot be had.
    """
    with closing(take_address(_HOST, wanted)) as taken:
        return int(taken.getsockname()[1])


def _refuse_used(directory: Path) -> None:
    if directory.is_symlink() or (
        directory.exists() and not (directory.is_dir() and not any(directory.iterdir()))
    ):
        raise DemoError(
            "the demo needs a directory of its own: name one with --dir that is empty or not there yet"
        )


def _train_often(directory: Path) -> None:
    """Let the demo's gateway train every two seconds, so that nobody has to wait for the first model."""
    with (directory / SETTINGS_FILE).open("a") as settings:
        settings.write(_TRAIN_OFTEN)


def _start(directory: Path, port: int, credentials: Credentials, narrator: Narrator) -> ServerProcess:
    log_file = directory.parent / f"{directory.name}.{LOG_NAME}"
    server = ServerProcess(directory, _HOST, port, log_file)
    try:
        with GatewayClient(_url(port), credentials) as client:
            seconds = server.wait_until_ready(client.is_ready)
    except BaseException:
        server.stop()
        narrator.fact("its log", str(log_file))
        raise
    narrator.fact("volens serve", f"{_url(port)} (ready after {seconds:.1f} s)")
    narrator.fact("its log", str(log_file))
    return server


def _verify(directory: Path, narrator: Narrator) -> bool:
    """Verify offline, as an auditor would."""
    narrator.step("The gateway is stopped; an auditor verifies its log, every byte")
    narrator.fact("command", f"volens audit verify {directory}")
    command = [sys.executable, "-m", "gateway", "audit", "verify", str(directory)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    for line in (found.stdout + found.stderr).splitlines():
        narrator.say(line)
    return found.returncode == 0


def _serve(directory: Path, port: int, credentials: Credentials, narrator: Narrator) -> None:
    """Start again and serve until interrupted."""
    narrator.step("It is started again, with everything it knew")
    server = _start(directory, port, credentials, narrator)
    for label, path in (("interface", "/docs"), ("log", "/log/checkpoint"), ("metrics", "/metrics")):
        narrator.fact(label, _url(port) + path)
    narrator.fact("credentials", str(directory / "credentials.json"))
    narrator.say("Serving. Ctrl-C stops.", "bold")
    _until_interrupted(server.wait)
    if (code := server.stop()) != 0:
        raise DemoError(f"the gateway ended with exit code {code}")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal end the demo as Ctrl-C does, so that no gateway is left behind."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in stop_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _until_interrupted(wait: Callable[[], int]) -> None:
    try:
        wait()
    except KeyboardInterrupt:
        return


def _url(port: int) -> str:
    return f"http://{_HOST}:{port}"
