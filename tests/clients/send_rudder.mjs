// Sends n events with the published RudderStack client for Node.js: node send_rudder.mjs <url> <write key> <n>
import rudder from "@rudderstack/rudder-sdk-node";
import { announce, eventOf, fail } from "./events.mjs";

const [url, writeKey, n] = process.argv.slice(2);
const RudderAnalytics = rudder.default ?? rudder;
const client = new RudderAnalytics(writeKey, {
  dataPlaneUrl: url, path: "/v1/batch", flushAt: 20, flushInterval: 200, logLevel: "error",
});
// One flush sends one batch at most, so each event's own callback tells when it is through.
const sent = [];
for (let i = 0; i < Number(n); i++) {
  const event = eventOf("rudder-node", i);
  sent.push(new Promise((resolve) => client.track(event, (error) => resolve(error && fail(error.code ?? error.message)))));
  announce(event);
}
await Promise.all(sent);
process.exit();
