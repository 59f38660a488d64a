// The rows of an export: read out of JSON lines, a page or CSV as they were handed out, and whether the question asks for them.
const PLAIN = [["&lt;", "<"], ["&gt;", ">"], ["&quot;", '"'], ["&#39;", "'"], ["&amp;", "&"]];
const unescaped = (cell) => PLAIN.reduce((text, [written, meant]) => text.replaceAll(written, meant), cell);

function ofLines(lines) {
  return lines.slice(0, -1).map((line) => /^\{"index":(\d+),"entry":(.*)\}$/.exec(line).slice(1));
}

function ofPage(lines) {
  const rows = lines.filter((line) => line.startsWith('<tr><th scope="row">'));
  return rows.map((row) => [/"row">(\d+)</.exec(row)[1], unescaped(/<code>([^<]*)<\/code><\/td><\/tr>$/.exec(row)[1])]);
}

function ofTable(lines) {
  return lines.slice(1, -1).map((line) => {
    const cells = [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map((found) => found[1].replaceAll('""', '"'));
    return [cells[0], cells.at(-1)];
  });
}

// Index and entry of every row of a file.
export function rowsIn(name, text) {
  const read = { jsonl: ofLines, html: ofPage, csv: ofTable }[name.split(".").pop()];
  return read(text.split("\n")).map(([index, entry]) => [Number(index), entry]);
}

// Whether an export of this manifest may have the file: of a part of its range, in its form, and not without entries.
export function belongs({ name, count }, { first, until, encoding }) {
  const [, folder, digits, form] = /^(rows|hidden)\/(\d{16})\.(\w+)$/.exec(name) ?? [];
  if (!folder) return name === "report.html" || name === "report.json";
  const begin = Number(digits), step = encoding === "html" ? 4096 : 65536;
  const beginsOne = begin === first || (first < begin && begin < until && begin % step === 0);
  return beginsOne && count > 0 && form === (folder === "rows" ? encoding : "hashes");
}

// The question in words.
export function question({ since, before, kinds, outcomes, purposes, sources, one_person: person }) {
  const time = (at) => (at === undefined || at === null ? "any time" : new Date(at * 1000).toISOString());
  const named = Object.entries({ kinds, outcomes, purposes, sources }).filter(([, values]) => values?.length);
  return [`${time(since)} to ${time(before)}`, ...named.map(([name, values]) => `${name} ${values.join(", ")}`), ...(person ? ["one person"] : [])].join("; ");
}

// Whether the question asks for an entry.
export function selects(query, e) {
  const outcomes = [e.o, ...(e.k === "withheld" ? Object.keys(e.n ?? {}).map((reason) => `withheld.${reason}`) : [])];
  const any = (wanted, found) => !wanted?.length || found.some((each) => wanted.includes(each));
  const inTime = e.t >= (query.since ?? 0) && e.t < (query.before ?? Infinity);
  const isOf = any(query.kinds, [e.k]) && any(query.purposes, e.p ?? []) && any(query.sources, [e.d?.source]);
  return inTime && isOf && any(query.outcomes, outcomes);
}
