// Judges an export of the log: whole, unaltered, in the log. Shares no line with the program that made it, and reads no file itself;
// the formats stand in docs/evidence.md and docs/audit-format.md. What does not hold is thrown as an Error that says it.
import { createHash, createPublicKey, verify } from "node:crypto";
import { belongs, rowsIn, selects } from "./rows.mjs";

const ED25519 = Buffer.from("302a300506032b6570032100", "hex"); // how such a key begins as SPKI (RFC 8410)
const OWN = ["manifest.json", "manifest.entry", "manifest.tlog-proof", "population.json", "log.vkey", "SHA256SUMS", "consistency.json"];
const sha = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const leafOf = (entry) => sha(Buffer.of(0), entry);
const nodeOf = (left, right) => sha(Buffer.of(1), left, right);
export const need = (holds, words) => { if (!holds) throw new Error(words); };
const unpacked = (texts) => texts.map((text) => Buffer.from(text, "base64"));

// The complete subtrees that cover the leaves [low, high): their levels, from left to right.
function covering(low, high) {
  const levels = [];
  for (; low < high; low += 2 ** levels.at(-1)) {
    let level = Math.floor(Math.log2(high - low));
    while (2 ** level > high - low || low % 2 ** level) level--;
    levels.push(level);
  }
  return levels;
}

// A tree that grows at its right end by complete subtrees (RFC 6962 section 2.1).
class Tree {
  size = 0;
  stack = [];
  add(level, hash) {
    need(hash?.length === 32 && this.size % 2 ** level === 0, "a hash stands where none can");
    for (let n = this.size / 2 ** level; n % 2 === 1; n = (n - 1) / 2) hash = nodeOf(this.stack.pop(), hash);
    this.stack.push(hash);
    this.size += 2 ** level;
  }
  root = () => this.stack.reduceRight((right, left) => nodeOf(left, right));
}

function rootByProof(leaf, index, size, hashes) {
  let hash = leaf;
  for (let last = size - 1; last > 0; index = Math.floor(index / 2), last = Math.floor(last / 2)) {
    if (index % 2 === 0 && index === last) continue;
    need(hashes.length > 0, "the proof is too short");
    hash = index % 2 ? nodeOf(hashes.shift(), hash) : nodeOf(hash, hashes.shift());
  }
  need(hashes.length === 0, "the proof is too long");
  return hash;
}

// What a signed note says of the log, if this key signed it: origin, size, root.
function checkpointOf(note, vkey) {
  const cut = note.lastIndexOf("\n\n"), text = note.slice(0, cut + 1);
  const [, name, id, key] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey.trim()) ?? [];
  const raw = Buffer.from(key ?? "", "base64"), known = sha(`${name}\n`, raw).toString("hex").startsWith(id);
  need(cut > 0 && raw.length === 33 && raw[0] === 1 && known, "no key of a log");
  const signer = createPublicKey({ key: Buffer.concat([ED25519, raw.subarray(1)]), format: "der", type: "spki" });
  const lines = note.slice(cut + 2).split("\n").filter((line) => line.startsWith(`\u2014 ${name} `));
  const ours = unpacked(lines.map((line) => line.split(" ")[2])).filter((each) => each.toString("hex", 0, 4) === id);
  const good = ours.length > 0 && ours.every((each) => verify(null, Buffer.from(text), signer, each.subarray(4)));
  const [origin, size, root, ...rest] = text.split("\n");
  need(good && origin === name && rest.length === 1, "the checkpoint is not signed by this key");
  return { origin, size: Number(size), root: Buffer.from(root, "base64") };
}

// The place of the manifest's entry, and the signed log that has it there.
function provenBy(proof, entry, vkey) {
  const [head, ...note] = proof.split("\n\n"), [title, place, ...hashes] = head.split("\n");
  need(title === "c2sp.org/tlog-proof@v1" && /^index \d+$/.test(place), "no proof file");
  const log = checkpointOf(note.join("\n\n"), vkey), index = Number(place.slice(6));
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

// `present`: the names of all files there; `read`: the bytes of one; `vkey`: the log's key, from elsewhere.
export function judge(present, read, vkey) {
  const bytes = read("manifest.json"), manifest = JSON.parse(bytes), entry = read("manifest.entry"), said = JSON.parse(entry);
  const known = new Set([...OWN, ...manifest.files.map((file) => file.name)]), fits = manifest.files.every((file) => belongs(file, manifest));
  need(manifest.format === "volens-export/v1" && fits && present.every((name) => known.has(name)), "a file that the manifest does not know");
  for (const { name, sha256 } of manifest.files) need(sha(read(name)).toString("hex") === sha256, `${name} was changed or cut off`);
  const { index, log } = provenBy(read("manifest.tlog-proof").toString(), entry, vkey), { first, until, rows } = manifest;
  const about = said.d?.manifest === sha(bytes).toString("hex") && said.d.first === first && said.d.until === until && said.d.rows === rows;
  need(said.k === "export" && about && manifest.log === log.origin, "the entry is about another export");
  if (manifest.encoding !== "parquet") judgeRows(manifest, log, read);
  return { manifest, index, log, isRead: manifest.encoding !== "parquet" };
}
