"""Makes calls with the published Segment client for Python: send_segment.py <url> <write key>, the calls on standard input."""

from __future__ import annotations

import sys

from python_calls import calls
from segment.analytics.client import Client


def main(url: str, write_key: str) -> int:
    """Make the calls, flush, and say whether everything was taken."""
    failures: list[object] = []
    client = Client(
        write_key, host=url, gzip=True, max_retries=2, upload_size=20, upload_interval=0.2,
        on_error=lambda error, batch: failures.append(type(error).__name__),
    )  # fmt: skip
    for method, arguments in calls():
        getattr(client, method)(**arguments)
    client.shutdown()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
