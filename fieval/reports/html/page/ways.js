// Ways through the page: addresses, keys, light and dark.
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
  if (id !== null) {
    byId("count").textContent = "There is no such interaction in this run.";
    byId("interactions").scrollIntoView();
  }
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
  if (event.key === "?") {
    byId("keys").open = !byId("keys").open;
    if (byId("keys").open) byId("keys").scrollIntoView({ block: "center" });
  } else if (event.key === "/") {
    if (current >= 0) back();
    setTimeout(() => byId("search").focus());
  } else if (ways[event.key]) {
    if (current >= 0) move(ways[event.key]);
    else step(ways[event.key]);
  } else return;
  event.preventDefault();
}

// ------------------------------------------------------------------ start

// A step that is led to is opened, and so are all where the page is printed.
function unfold() {
  const target = location.hash.startsWith("#step-") ? byId(location.hash.slice(1)) : null;
  if (!target) return;
  target.querySelector("details").open = true;
  target.scrollIntoView();
}

async function start() {
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
