// One interaction, step by step.
const tall = (label, ...children) => make("div", { class: "tall", role: "region", tabindex: "0", "aria-label": label }, ...children);

// The alignment of a transcript: what was said and lost is struck out, what was heard instead is underlined.
function aligned(runs) {
  return make("p", { class: "aligned" }, runs.flatMap(([one, other]) => (one === other
    ? [`${one} `]
    : [one && make("del", {}, one), one && " ", other && make("ins", {}, other), other && " "])));
}

function sideBySide(title, cells) {
  return make("div", { class: "abreast" }, cells.map(([name, content]) => make("div", { class: name },
    make("h5", {}, title ? `${title}: ${name}` : name), content)));
}

function talk(turns) {
  if (!turns) return make("p", { class: "quiet" }, "no output");
  const { speaker, text, start } = turns;
  if (!text.length) return make("p", { class: "quiet" }, "no turns");
  const at = (place) => start[place] === null ? "" : make("span", { class: "at" }, ` ${start[place].toFixed(1)} s`);
  return make("dl", { class: "turns" }, text.flatMap((words, place) => [
    make("dt", {}, said(speaker[place] || "-"), at(place)),
    make("dd", {}, said(words))]));
}

function turns(one) {
  const cells = ["gold", ...SYSTEMS].map((name) => [name, one.turns[name]]).filter(([, each]) => each && each.text.length);
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

// What the run aligned; where it did not, the words as they are written.
function alignments(one, name, step) {
  const speakers = settings.transcripts[name];
  const here = !step.seen && one.turns && speakers;
  const gold = here ? wordsOf(one.turns.gold, speakers) : [];
  const found = SYSTEMS.map((system) => [system, here
    ? one.turns[system] && runsOf(gold, wordsOf(one.turns[system], speakers))
    : step.aligned[system === "baseline" ? 0 : 1]]).filter(([, runs]) => runs);
  if (!found.length) return here && one.turns.candidate ? make("p", { class: "quiet" }, "Too long to be aligned here.") : "";
  return make("div", {},
    sideBySide("alignment", found.map(([system, runs]) => [system, tall(`Alignment of the ${system}`, aligned(runs))])),
    make("p", { class: "quiet" }, make("del", {}, "said"), " and lost, or taken for what was ", make("ins", {}, "heard"), " instead",
      here ? ": words as they are written, while the step counts them as normalised." : "; words as the step compares them."));
}

function summaries(one, step) {
  if (!one.summaries || !step.summary) return "";
  const cells = [["gold", said(make("p", {}, one.summaries.gold || "-"))],
    ...SYSTEMS.map((system) => [system, marked(one.summaries[system] || "-", step.made_up[system === "baseline" ? 0 : 1])])];
  const facts = one.facts.length ? make("p", { class: "quiet" }, "Facts that it should tell: ", said(one.facts.join("; "))) : "";
  return make("div", {}, sideBySide("summary", cells), markKey(step.made_up.flat()), facts);
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
    alignments(one, name, step),
    step.seen ? "" : make("p", { class: "quiet" }, "The evidence on this interaction is not in this page; ", make("code", {}, "fieval show RUN ID"), " shows it."));
}

function button(words, act) {
  const made = make("button", { type: "button" }, words);
  made.addEventListener("click", act);
  return made;
}

function pagerOf(place) {
  const at = shown.indexOf(place);
  const [before, after] = [button("Previous", () => move(-1)), button("Next", () => move(1))];
  before.disabled = at <= 0;
  after.disabled = at < 0 || at === shown.length - 1;
  const where = at < 0 ? "not in the list as it is filtered" : `${(at + 1).toLocaleString("en")} of ${shown.length.toLocaleString("en")} in the list`;
  return make("p", { class: "pager" }, button("Back to the list", back), before, after, make("span", { class: "quiet" }, where));
}

async function show(place, step) {
  const mine = ++turn;
  const one = await interaction(place);
  if (mine !== turn) return;
  current = place;
  const cohorts = Object.entries(one.cohorts).sort().map(([name, value]) => `${name}=${value}`);
  byId("one").replaceChildren(
    pagerOf(place),
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
