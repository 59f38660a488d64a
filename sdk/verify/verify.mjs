#!/usr/bin/env node
// Checks an export of the log, offline, with Node.js alone:  node verify.mjs EXPORT [FILE WITH THE LOG'S KEY]
// Shares no line with the program that made it; the formats stand in docs/evidence.md and docs/audit-format.md.
// Exit code 0: whole, unaltered, in the log. 1: not. 3: sound so far, but rows in Parquet are for `volens audit verify`.
import { createHash, createPublicKey, verify } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, keyFile] = process.argv.slice(2);
const sha = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const leafOf = (entry) => sha(Buffer.of(0), entry);
const nodeOf = (left, right) => sha(Buffer.of(1), left, right);
const need = (holds, words) => { if (!holds) throw new Error(words); };
const read = (name) => { const path = join(folder, name); need(lstatSync(path).isFile(), `${name} is no plain file`); return readFileSync(path); };

// The complete subtrees that cover the leaves [low, high): their levels, from left to right.
function covering(low, high) {
  const levels = [];
  while (low < high) {
    let level = Math.floor(Math.log2(high - low));
    while (2 ** level > high - low || low % 2 ** level) level--;
    levels.push(level);
    low += 2 ** level;
  }
  return levels;
}

// A tree that grows at its right end by complete subtrees.
class Tree {
  size = 0; stack = [];
  add(level, hash) {
    need(hash.length === 32 && this.size % 2 ** level === 0, "a hash stands where none can");
    for (let n = this.size / 2 ** level; n % 2 === 1; n = (n - 1) / 2) hash = nodeOf(this.stack.pop(), hash);
    this.stack.push(hash);
    this.size += 2 ** level;
  }
  root() { return this.stack.reduceRight((right, left) => nodeOf(left, right)); }
}

// The note's signature, and what it says of the log: origin, size, root.
function checkpointOf(note, vkey) {
  const cut = note.lastIndexOf("\n\n"), text = note.slice(0, cut + 1);
  const [, name, id, key] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey) ?? [];
  const raw = Buffer.from(key ?? "", "base64");
  need(cut > 0 && raw.length === 33 && raw[0] === 1 && sha(`${name}\n`, raw).toString("hex").startsWith(id), "no key of a log");
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw.subarray(1)]);
  const lines = note.slice(cut + 2).split("\n").filter((line) => line.startsWith(`\u2014 ${name} `));
  const ours = lines.map((line) => Buffer.from(line.split(" ")[2], "base64")).filter((each) => each.toString("hex", 0, 4) === id);
  const good = (each) => verify(null, Buffer.from(text), createPublicKey({ key: spki, format: "der", type: "spki" }), each.subarray(4));
  const [origin, size, root, ...rest] = text.split("\n");
  need(ours.length > 0 && ours.every(good) && origin === name && rest.length === 1, "the checkpoint is not signed by this key");
  return { origin, size: Number(size), root: Buffer.from(root, "base64") };
}

function rootByProof(leaf, index, size, hashes) {
  let [hash, last] = [leaf, size - 1], left = [...hashes];
  for (; last > 0; index = Math.floor(index / 2), last = Math.floor(last / 2)) {
    if (index % 2) hash = nodeOf(left.shift() ?? need(false, "the proof is too short"), hash);
    else if (index < last) hash = nodeOf(hash, left.shift() ?? need(false, "the proof is too short"));
  }
  need(left.length === 0, "the proof is too long");
  return hash;
}

// Index and entry of every row, out of the file as it was handed out.
function rowsIn(name) {
  const lines = read(name).toString("utf8").split("\n");
  if (name.endsWith(".jsonl")) return lines.slice(0, -1).map((line) => /^\{"index":(\d+),"entry":(.*)\}$/.exec(line).slice(1));
  const plain = (cell) => cell.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
  if (name.endsWith(".html"))
    return lines.filter((line) => line.startsWith('<tr><th scope="row">'))
      .map((line) => [/"row">(\d+)</.exec(line)[1], plain(/<code>([^<]*)<\/code><\/td><\/tr>$/.exec(line)[1])]);
  return lines.slice(1, -1).map((line) => {
    const cells = [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map((found) => found[1].replaceAll('""', '"'));
    return [cells[0], cells.at(-1)];
  });
}

function selects(query, e) {
  const reasons = Object.keys(e.n ?? {}).map((reason) => `withheld.${reason}`);
  const any = (wanted, found) => !wanted?.length || found.some((each) => wanted.includes(each));
  return e.t >= (query.since ?? 0) && e.t < (query.before ?? Infinity) && any(query.kinds, [e.k]) && any(query.purposes, e.p ?? [])
    && any(query.outcomes, e.k === "withheld" ? [e.o, ...reasons] : [e.o]) && any(query.sources, [e.d?.source]);
}

try {
  const bytes = read("manifest.json"), manifest = JSON.parse(bytes), { first, until, query, rows } = manifest;
  const own = ["manifest.json", "manifest.entry", "manifest.tlog-proof", "population.json", "log.vkey", "SHA256SUMS", "consistency.json"];
  const present = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => !each.isDirectory());
  const count = manifest.files.length + own.filter((name) => present.some((each) => each.name === name)).length;
  need(manifest.format === "volens-export/v1" && present.length === count, "a file that the manifest does not know");
  for (const file of manifest.files) need(sha(read(file.name)).toString("hex") === file.sha256, `${file.name} was changed or cut off`);

  const entry = read("manifest.entry"), said = JSON.parse(entry), [head, ...note] = read("manifest.tlog-proof").toString().split("\n\n");
  const vkey = (keyFile ? readFileSync(keyFile) : read("log.vkey")).toString().trim();
  const log = checkpointOf(note.join("\n\n"), vkey), [title, place, ...hashes] = head.split("\n");
  need(title === "c2sp.org/tlog-proof@v1" && /^index \d+$/.test(place), "no proof file");
  const index = Number(place.slice(6));
  const root = rootByProof(leafOf(entry), index, log.size, hashes.map((each) => Buffer.from(each, "base64")));
  need(index < log.size && root.equals(log.root) && manifest.log === log.origin, "the manifest's entry is not in the signed log");
  need(said.k === "export" && said.d.manifest === sha(bytes).toString("hex") && said.d.first === first && said.d.until === until
    && said.d.rows === rows, "the entry is about another export");

  const parquet = manifest.encoding === "parquet";
  if (!parquet) {
    const names = (folder) => manifest.files.map((file) => file.name).filter((name) => name.startsWith(folder)).sort();
    const shown = new Map(names("rows/").flatMap(rowsIn).map(([at, text]) => [Number(at), text]));
    const hidden = Buffer.concat(names("hidden/").map(read)), around = JSON.parse(read("population.json"));
    need(shown.size === rows && hidden.length === 32 * (until - first - rows), "rows or hashes are missing");
    for (const [at, text] of shown) need(selects(query, JSON.parse(text)), `row ${at} is none that was asked for`);
    const tree = new Tree(), take = (side) => around[side].map((each) => Buffer.from(each, "base64"));
    const add = (levels, hashes) => { need(levels.length === hashes.length, "wrong surroundings"); levels.forEach((level, n) => tree.add(level, hashes[n])); };
    add(covering(0, first), take("left"));
    for (let at = first, next = 0; at < until; at++)
      tree.add(0, shown.has(at) ? leafOf(shown.get(at)) : hidden.subarray(next, (next += 32)));
    add(covering(until, log.size), take("right"));
    need(tree.size === log.size && tree.root().equals(log.root), "rows and hidden hashes are not those of the signed log");
  }
  console.log(`log    ${log.origin}, entry ${index} of ${log.size}\nrange  ${first} to ${until - 1}: ${rows} rows, ${until - first - rows} hidden`);
  console.log(parquet ? "PARTLY the files are those the log names; their rows are for volens audit verify" : "OK     whole, unaltered, and in the log");
  process.exitCode = parquet ? 3 : 0;
} catch (failure) {
  console.error(`NOT    ${failure.message}`);
  process.exitCode = 1;
}
