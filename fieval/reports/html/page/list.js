// The list of interactions: what is asked for, which of them, in what order.
const KEYS = [["/", "search an id"], ["j k", "the next, the one before (or arrows)"], ["Enter", "open"], ["Esc", "back to the list"], ["?", "these keys"]];

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
    settings.steps.map((step, each) => make("td", { class: "c" }, mark(marks[each], `${step}: ${WORDS[marks[each]][1]}`))),
    make("td", { class: "where" }, said(where.join(" · "))));
}

function order() {
  if (wanted.sort !== "worst") return "";
  return wanted.step
    ? `· Worst first: by how much ${wanted.step} got worse.`
    : "· Worst first: those that got worse in most steps, then those that miss most bars, then by how much worse.";
}

function drawList() {
  const first = wanted.page * PAGE;
  const last = Math.min(first + PAGE, shown.length);
  byId("count").textContent = shown.length ? `${first + 1}–${last} of ${shown.length.toLocaleString("en")} interactions` : "No interaction fits.";
  byId("order").textContent = order();
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
    make("details", { id: "keys" }, make("summary", {}, "Keys"), make("dl", {}, KEYS.flatMap(([keys, words]) => [
      make("dt", {}, keys.split(" ").map((key) => make("kbd", {}, key))), make("dd", {}, words)]))),
    make("section", { id: "list", "aria-label": "List" },
      make("div", { class: "controls" },
        make("label", {}, "Id ", search),
        pick("Step ", "step", [["", "any"], ...settings.steps.map((step) => [step, step])]),
        pick("Show ", "kind", [["", "all"], ["worse", "got worse"], ["missed", "missed the bar"]]),
        pick("Cohort ", "cohort", [["", "any"], ...cohorts]),
        pick("Order ", "sort", [["worst", "worst first"], ["dataset", "as in the dataset"], ["id", "by id"]])),
      make("p", { class: "quiet" }, make("span", { id: "count", role: "status" }), " ", make("span", { id: "order" })),
      make("p", { class: "quiet" }, "✕ misses the step's bar, ▼ got worse, ✓ neither, – not scored. A bar is what a step asks of a single interaction; Steps names it."),
      make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Interactions" },
        make("table", { class: "list" },
          make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "id"),
            settings.steps.map((step) => make("th", { scope: "col", class: "c" }, step)), make("th", { scope: "col" }, "cohorts"))),
          make("tbody", { id: "rows" }))),
      make("p", { class: "pager" }, pager("previous", "Previous", -1), pager("next", "Next", 1))),
    make("section", { id: "one", "aria-labelledby": "one-title", hidden: true }));
}
