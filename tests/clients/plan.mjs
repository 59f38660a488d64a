// The calls to make: one line of JSON each on standard input (tests/clients/calls.py says what is in them).
import { readFileSync } from "node:fs";

export function calls() {
  const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => {
    const { type, timestamp, ...call } = JSON.parse(line);
    return { type, call: { ...call, timestamp: new Date(timestamp * 1000) } };
  });
}

export function fail(code) {
  console.error(`not delivered: ${code}`);
  process.exitCode = 1;
}
