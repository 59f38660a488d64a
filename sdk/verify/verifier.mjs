// Judges an export of the log: whole, unaltered, in the log. Shares no line with the program that made it, and reads no file itself;
// the formats stand in docs/evidence.md and docs/audit-format.md. What does not hold is thrown as an Error that says it.
import { createHash, createPublicKey, verify } from "node:crypto";
import { belongs, rowsIn, selects } from "./rows.mjs";
const ED25519 = Buffer.from("302a300506032b6570032100", "hex"); // how such a key begins as SPKI (RFC 8410)
const OWN = ["manifest.json", "manifest.entry", "manifest.tlog-proof", "population.json", "log.vkey"];
const MORE = ["SHA256SUMS", "consistency.json", "neighbours.json"]; // may be missing
const sha = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const [leafOf, nodeOf] = [(entry) => sha(Buffer.of(0), entry), (left, right) => sha(Buffer.of(1), left, right)];
export const need = (holds, words) => { if (!holds) throw new Error(words); };
const exact = (part, text) => need(part.toString("base64") === text, "a hash or a signature was changed or cut off") ?? part;
const unpacked = (texts) => texts.map((text) => exact(Buffer.from(text, "base64"), text));

// The complete subtrees that cover the leaves [low, high): their levels, from left to right.
function covering(low, high, levels = []) {
  for (; low < high; low += 2 ** levels.at(-1)) {
    levels.push(Math.floor(Math.log2(high - low)));
    while (2 ** levels.at(-1) > high - low || low % 2 ** levels.at(-1)) levels[levels.length - 1]--;
  }
  return levels;
}

// A tree that grows at its right end by complete subtrees (RFC 6962 section 2.1).
class Tree {
  size = 0; stack = [];
  add(level, hash) {
    need(hash?.length === 32 && this.size % 2 ** level === 0, "a hash stands where none can");
    for (let n = this.size / 2 ** level; n % 2 === 1; n = (n - 1) / 2) hash = nodeOf(this.stack.pop(), hash);
    this.stack.push(hash);
    this.size += 2 ** level;
  }
  root = () => this.stack.reduceRight((right, left) => nodeOf(left, right));
}

function rootByProof(hash, index, size, hashes) {
  for (let last = size - 1; last > 0; index = Math.floor(index / 2), last = Math.floor(last / 2)) {
    if (index % 2 === 0 && index === last) continue;
    need(hashes.length > 0, "the proof is too short");
    hash = index % 2 ? nodeOf(hashes.shift(), hash) : nodeOf(hash, hashes.shift());
  }
  need(hashes.length === 0, "the proof is too long");
  return hash;
}

// A key of the log, as a line of the key file has it.
function keyOf(line) {
  const [, name, id, key] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(line.trim()) ?? [], raw = Buffer.from(key ?? "", "base64");
  need(raw.length === 33 && raw[0] === 1 && sha(`${name}\n`, raw).toString("hex").startsWith(id), "a line of the key file is no key of a log");
  return { name, id, signer: createPublicKey({ key: Buffer.concat([ED25519, raw.subarray(1)]), format: "der", type: "spki" }) };
}

// What a signed note says of the log, if one of these keys signed it: origin, size, root.
function checkpointOf(note, vkeys) {
  const cut = note.lastIndexOf("\n\n"), text = note.slice(0, cut + 1), [origin, size, root, ...rest] = text.split("\n");
  const lines = note.slice(cut + 2).split("\n"), signatures = unpacked(lines.slice(0, -1).map((line) => line.split(" ")[2] ?? ""));
  const of = ({ name, id }) => signatures.filter((each, at) => lines[at].startsWith(`\u2014 ${name} `) && each.toString("hex", 0, 4) === id);
  const keys = vkeys.trim().split("\n").map(keyOf).filter((key) => key.name === origin && of(key).length > 0);
  const good = keys.every((key) => of(key).every((each) => verify(null, Buffer.from(text), key.signer, each.subarray(4))));
  need(cut > 0 && lines.at(-1) === "" && rest.length === 1 && good && keys.length, "the checkpoint was cut off, or not signed by this key");
  return { origin, size: Number(size), root: unpacked([root])[0] };
}

// The place of the manifest's entry, and the signed log that has it there.
export function provenBy(proof, entry, vkeys) {
  const [head, ...note] = proof.split("\n\n"), [title, place, ...hashes] = head.split("\n");
  need(title === "c2sp.org/tlog-proof@v1" && /^index (0|[1-9]\d*)$/.test(place), "no proof file");
  const log = checkpointOf(note.join("\n\n"), vkeys), index = Number(place.slice(6));
  const root = index < log.size ? rootByProof(leafOf(entry), index, log.size, unpacked(hashes)) : log.root;
  need(index < log.size && root.equals(log.root), "the manifest's entry is not in the signed log");
  return { index, log };
}

// Rows and hidden hashes, with the hashes around them, must be the signed log.
function judgeRows({ first, until, query, rows, files }, log, read) {
  const named = (folder) => files.map((file) => file.name).filter((name) => name.startsWith(folder)).sort();
  const listed = named("rows/").flatMap((name) => rowsIn(name, read(name).toString("utf8")));
  const shown = new Map(listed), hidden = Buffer.concat(named("hidden/").map(read)), around = JSON.parse(read("population.json"));
  need(listed.length === rows && shown.size === rows && hidden.length === 32 * (until - first - rows), "rows or hashes are missing");
  for (const [at, text] of shown) need(selects(query, JSON.parse(text)), `row ${at} is none that was asked for`);
  const tree = new Tree(), [left, right] = [unpacked(around.left), unpacked(around.right)];
  covering(0, first).forEach((level) => tree.add(level, left.shift()));
  for (let at = first, next = 0; at < until; at++)
    tree.add(0, shown.has(at) ? leafOf(shown.get(at)) : hidden.subarray(next, (next += 32)));
  covering(until, log.size).forEach((level) => tree.add(level, right.shift()));
  need(left.length + right.length === 0 && tree.root().equals(log.root), "rows and hidden hashes are not those of the signed log");
}

// `present`: the names of all files there; `read`: the bytes of one; `vkeys`: the log's keys, a line each, from elsewhere.
export function judge(present, read, vkeys) {
  for (const name of OWN) need(present.includes(name), `${name} is missing`);
  const bytes = read("manifest.json"), manifest = JSON.parse(bytes), entry = read("manifest.entry"), said = JSON.parse(entry);
  const known = new Set(OWN.concat(MORE, manifest.files.map((file) => file.name))), fits = manifest.files.every((file) => belongs(file, manifest));
  need(manifest.format === "volens-export/v1" && fits && present.every((name) => known.has(name)), "a file that the manifest does not know");
  for (const { name, sha256 } of manifest.files) need(sha(read(name)).toString("hex") === sha256, `${name} was changed or cut off`);
  const { index, log } = provenBy(read("manifest.tlog-proof").toString(), entry, vkeys), { first, until, rows } = manifest;
  const about = said.d?.manifest === sha(bytes).toString("hex") && said.d.first === first && said.d.until === until && said.d.rows === rows;
  need(said.k === "export" && about && manifest.log === log.origin, "the entry is about another export");
  if (manifest.encoding !== "parquet") judgeRows(manifest, log, read);
  return { manifest, index, log, isRead: manifest.encoding !== "parquet" };
}
