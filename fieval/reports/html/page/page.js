"use strict";
// The list of interactions and each of them. Everything from data goes through text nodes; nothing is ever parsed as HTML.
(() => {
  const settings = JSON.parse(byId("settings").textContent);
  const PAGE = 100;
  const WORDS = { ".": ["–", "not scored"], 0: ["✓", "within the bar"], 1: ["✕", "misses the bar"], 2: ["▼", "got worse"], 3: ["✕▼", "misses the bar, got worse"] };
  const SYSTEMS = settings.baseline ? ["baseline", "candidate"] : ["candidate"];
  const wanted = { step: "", cohort: "", kind: "", text: "", sort: "worst", page: 0 };
  const opened = new Map();
  let index = null; // what the list is made of; unpacked at once
  let shown = []; // the places of the rows that the filters leave, in order
  let current = -1; // the place of the interaction that is open
  let turn = 0; // of those that are asked for, only the last is shown

  function byId(id) { return document.getElementById(id); }

  // An element. Attributes are names and values, children are elements or texts.
  function make(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }

  const said = (text) => make("bdi", { class: "said" }, text); // in its own direction, whatever marks it holds

  // ------------------------------------------------------------------ data

  async function unpack(id) {
    const raw = Uint8Array.from(atob(byId(id).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  async function interaction(place) {
    const block = Math.floor(place / index.together);
    if (!opened.has(block)) opened.set(block, unpack(`block-${block}`));
    return (await opened.get(block))[place % index.together];
  }

  // ------------------------------------------------------------------ list

  function choose() {
    const step = settings.steps.indexOf(wanted.step);
    const text = wanted.text.toLowerCase();
    const [cohort, value] = wanted.cohort ? wanted.cohort.split(" ").map(Number) : [-1, -1];
    shown = index.worst.filter((place) => {
      const [id, cohorts, marks] = index.rows[place];
      if (text && !id.toLowerCase().includes(text)) return false;
      if (cohort >= 0 && cohorts[cohort] !== value) return false;
      const looked = step < 0 ? marks : marks[step];
      if (step >= 0 && looked === ".") return false;
      if (wanted.kind === "worse") return /[23]/.test(looked);
      if (wanted.kind === "missed") return /[13]/.test(looked);
      return true;
    });
    const by = { id: (one, other) => (index.rows[one][0] < index.rows[other][0] ? -1 : 1), dataset: (one, other) => one - other };
    if (wanted.sort === "worst" && step >= 0) shown.sort((one, other) => index.rows[other][3][step] - index.rows[one][3][step]);
    else if (by[wanted.sort]) shown.sort(by[wanted.sort]);
    wanted.page = 0;
  }

  function address(place) {
    return `#i=${encodeURIComponent(index.rows[place][0])}${wanted.step ? `&step=${encodeURIComponent(wanted.step)}` : ""}`;
  }

  function mark(state, words) {
    return make("span", { class: `mark m${state === "." ? "none" : state}`, title: words }, make("span", { "aria-hidden": "true" }, WORDS[state][0]), make("span", { class: "hidden" }, words));
  }

  function row(place) {
    const [id, cohorts, marks] = index.rows[place];
    const where = index.cohorts.map(([, values], each) => values[cohorts[each]]).filter((each) => each !== undefined);
    return make("tr", {},
      make("th", { scope: "row" }, make("a", { href: address(place) }, said(id))),
      make("td", { class: "where" }, said(where.join(" · "))),
      settings.steps.map((step, each) => make("td", { class: "c" }, mark(marks[each], `${step}: ${WORDS[marks[each]][1]}`))));
  }

  function drawList() {
    const first = wanted.page * PAGE;
    const last = Math.min(first + PAGE, shown.length);
    byId("count").textContent = shown.length ? `${first + 1}–${last} of ${shown.length.toLocaleString("en")} interactions` : "No interaction fits.";
    byId("rows").replaceChildren(...shown.slice(first, last).map(row));
    byId("previous").disabled = first === 0;
    byId("next").disabled = last === shown.length;
  }

  function changed() {
    choose();
    drawList();
  }

  function pick(label, name, options) {
    const control = make("select", { id: `pick-${name}` }, options.map(([value, words]) => (Array.isArray(words)
      ? make("optgroup", { label: value }, words.map(([inner, told]) => make("option", { value: inner }, told)))
      : make("option", { value }, words))));
    control.addEventListener("change", () => {
      wanted[name] = control.value;
      changed();
    });
    return make("label", {}, label, control);
  }

  function pager(id, words, by) {
    const button = make("button", { type: "button", id }, words);
    button.addEventListener("click", () => turnPage(by));
    return button;
  }

  function turnPage(by) {
    const pages = Math.ceil(shown.length / PAGE);
    if (wanted.page + by < 0 || wanted.page + by >= pages) return false;
    wanted.page += by;
    drawList();
    return true;
  }

  function buildList() {
    const search = make("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false" });
    search.addEventListener("input", () => {
      wanted.text = search.value;
      changed();
    });
    const cohorts = index.cohorts.map(([name, values], each) => [name, values.map((value, at) => [`${each} ${at}`, `${name}=${value}`])]);
    byId("browser").append(
      make("section", { id: "list", "aria-label": "List" },
        make("div", { class: "controls" },
          make("label", {}, "Id ", search),
          pick("Step ", "step", [["", "any"], ...settings.steps.map((step) => [step, step])]),
          pick("Show ", "kind", [["", "all"], ["worse", "got worse"], ["missed", "missed the bar"]]),
          pick("Cohort ", "cohort", [["", "any"], ...cohorts]),
          pick("Order ", "sort", [["worst", "worst first"], ["dataset", "as in the dataset"], ["id", "by id"]])),
        make("p", { class: "quiet", id: "count", role: "status" }),
        make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Interactions" },
          make("table", { class: "list" },
            make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "id"), make("th", { scope: "col" }, "cohorts"),
              settings.steps.map((step) => make("th", { scope: "col", class: "c" }, step)))),
            make("tbody", { id: "rows" }))),
        make("p", { class: "pager" }, pager("previous", "Previous", -1), pager("next", "Next", 1)),
        make("p", { class: "quiet" }, "✕ misses the step's bar, ▼ got worse, ✓ neither, – not scored. Keys: / search, j k or arrows move, Enter opens, Esc goes back.")),
      make("section", { id: "one", "aria-labelledby": "one-title", hidden: true }));
  }

  // ------------------------------------------------------------------ one interaction

  const tall = (label, ...children) => make("div", { class: "tall", role: "region", tabindex: "0", "aria-label": label }, ...children);

  // The alignment of a transcript: what was said and lost is struck out, what was heard instead is underlined.
  function aligned(runs) {
    return make("p", { class: "aligned" }, runs.flatMap(([one, other]) => (one === other
      ? [`${one} `]
      : [one && make("del", {}, one), one && " ", other && make("ins", {}, other), other && " "])));
  }

  // A text in which some parts are marked, wherever they stand as words of their own.
  function marked(text, parts) {
    const made = make("p", {});
    const spots = [];
    for (const part of parts.filter(Boolean)) {
      const found = new RegExp(`(?<![\\p{L}\\p{N}])${part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "giu");
      for (const each of text.matchAll(found)) spots.push([each.index, each.index + each[0].length]);
    }
    let end = 0;
    for (const [from, to] of spots.sort((one, other) => one[0] - other[0])) {
      if (from < end) continue;
      made.append(text.slice(end, from), make("mark", { title: "made up" }, text.slice(from, to)));
      end = to;
    }
    made.append(text.slice(end));
    return said(made);
  }

  function sideBySide(title, cells) {
    return make("div", { class: "abreast" }, cells.map(([name, content]) => make("div", { class: name },
      make("h5", {}, title ? `${title}: ${name}` : name), content)));
  }

  function talk(turns) {
    if (!turns) return make("p", { class: "quiet" }, "no output");
    if (!turns.length) return make("p", { class: "quiet" }, "no turns");
    return make("dl", { class: "turns" }, turns.flatMap(([speaker, text, start]) => [
      make("dt", {}, said(speaker || "-"), start === null ? "" : make("span", { class: "at" }, ` ${start.toFixed(1)} s`)),
      make("dd", {}, said(text))]));
  }

  function turns(one) {
    const cells = ["gold", ...SYSTEMS].map((name) => [name, one.turns[name]]).filter(([, each]) => each && each.length);
    if (!cells.length) return "";
    return make("details", { class: "talk", open: true }, make("summary", {}, "Turns"), sideBySide("", cells.map(([name, each]) => [name, tall(`Turns: ${name}`, talk(each))])));
  }

  function rowsOf(step) {
    if (!step.rows.length) return "";
    const columns = ["gold", "baseline", "candidate"].map((name, each) => [name, each + 1])
      .filter(([name, each]) => (name === "gold" ? step.rows.some((row) => row[each]) : SYSTEMS.includes(name)));
    return make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Values" }, make("table", { class: "values" },
      make("thead", {}, make("tr", {}, make("td"), columns.map(([name]) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, step.rows.map((each) => make("tr", {}, make("th", { scope: "row" }, each[0]), columns.map(([, at]) => make("td", {}, said(each[at]))))))));
  }

  function alignments(step) {
    const found = SYSTEMS.map((name) => [name, step.aligned[name === "baseline" ? 0 : 1]]).filter(([, runs]) => runs);
    return found.length ? sideBySide("alignment", found.map(([name, runs]) => [name, tall(`Alignment of the ${name}`, aligned(runs))])) : "";
  }

  function summaries(one, step) {
    if (!one.summaries || !step.summary) return "";
    const cells = [["gold", said(make("p", {}, one.summaries.gold || "-"))],
      ...SYSTEMS.map((system) => [system, marked(one.summaries[system] || "-", step.made_up[system === "baseline" ? 0 : 1])])];
    return sideBySide("summary", cells);
  }

  function stepPart(one, name) {
    const step = one.steps[name];
    if (!step) return "";
    const held = SYSTEMS.map((system) => step.failed[system === "baseline" ? 0 : 1]).map((told, each) => told && `${SYSTEMS[each]} ${told}`).filter(Boolean);
    const bar = settings.bars[name] ? ` (${settings.bars[name]})` : "";
    return make("section", { class: `part m${step.mark}`, "data-step": name },
      make("h4", { tabindex: "-1" }, said(name), " ", mark(step.mark, WORDS[step.mark][1])),
      make("p", { class: "quiet" }, `${held.join(", ")}${bar}`),
      rowsOf(step),
      step.traced.length ? make("ul", { class: "traced" }, step.traced.map(([origin, items]) => make("li", {}, make("b", {}, origin), ": ", said(items)))) : "",
      summaries(one, step),
      alignments(step),
      step.seen ? "" : make("p", { class: "quiet" }, "Alignments and the like of this interaction are not in this page; ", make("code", {}, "fieval show RUN ID"), " shows them."));
  }

  function button(words, act) {
    const made = make("button", { type: "button" }, words);
    made.addEventListener("click", act);
    return made;
  }

  async function show(place, step) {
    const mine = ++turn;
    const one = await interaction(place);
    if (mine !== turn) return;
    current = place;
    const cohorts = Object.entries(one.cohorts).sort().map(([name, value]) => `${name}=${value}`);
    byId("one").replaceChildren(
      make("p", { class: "pager" }, button("Back to the list", back), button("Previous", () => move(-1)), button("Next", () => move(1))),
      make("h3", { id: "one-title", tabindex: "-1" }, said(one.id)),
      make("p", { class: "quiet" }, said([...cohorts, `group ${one.group}`].join(", "))),
      make("p", { class: "way" }, settings.steps.filter((name) => one.steps[name]).map((name) => make("a", { href: `#i=${encodeURIComponent(one.id)}&step=${encodeURIComponent(name)}` }, mark(one.steps[name].mark, WORDS[one.steps[name].mark][1]), " ", said(name)))),
      ...[one.turns ? turns(one) : "", ...settings.steps.map((name) => stepPart(one, name))].filter(Boolean));
    byId("list").hidden = true;
    byId("one").hidden = false;
    const part = [...byId("one").querySelectorAll(".part")].find((each) => each.dataset.step === step);
    const target = part ? part.querySelector("h4") : byId("one-title");
    target.focus({ preventScroll: true });
    (part || byId("interactions")).scrollIntoView({ block: "start" });
  }

  function back() {
    location.hash = wanted.step ? `#step=${encodeURIComponent(wanted.step)}` : "#interactions";
  }

  function move(by) {
    const next = shown[shown.indexOf(current) + by];
    if (next !== undefined) location.hash = address(next);
  }

  function showList() {
    turn += 1;
    const from = current;
    current = -1;
    byId("list").hidden = false;
    byId("one").hidden = true;
    if (from < 0) return;
    const at = shown.indexOf(from);
    if (at >= 0 && Math.floor(at / PAGE) !== wanted.page) {
      wanted.page = Math.floor(at / PAGE);
      drawList();
    }
    byId("interactions").scrollIntoView();
    const link = at < 0 ? null : byId("rows").querySelectorAll("a")[at % PAGE];
    (link || byId("interactions-title")).focus({ preventScroll: !link });
  }

  function route() {
    const asked = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));
    const step = asked.get("step");
    const id = asked.get("i");
    const place = id === null ? -1 : index.rows.findIndex(([name]) => name === id);
    if (place >= 0) {
      show(place, step);
      return;
    }
    showList();
    if (id !== null) byId("count").textContent = "There is no such interaction in this run.";
    if (step !== null && settings.steps.includes(step) && id === null) {
      if (wanted.step !== step) {
        wanted.step = byId("pick-step").value = step;
        changed();
      }
      byId("interactions").scrollIntoView();
    }
  }

  // ------------------------------------------------------------------ keys

  function step(by) {
    const links = [...byId("rows").querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? 0 : at + by;
    if (links[next]) links[next].focus();
    else if (next >= 0 ? turnPage(1) : turnPage(-1)) {
      const turned = byId("rows").querySelectorAll("a");
      turned[next >= 0 ? 0 : turned.length - 1].focus();
    }
  }

  function pressed(event) {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (typing) event.target.blur();
      else if (current >= 0) back();
      return;
    }
    if (typing) return;
    const inRows = byId("rows").contains(document.activeElement);
    const ways = { j: 1, k: -1, ...(current >= 0 ? { ArrowRight: 1, ArrowLeft: -1 } : inRows ? { ArrowDown: 1, ArrowUp: -1 } : {}) };
    if (event.key === "/") {
      if (current >= 0) back();
      setTimeout(() => byId("search").focus());
    } else if (ways[event.key]) {
      if (current >= 0) move(ways[event.key]);
      else step(ways[event.key]);
    } else return;
    event.preventDefault();
  }

  // ------------------------------------------------------------------ start

  function theme() {
    const root = document.documentElement;
    const button = byId("theme");
    const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    const label = () => { button.textContent = dark() ? "Light" : "Dark"; };
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      label();
    });
    label();
    button.hidden = false;
  }

  // A step that is led to is opened, and so are all where the page is printed.
  function unfold() {
    const target = location.hash.startsWith("#step-") ? byId(location.hash.slice(1)) : null;
    if (!target) return;
    target.querySelector("details").open = true;
    target.scrollIntoView();
  }

  async function start() {
    theme();
    addEventListener("hashchange", unfold);
    unfold();
    if (!byId("browser")) return;
    index = await unpack("index");
    buildList();
    changed();
    byId("browser").hidden = false;
    addEventListener("hashchange", route);
    addEventListener("keydown", pressed);
    route();
    document.documentElement.dataset.ready = "";
  }

  addEventListener("beforeprint", () => document.querySelectorAll(".step > details").forEach((each) => { each.open = true; }));
  start();
})();
