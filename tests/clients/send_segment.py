"""Sends n events with the published Segment client for Python: send_segment.py <url> <write key> <n>."""

from __future__ import annotations

import json
import sys

from segment.analytics.client import Client


def main(url: str, write_key: str, n: int) -> int:
    """Send, flush, and print one line of JSON per event."""
    failures: list[object] = []
    client = Client(
        write_key, host=url, gzip=True, max_retries=2, upload_size=20, upload_interval=0.2,
        on_error=lambda error, batch: failures.append(type(error).__name__),
    )  # fmt: skip
    for i in range(n):
        event = {"messageId": f"segment-python-{i}", "userId": f"shopper-{i % 10}", "event": "Product Viewed"}
        properties = {
            "product_id": f"p-{i % 7}",
            "price": 10 + i,
            "not_in_the_policy": f"canary-segment-python-{i}",
        }
        client.track(event["userId"], event["event"], properties, message_id=event["messageId"])
        print(json.dumps(event))
    client.shutdown()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
