// What lies beside the range of an export: that nothing of the time asked for lies outside it, as far as times in the log rise.
import { need, provenBy } from "./verifier.mjs";

const inTime = ({ since, before }, at) => at >= (since ?? 0) && at < (before ?? Infinity);

// One entry beside the range, with its proof; nothing where the log of then had none.
function judgeOne(place, shown, { query }, log, vkeys) {
  need((place === null) === (shown === null), "an entry beside the range is missing, or too many are there");
  if (place === null) return [];
  const entry = Buffer.from(shown.entry, "base64"), proven = provenBy(Buffer.from(shown.proof, "base64").toString(), entry, vkeys);
  const isThere = shown.index === place && proven.index === place && proven.log.size === log.size && proven.log.root.equals(log.root);
  need(isThere, "an entry beside the range stands somewhere else");
  const at = JSON.parse(entry).t;
  need(!inTime(query, at), `entry ${place} beside the range is of the time that was asked for`);
  return [{ place, at }];
}

// Whether it is shown that nothing asked for lies outside the range, and by which entries.
export function judgeOutside(text, manifest, log, vkeys) {
  const { first, until, query, log_size: size, pruned } = manifest;
  const before = first > (pruned?.minimum ?? 0) ? first - 1 : null, after = until < size ? until : null;
  const hasTimes = Number.isInteger(query.since) || Number.isInteger(query.before);
  if (text === null || !hasTimes) return { isBounded: before === null && after === null, beside: [] };
  const found = JSON.parse(text);
  need(found.format === "volens-neighbours/v1", "neighbours.json is of another version");
  return { isBounded: true, beside: [...judgeOne(before, found.before, manifest, log, vkeys), ...judgeOne(after, found.after, manifest, log, vkeys)] };
}
