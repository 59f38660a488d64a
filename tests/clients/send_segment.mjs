// Makes calls with the published Segment client for Node.js: node send_segment.mjs <url> <write key>, calls on standard input.
import { Analytics } from "@segment/analytics-node";
import { calls, fail } from "./plan.mjs";

const [url, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host: url, flushAt: 20, flushInterval: 200, maxRetries: 2 });
analytics.on("error", (error) => fail(error.code));
for (const { type, call } of calls()) analytics[type](call);
await analytics.closeAndFlush({ timeout: 30_000 });
