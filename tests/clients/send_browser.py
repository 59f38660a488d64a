"""Makes calls with the published analytics.js in headless Chromium: send_browser.py <url> <browser key> [page port].

The calls stand on standard input. The page and the client's own bundle are served from this machine, on an origin of their own
(http://127.0.0.1:<page port>), so the browser's cross-origin rules apply as they would in a shop. The page knows the key and
the gateway's address; where to send to, analytics.js is told by the settings it loads from there.
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

from playwright.sync_api import Request, Response, sync_playwright

BUNDLE = Path(__file__).parent / "node_modules/@segment/analytics-next/dist/umd"
PAGE = (
    """<!doctype html><title>A shop</title><link rel="icon" href="data:,"><script src="/index.js"></script>"""
)
SEND = """
async ([cdnURL, writeKey, calls]) => {
  const [analytics] = await AnalyticsNext.AnalyticsBrowser.load({ writeKey, cdnURL });
  const make = {
    track: (call, options) => analytics.track(call.event, call.properties, options),
    page: (call, options) => analytics.page(call.category, call.name, call.properties, options),
    screen: (call, options) => analytics.screen(call.category, call.name, call.properties, options),
    identify: (call, options) => analytics.identify(call.userId, call.traits, options),
    group: (call, options) => analytics.group(call.groupId, call.traits, options),
    alias: (call, options) => analytics.alias(call.userId, call.previousId, options),
  };
  await Promise.all(calls.map((call) => {
    const { messageId, anonymousId, context } = call;
    const options = { messageId, context, timestamp: new Date(call.timestamp * 1000) };
    return make[call.type](call, anonymousId ? { ...options, anonymousId } : options);
  }));
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


def main(url: str, write_key: str, page_port: int = 0) -> int:
    """Open the page, make the calls, wait until every request was answered, and say whether everything was taken."""
    calls = [json.loads(line) for line in sys.stdin]
    failures: set[str] = set()
    shop = ThreadingHTTPServer(("127.0.0.1", page_port), partial(Shop, directory=str(BUNDLE)))
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    home = f"127.0.0.1:{shop.server_port}"

    def watch(request: Request) -> None:
        if urlsplit(request.url).netloc not in (home, urlsplit(url).netloc):
            failures.add("a request to somebody else")

    def judge(response: Response) -> None:
        if response.status not in (200, 204):
            failures.add(f"{urlsplit(response.url).path} {response.status}")

    try:
        with sync_playwright() as playwright:
            program = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
            page = browser.new_page()
            page.on("request", watch)
            page.on("response", judge)
            page.on("requestfailed", lambda request: failures.add(urlsplit(request.url).path))
            page.goto(f"http://{home}/")
            page.evaluate(SEND, [url, write_key, calls])
            page.wait_for_load_state("networkidle")
            browser.close()
    finally:
        shop.shutdown()
        shop.server_close()
    if failures:
        print(f"not delivered: {sorted(failures)}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:4])))
