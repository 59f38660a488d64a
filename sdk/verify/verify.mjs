#!/usr/bin/env node
// Checks an export of the log, offline, with Node.js alone:  node verify.mjs EXPORT [FILE WITH THE LOG'S KEYS]
// Exit code 0: whole, unaltered, in the log. 1: not. 3: sound so far, but rows in Parquet are for `volens audit verify`.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { question } from "./rows.mjs";
import { judgeOutside } from "./neighbours.mjs";
import { judge, need } from "./verifier.mjs";

const [folder, keyFile] = process.argv.slice(2);

function read(name) {
  need(lstatSync(join(folder, name)).isFile(), `${name} is no plain file`);
  const bytes = readFileSync(join(folder, name));
  try {
    if (name.endsWith(".json")) JSON.parse(bytes);
  } catch {
    throw new Error(`${name} was changed or cut off`);
  }
  return bytes;
}

try {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => !each.isDirectory());
  const present = entries.map((each) => relative(folder, join(each.parentPath ?? each.path, each.name)).replaceAll(sep, "/"));
  need(keyFile || present.includes("log.vkey"), "log.vkey is missing");
  const vkeys = (keyFile ? readFileSync(keyFile) : read("log.vkey")).toString();
  const { manifest, index, log, isRead } = judge(present, read, vkeys);
  const outside = judgeOutside(present.includes("neighbours.json") ? read("neighbours.json") : null, manifest, log, vkeys);
  const { first, until, rows, pruned } = manifest;
  console.log(`log    ${log.origin}, entry ${index} of ${log.size}`);
  console.log(`range  ${first} to ${until - 1}: ${rows} rows, ${until - first - rows} hidden`);
  console.log(`asked  ${question(manifest.query)}`);
  for (const { place, at } of outside.beside) console.log(`       entry ${place} beside it is of ${new Date(at * 1000).toISOString()}, which was not asked for`);
  if (!outside.isBounded) console.log("       whether something was asked for outside the range is not shown by this");
  if (pruned) console.log(`       entries below ${pruned.minimum} were published no more; entry ${pruned.announced} is said to announce it`);
  console.log(isRead ? "OK     whole, unaltered, and in the log" : "PARTLY the files are those the log names; their rows are for volens audit verify");
  process.exitCode = isRead ? 0 : 3;
} catch (failure) {
  console.error(`NOT    ${failure.message}`);
  process.exitCode = 1;
}
