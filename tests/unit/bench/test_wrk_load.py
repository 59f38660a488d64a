"""What wrk prints is read right, and what is not a good run is no number."""

from __future__ import annotations

import pytest

from bench.errors import LoadError
from bench.wrk_load import read_report

REPORT = """\
Running 4s test @ http://127.0.0.1:52705
  1 threads and 128 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    83.98ms  200.83ms   1.49s    92.94%
    Req/Sec     4.48k     1.61k    9.28k    78.95%
  Latency Distribution
     50%  526.00us
     75%   38.45ms
     90%  178.22ms
     99%    1.16s 
  17268 requests in 4.03s, 2.32MB read
Requests/sec:   4279.65
Transfer/sec:    589.32KB
"""  # noqa: W291 - wrk ends some of its lines with a space


def test_rate_and_waits_are_read_in_every_unit() -> None:
    load = read_report(REPORT, generator_busy=0.5)
    assert (load.requests_per_second, load.p50_ms, load.p99_ms) == (4279.65, 0.526, 1160.0)


@pytest.mark.parametrize(
    "line", ["  Non-2xx or 3xx responses: 7", "  Socket errors: connect 0, read 3, write 0, timeout 0"]
)
def test_a_run_with_bad_answers_is_refused(line: str) -> None:
    with pytest.raises(LoadError):
        read_report(REPORT + line, generator_busy=0.5)


@pytest.mark.parametrize("missing", ["Requests/sec", "99%"])
def test_half_a_report_is_refused(missing: str) -> None:
    half = "\n".join(line for line in REPORT.splitlines() if missing not in line)
    with pytest.raises(LoadError):
        read_report(half, generator_busy=0.5)
