"""What runs for a process ends with it, also with one that was killed and so could end nothing itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.fleet_server import link_guard

GUARD = str(Path(link_guard.__file__))
CHILD = (
    "import os, subprocess, sys, time\n"
    "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "open(sys.argv[1] + '.new', 'w').write(f'{os.getpid()} {inner.pid}')\n"
    "os.rename(sys.argv[1] + '.new', sys.argv[1])\n"
    "time.sleep(600)\n"
)
PARENT = (
    "import subprocess, sys, time\n"
    "subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)\n"
    "time.sleep(600)\n"
)


def wait_for(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def started(place: Path) -> list[int]:
    wait_for(place.exists)
    return [int(each) for each in place.read_text().split()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_all_of_it_ends_when_whoever_started_it_is_gone(tmp_path, number):
    said = tmp_path / "said"
    guarded = [sys.executable, "-I", GUARD, sys.executable, "-c", CHILD, str(said)]
    parent = subprocess.Popen([sys.executable, "-c", PARENT, *guarded])
    pids = started(said)
    assert all(map(is_there, pids))
    parent.send_signal(number)
    assert parent.wait(60) == -number
    wait_for(lambda: not any(map(is_there, pids)))


def test_what_ends_by_itself_ends_the_guard_with_the_same_code():
    command = [sys.executable, "-I", GUARD, sys.executable, "-c", "raise SystemExit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as guard:
        assert guard.wait(60) == 7


def test_the_group_is_told_to_end_and_the_guard_waits_for_what_it_runs(tmp_path):
    said = tmp_path / "said"
    command = [sys.executable, "-I", GUARD, sys.executable, "-c", CHILD, str(said)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as guard:
        pids = started(said)
        os.killpg(guard.pid, signal.SIGTERM)
        assert guard.wait(60) == 256 - signal.SIGTERM
        wait_for(lambda: not any(map(is_there, pids)))
