// Asks people what their data may be used for, and writes what they say. docs/banner.md tells how a page uses it.
//
//   <script defer src="https://volens.example/banner/v1.js" data-key="WRITE_KEY" data-token-url="/consent-token"></script>
//
// - It writes with a token that the app's server fetched for this one person; the write key only reads the texts.
// - Nothing is written, and no event is sent, unless a person clicked; scripted clicks do not count.
// - Who asks and for what stands before any button; what each purpose means, below them, open. What is used, how long and who
//   sees it is one step further, and the whole notice a link.
// - Refusing and accepting are two buttons of one look, one click each. No box is ticked beforehand.
// - No dependencies, no cookies, no inline style or script, no HTML from strings.
(() => {
  "use strict";
  if (window.volensBanner) return;
  const script = document.currentScript;
  const { key, token, tokenUrl, locale, ask, notice: whole, analytics = "analytics" } = script.dataset;
  const home = script.src.replace(/banner\/v1\.js.*$/, "");
  const language = locale || document.documentElement.lang || navigator.language || "";
  const LATER = "volens-banner-later";
  const STYLE = `
:host{all:initial;--back:#fff;--text:#16181d;--soft:#4a4f5a;--line:#80858f;--act:#1d4ed8;--on:#fff;--bad:#a30f0f;
color-scheme:light dark;font:16px/1.5 system-ui,sans-serif;color:var(--text)}
@media(prefers-color-scheme:dark){:host{--back:#1b1d22;--text:#f2f3f5;--soft:#c3c7cf;--line:#8d929c;--act:#a8c4ff;
--on:#10131a;--bad:#ffb4ab}}
dialog{position:fixed;inset:auto 0 1rem;margin:0 auto;box-sizing:border-box;width:min(40rem,calc(100vw - 2rem));
max-height:min(calc(100vh - 2rem),42rem);overflow:auto;z-index:2147483647;padding:1.25rem;color:inherit;background:var(--back);
border:1px solid var(--line);border-radius:.75rem;box-shadow:0 .5rem 2rem #0006}
dialog::backdrop{background:#0009}
h2{font-size:1.25rem;line-height:1.3;margin:0 2.75rem .5rem 0}
p{margin:0 0 1rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem}
button{font:inherit;color:inherit;cursor:pointer;border-radius:.5rem;min-height:2.75rem;padding:.5rem 1rem;
background:var(--back);border:1px solid var(--line)}
.choice{width:100%;font-weight:600;color:var(--on);background:var(--act);border-color:var(--act)}
.close{position:absolute;top:.75rem;right:.75rem;min-width:2.75rem;padding:0;border-color:transparent}
h3{font-size:1rem;margin:1.25rem 0 .75rem}
summary{cursor:pointer}
ul{list-style:none;margin:0;padding:0}
li{display:grid;grid-template-columns:1.5rem 1fr;gap:.25rem .75rem;margin:0 0 1rem}
input{width:1.25rem;height:1.25rem;margin:.15rem 0 0;accent-color:var(--act)}
li>:not(input,label){grid-column:2;margin:0}
li p,dd{color:var(--soft)}
li summary{padding:.25rem 0;text-decoration:underline;text-underline-offset:.2em}
dl,dd{margin:0 0 .5rem}
dt{font-weight:600}
.who p{margin:0 0 .5rem}
a{color:inherit}
label{font-weight:600}
[role=alert]{margin:0;color:var(--bad)}
[role=alert]:not(:empty){margin-top:1rem}
.door{position:fixed;left:1rem;bottom:1rem;z-index:2147483646}
.said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
h2:focus{outline:0}
[hidden]{display:none}`;

  let bearer = token;
  let notice, state, dialog, door, said, busy;
  const listeners = [];
  const boxes = new Map();

  const make = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const read = async (url, options) => {
    const answer = await fetch(url, { referrerPolicy: "origin", ...options });
    if (answer.ok) return answer.json();
    if (answer.body) answer.body.cancel(); // what nobody reads keeps the browser's connection
    throw Object.assign(new Error("volens banner: " + answer.status), { status: answer.status });
  };

  // The token of this person; a new one when the last has run out.
  const authorise = async () => {
    if (!bearer && tokenUrl) {
      bearer = (await read(tokenUrl, { method: "POST", credentials: "same-origin" })).access_token;
    }
    if (!bearer) throw new Error("volens banner: no token");
  };

  const send = async (path, body, again = true) => {
    await authorise();
    const headers = { authorization: "Bearer " + bearer, "content-type": "application/json" };
    try {
      return await read(home + path, { method: "POST", headers, body: JSON.stringify(body), credentials: "omit" });
    } catch (error) {
      if (error.status !== 401 || !tokenUrl || !again) throw error;
      bearer = undefined;
      return send(path, body, false);
    }
  };

  const gpc = () => navigator.globalPrivacyControl === true || state.gpc;
  const stopped = (purpose) => purpose.gpc_sensitive && gpc();
  const promptOf = (purpose) => state.prompts.find((each) => each.purpose === purpose.id) || {};
  const given = (purpose) => promptOf(purpose).permitted === true && !stopped(purpose);
  const shown = () =>
    notice.purposes.filter((each) => (ask ? ask.split(/[\s,]+/).includes(each.id) : each.kind === "purpose"));

  // Consent categories as analytics.js knows them: on where at least one of their purposes is given.
  const categories = () => {
    const found = {};
    for (const purpose of notice.purposes) {
      for (const name of purpose.categories) found[name] = found[name] || given(purpose);
    }
    return found;
  };

  const tell = () => {
    const categoryPreferences = categories();
    if (listeners.length) {
      for (const listener of listeners) listener({ ...categoryPreferences });
    } else if (window[analytics] && window[analytics].track) {
      const context = { consent: { version: 2, categoryPreferences } };
      window[analytics].track("Segment Consent Preference Updated", {}, { context });
    }
  };

  // The way back to the question, unless the page has one of its own.
  const leave = () => {
    door.hidden = document.querySelector("[data-volens-open]") !== null;
  };

  const later = () => {
    try {
      sessionStorage.setItem(LATER, "1");
    } catch {} // a page may not store anything: then the next page asks again
    dialog.close();
  };

  const answer = async (event, choose) => {
    if (!event.isTrusted || busy) return;
    busy = true;
    const problem = dialog.querySelector("[role=alert]");
    problem.textContent = "";
    const answers = {};
    for (const purpose of shown()) if (!stopped(purpose)) answers[purpose.id] = choose(purpose);
    const { notice_version, locale, ui_variant } = notice;
    const body = { answers, method: "banner", locale, notice_version, ui_variant, gpc: gpc() };
    try {
      if (Object.keys(answers).length) state = await send("v1/prompts/answers", body);
      dialog.close();
      said.textContent = notice.words.saved;
      tell();
    } catch {
      await load().catch(() => {}); // some of it may be written, or the notice has changed: what holds now is known again
      problem.textContent = notice.words.failed; // and no sooner: until then nothing can be answered
    } finally {
      busy = false;
    }
  };

  const row = (purpose) => {
    const id = "volens-" + purpose.id;
    const box = make("input", { type: "checkbox", id, checked: given(purpose), disabled: stopped(purpose) });
    const text = make("p", { id: id + "-text", textContent: purpose.text });
    if (stopped(purpose)) text.append(" ", make("strong", { textContent: notice.words.signal }));
    box.setAttribute("aria-describedby", text.id);
    boxes.set(purpose.id, box);
    const label = make("label", { htmlFor: id, id: id + "-title", textContent: purpose.title });
    return make("li", {}, box, label, text, terms(purpose, label.id));
  };

  // One step further: what is used for a purpose, how long it is kept, who else sees it.
  const terms = (purpose, titleId) => {
    const { words } = notice;
    if (!purpose.used.length) return "";
    const facts = [
      [words.used, ...purpose.used],
      [words.kept, purpose.kept],
      [words.seen, purpose.recipients.join(", ") || words.alone],
    ];
    const list = facts.flatMap(([name, ...values]) => [
      make("dt", { textContent: name }),
      ...values.map((value) => make("dd", { textContent: value })),
    ]);
    const summary = make("summary", { textContent: words.terms });
    summary.setAttribute("aria-describedby", titleId);
    return make("details", {}, summary, make("dl", {}, ...list));
  };

  // Who asks, and for what: before any button.
  const who = () => {
    const { words, controller } = notice;
    const line = (name, value) => make("p", {}, make("strong", { textContent: name + words.colon }), value);
    const titles = shown().map((each) => each.title).join(", ");
    const asks = controller ? [line(words.who, controller.name + " (" + controller.contact + ")")] : [];
    const link = whole || (notice.page && home + notice.page);
    const way = { href: link, target: "_blank", rel: "noopener", textContent: words.whole };
    const more = link ? [make("p", {}, make("a", way))] : [];
    return make("div", { id: "volens-who", className: "who" }, ...asks, line(words.what, titles), ...more);
  };

  const fill = () => {
    const { words } = notice;
    const button = (textContent, choose) =>
      make("button", { type: "button", className: "choice", textContent, onclick: (event) => answer(event, choose) });
    const shut = make("button", { type: "button", className: "close", textContent: "\u00d7", onclick: later });
    shut.setAttribute("aria-label", words.close);
    const problem = make("p");
    problem.setAttribute("role", "alert");
    dialog.lang = notice.locale;
    dialog.replaceChildren(
      make("h2", { id: "volens-title", tabIndex: -1, textContent: words.title }),
      make("p", { id: "volens-intro", textContent: words.intro }),
      who(),
      make("div", { className: "pair" }, button(words.refuse, () => false), button(words.accept, () => true)),
      make("h3", { textContent: words.choose }),
      make("ul", {}, ...shown().map(row)),
      button(words.save, (purpose) => boxes.get(purpose.id).checked),
      problem,
      shut,
    );
  };

  const build = () => {
    const host = document.createElement("volens-banner");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    dialog = make("dialog");
    dialog.setAttribute("aria-labelledby", "volens-title");
    dialog.setAttribute("aria-describedby", "volens-intro volens-who");
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && later());
    dialog.addEventListener("close", leave);
    const opener = make("button", { type: "button", textContent: notice.words.open, onclick: open });
    door = make("div", { className: "door", hidden: true, lang: notice.locale }, opener);
    door.setAttribute("role", "region");
    door.setAttribute("aria-label", notice.words.open);
    said = make("div", { className: "said", lang: notice.locale });
    said.setAttribute("role", "status");
    root.append(dialog, door, said);
    document.body.prepend(host);
    document.addEventListener("click", (event) => {
      const link = event.target.closest && event.target.closest("[data-volens-open]");
      if (link) event.preventDefault(), open();
    });
  };

  // Asked for by the person: a modal dialog, with what holds now.
  const open = async () => {
    await ready;
    await load().catch(() => {}); // what was chosen elsewhere meanwhile; if that cannot be had, what is known
    if (dialog.open) dialog.close();
    fill();
    dialog.showModal();
    dialog.querySelector("h2").focus();
  };

  // By itself: beside the page, which stays usable, and without taking the focus away from anything.
  const appear = () => {
    fill();
    dialog.setAttribute("open", "");
    if (document.activeElement === document.body) dialog.querySelector("h2").focus({ preventScroll: true });
  };

  const load = async () => {
    const texts = home + "v1/projects/" + encodeURIComponent(key) + "/notice?locale=" + encodeURIComponent(language);
    [notice, state] = await Promise.all([
      read(texts, { credentials: "omit" }),
      send("v1/prompts", { gpc: navigator.globalPrivacyControl === true }),
    ]);
  };

  const asked = () => shown().some((purpose) => promptOf(purpose).may_ask && !stopped(purpose));
  const putOff = () => {
    try {
      return sessionStorage.getItem(LATER) !== null;
    } catch {
      return false;
    }
  };

  const start = async () => {
    await load();
    if (document.readyState === "loading") await new Promise((go) => addEventListener("DOMContentLoaded", go));
    build();
    if (asked() && !putOff()) appear();
    else leave();
  };

  const ready = start();
  ready.catch((error) => console.warn(error.message || "volens banner: not available"));

  window.volensBanner = {
    // Opens the dialog, for a withdraw link of the page's own making.
    open,
    // Resolves to what analytics-consent-tools calls categories.
    categories: () => ready.then(categories),
    // Calls back with the categories after a person has chosen. Whoever listens tells analytics.js; this script then does not.
    onChange: (listener) => void listeners.push(listener),
  };
})();
