"""Sends n events with the published analytics.js in headless Chromium: send_browser.py <url> <browser key> <n> [page port].

The page and the client's own bundle are served from this machine, on an origin of their own (http://127.0.0.1:<page
port>), so the browser's cross-origin rules apply as they would in a shop.
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

BUNDLE = Path(__file__).parent / "node_modules/@segment/analytics-next/dist/umd"
PAGE = (
    """<!doctype html><title>A shop</title><link rel="icon" href="data:,"><script src="/index.js"></script>"""
)
SEND = """
async ([url, host, writeKey, n]) => {
  const [analytics] = await AnalyticsNext.AnalyticsBrowser.load(
    { writeKey, cdnURL: url },
    { integrations: { "Segment.io": { apiHost: host + "/v1", protocol: "http" } } },
  );
  const sent = [];
  for (let i = 0; i < n; i++) {
    const ctx = await analytics.track("Product Viewed", { product_id: `p-${i % 7}`, price: 10 + i });
    const { messageId, anonymousId, event } = ctx.event;
    sent.push({ messageId, anonymousId, event });
  }
  return sent;
}
"""
# Without these, Chromium looks for the world outside at every start.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Shop(SimpleHTTPRequestHandler):
    """Serves the page at / and the client's bundle beside it."""

    def do_GET(self) -> None:
        """Answer with the page or a file of the bundle."""
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives it
        """Say nothing."""


def main(url: str, write_key: str, n: int, page_port: int = 0) -> int:
    """Open the page, send, wait until every request was answered, print one line of JSON per event."""
    refused: list[str] = []
    shop = ThreadingHTTPServer(("127.0.0.1", page_port), partial(Shop, directory=str(BUNDLE)))
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as playwright:
            program = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
            page = browser.new_page()
            page.on("requestfailed", lambda request: refused.append(urlsplit(request.url).path))
            page.goto(f"http://127.0.0.1:{shop.server_port}/")
            sent = page.evaluate(SEND, [url, urlsplit(url).netloc, write_key, n])
            page.wait_for_load_state("networkidle")
            browser.close()
    finally:
        shop.shutdown()
        shop.server_close()
    for event in sent:
        print(json.dumps(event))
    if refused:
        print(f"not delivered: {sorted(set(refused))}", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *map(int, sys.argv[4:5])))
