// What the page holds, and how anything is made of it: everything from data goes through text nodes, nothing is ever
// parsed as HTML. The files of this folder are one script, in the order of page.py.
const settings = JSON.parse(byId("settings").textContent);
for (const byStep of ["bars", "transcripts"]) bare(settings[byStep]);
const PAGE = 100;
const WORDS = { ".": ["–", "not scored"], 0: ["✓", "within the bar"], 1: ["✕", "misses the bar"], 2: ["▼", "got worse"], 3: ["✕▼", "misses the bar, got worse"] };
const SYSTEMS = settings.baseline ? ["baseline", "candidate"] : ["candidate"];
const wanted = { step: "", cohort: "", kind: "", text: "", sort: "worst", page: 0 };
const opened = new Map();
let index = null; // what the list is made of; unpacked at once
let shown = []; // the places of the rows that the filters leave, in order
let current = -1; // the place of the interaction that is open
let turn = 0; // of those that are asked for, only the last is shown

// Nothing is found in it but what data put there: a step may be called "constructor".
function bare(object) { return Object.setPrototypeOf(object, null); }

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
  const [block, own] = [Math.floor(place / index.together), place % index.together];
  if (!opened.has(block)) opened.set(block, Promise.all(settings.texts ? [unpack(`block-${block}`), unpack(`texts-${block}`)] : [unpack(`block-${block}`)]));
  const one = Object.assign({}, ...(await opened.get(block)).map((part) => part[own]));
  bare(one.steps);
  return one;
}
