// Sends n events with the published Segment client for Node.js: node send_segment.mjs <url> <write key> <n>
import { Analytics } from "@segment/analytics-node";
import { announce, eventOf, fail } from "./events.mjs";

const [url, writeKey, n] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host: url, flushAt: 20, flushInterval: 200, maxRetries: 2 });
analytics.on("error", (error) => fail(error.code));
for (let i = 0; i < Number(n); i++) {
  const event = eventOf("segment-node", i);
  analytics.track(event);
  announce(event);
}
await analytics.closeAndFlush({ timeout: 30_000 });
