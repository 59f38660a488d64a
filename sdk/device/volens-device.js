// Ranks items on the device, with a model that devices learnt together. What a person looked at never leaves it.
//
//   import { openDevice } from "./volens-device.js";
//   const device = await openDevice({ url: "https://volens.example/v1/models/items", key: "<x of /v1/models>" });
//   await device.refresh();                          // the same request for everybody; offline it does nothing
//   await device.remember("coffee");                 // kept in IndexedDB, here
//   const slate = await device.rank({ limit: 10 });  // [{ id, score }, ...]: the same as the gateway would say
//   await device.forget();
//
// - One ES module, no dependencies, no build, no server's code. All it ever sends is a GET of the model, without credentials.
// - A model is used only if the signature holds (Ed25519), its bytes are the ones that were signed, it has not run out, and it is not
//   older in the log than one that was here before.
// - All arithmetic is on whole numbers below 2**53, so every device and the gateway come to the same slate.

const DOMAIN = "volens federated 1 model\0";
const FORMAT = "volens-fedgram/1";
const MOST_REMEMBERED = 500;
const MOST_BYTES = 8 << 20;

/** The model cannot be used; `reason` is one of: signature, content, format, expired, older, name. */
export class ModelError extends Error {
  constructor(reason) {
    super(`the model cannot be used: ${reason}`);
    this.name = "ModelError";
    this.reason = reason;
  }
}

const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const fromBase64Url = (text) => fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
const toHex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const now = () => Math.floor(Date.now() / 1000);

/** Take a bundle apart and check it. `key`: Ed25519 public key, base64url. Returns { statement, model }. */
export async function readBundle(bundle, key) {
  const bytes = new Uint8Array(bundle);
  const first = bytes.indexOf(10);
  const second = bytes.indexOf(10, first + 1);
  if (first < 0 || second < 0) throw new ModelError("format");
  const line = bytes.subarray(0, first);
  const artefact = bytes.subarray(second + 1);
  const signed = new Uint8Array([...new TextEncoder().encode(DOMAIN), ...line]);
  let holds = false;
  try {
    const signature = fromBase64(new TextDecoder().decode(bytes.subarray(first + 1, second)));
    const raw = fromBase64Url(key);
    const imported = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
    holds = await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, signed);
  } catch (error) {
    if (error.name === "NotSupportedError") throw error;
  }
  if (!holds) throw new ModelError("signature");
  const statement = JSON.parse(new TextDecoder().decode(line));
  const digest = toHex(await crypto.subtle.digest("SHA-256", artefact));
  if (statement.artefact !== digest || statement.bytes !== artefact.length) throw new ModelError("content");
  return { statement, model: readArtefact(artefact) };
}

/** Read an artefact, and check every bound that its arithmetic rests on. */
export function readArtefact(bytes) {
  let said;
  try {
    said = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (said.format !== FORMAT) throw new ModelError("format");
    const vectors = new Int8Array(fromBase64(said.vectors).buffer);
    const popularity = fromBase64(said.popularity);
    const view = new DataView(popularity.buffer);
    const count = said.items.length;
    const model = {
      items: said.items,
      numbers: new Map(said.items.map((id, number) => [id, number])),
      dimensions: said.dimensions,
      vectors,
      gains: said.gains,
      weights: fromBase64(said.weights),
      recency: said.recency,
      popularity: Array.from({ length: count }, (_, number) => view.getUint16(2 * number, true)),
      prior: said.prior,
    };
    const whole = (list, least, most) => list.every((each) => Number.isInteger(each) && least <= each && each <= most);
    const right =
      count > 0 && count <= 2048 && model.numbers.size === count && popularity.length === 2 * count &&
      model.dimensions >= 1 && model.dimensions <= 32 && vectors.length === count * model.dimensions &&
      vectors.every((value) => value >= -127) && model.gains.length === model.dimensions && whole(model.gains, 0, 1023) &&
      model.weights.length === count && model.weights.every((value) => value <= 127) &&
      model.recency.length >= 1 && model.recency.length <= 64 && whole(model.recency, 1, 1023) &&
      whole([model.prior], 0, 2 ** 31);
    if (!right) throw new ModelError("format");
    return model;
  } catch (error) {
    throw error instanceof ModelError ? error : new ModelError("format");
  }
}

/** The best items for a history ([{ item, at }, ...]), each with its score; without a history, the most popular ones. */
export function rank(model, history, { limit = 10, exclude = [], again = false, at = now() } = {}) {
  const recent = latest(model, history, at);
  const own = new Array(model.dimensions).fill(0);
  recent.forEach((number, place) => {
    for (let k = 0; k < model.dimensions; k += 1) {
      own[k] += model.recency[place] * model.vectors[number * model.dimensions + k];
    }
  });
  const scores = model.items.map((_, number) => {
    let likeness = 0;
    for (let k = 0; k < model.dimensions; k += 1) {
      likeness += model.vectors[number * model.dimensions + k] * (model.gains[k] * own[k]);
    }
    return model.prior * model.popularity[number] + model.weights[number] * likeness;
  });
  const out = new Set(exclude.map((id) => model.numbers.get(id)));
  if (!again) recent.forEach((number) => out.add(number));
  const order = model.items.map((_, number) => number).filter((number) => !out.has(number));
  order.sort((a, b) => scores[b] - scores[a] || model.popularity[b] - model.popularity[a] || a - b);
  return order.slice(0, limit).map((number) => ({ id: model.items[number], score: scores[number] }));
}

function latest(model, history, at) {
  const found = new Set();
  const ordered = history.map((visit, place) => ({ ...visit, place })).sort((a, b) => b.at - a.at || b.place - a.place);
  for (const visit of ordered) {
    const number = model.numbers.get(visit.item);
    if (number === undefined || visit.at > at) continue;
    found.add(number);
    if (found.size === model.recency.length) break;
  }
  return [...found];
}

/** Open what this device keeps. `url`: of the model; `key`: Ed25519 public key that signs models, base64url. */
export async function openDevice({ url, key, name = "items", database = "volens-device" }) {
  const kept = await openKept(database);
  let held = null;

  const takeUp = async (bundle) => {
    const read = await readBundle(bundle, key);
    if (read.statement.name !== name) throw new ModelError("name");
    if (read.statement.expires_at <= now()) throw new ModelError("expired");
    return read;
  };

  return {
    /** Fetch the model if there is a newer one. Returns whether there was; offline, false. */
    async refresh() {
      let answer;
      try {
        answer = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-cache" });
      } catch {
        return false;
      }
      if (!answer.ok) return false;
      const bundle = await answer.arrayBuffer();
      if (bundle.byteLength > MOST_BYTES) throw new ModelError("format");
      const read = await takeUp(bundle);
      const newest = (await kept.get("model", "index")) ?? -1;
      if (read.statement.log.index < newest) throw new ModelError("older");
      const fresh = read.statement.log.index > newest;
      await kept.put("model", "bundle", bundle);
      await kept.put("model", "index", read.statement.log.index);
      held = read;
      return fresh;
    },
    /** What is said of the model that is used: version, card, until when. None before the first `refresh`. */
    async statement() {
      return (await this.model())?.statement ?? null;
    },
    /** The model that is used, checked again when it is read from where it is kept. */
    async model() {
      if (held === null) {
        const bundle = await kept.get("model", "bundle");
        if (bundle !== undefined) held = await takeUp(bundle);
      }
      if (held !== null && held.statement.expires_at <= now()) throw new ModelError("expired");
      return held;
    },
    /** Remember that the person looked at something: here, and nowhere else. */
    async remember(item, at = now()) {
      const visits = [...(await this.history()), { item: String(item), at }].slice(-MOST_REMEMBERED);
      await kept.put("history", "visits", visits);
    },
    /** What is remembered, the oldest first. */
    async history() {
      return (await kept.get("history", "visits")) ?? [];
    },
    /** Forget all of it. The model stays: nobody is in it alone. */
    async forget() {
      await kept.remove("history", "visits");
    },
    /** The best items for what is remembered. Nothing is sent. */
    async rank(options = {}) {
      const used = await this.model();
      return used === null ? [] : rank(used.model, await this.history(), options);
    },
  };
}

async function openKept(database) {
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("model");
    opening.result.createObjectStore("history");
  };
  const opened = await done(opening);
  const store = (name, mode) => opened.transaction(name, mode).objectStore(name);
  return {
    get: (name, id) => done(store(name, "readonly").get(id)),
    put: (name, id, value) => done(store(name, "readwrite").put(value, id)),
    remove: (name, id) => done(store(name, "readwrite").delete(id)),
  };
}
