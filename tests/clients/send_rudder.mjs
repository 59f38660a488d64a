// Makes calls with the published RudderStack client for Node.js: node send_rudder.mjs <url> <write key>, calls on standard input.
import rudder from "@rudderstack/rudder-sdk-node";
import { calls, fail } from "./plan.mjs";

const [url, writeKey] = process.argv.slice(2);
const RudderAnalytics = rudder.default ?? rudder;
const client = new RudderAnalytics(writeKey, {
  dataPlaneUrl: url, path: "/v1/batch", flushAt: 20, flushInterval: 200, logLevel: "error",
});
// One flush sends one batch at most, so each call's own callback tells when it is through.
const through = calls().map(({ type, call }) => new Promise((resolve) => {
  client[type](call, (error) => resolve(error && fail(error.code ?? error.message)));
}));
await Promise.all(through);
process.exit();
