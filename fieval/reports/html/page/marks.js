// A text in which what was made up is marked, wherever it stands as words of its own.
const ORIGINS = [["own", "made up by this step"], ["heard", "made up, heard so in the transcript"], ["old", "made up, by the baseline as well"], ["flat", "made up"]];

// The text in the form that specifics are looked for in (NFKC), and where each letter of that stands in the text.
function folded(text) {
  if (text === text.normalize("NFKC")) return { form: text, at: null };
  const at = [];
  let form = "";
  for (const letter of text.matchAll(/\P{M}\p{M}*|\p{M}/gu)) {
    const piece = letter[0].normalize("NFKC");
    for (let each = 0; each < piece.length; each += 1) at.push(letter.index);
    form += piece;
  }
  return { form, at: [...at, text.length] };
}

function places(text, parts) {
  const { form, at } = folded(text);
  const found = [];
  for (const [part, origin] of parts.filter(([words]) => words)) {
    const words = part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
    const before = /^[\p{L}\p{N}]/u.test(part) ? "(?<![\\p{L}\\p{N}]|\\p{N}[.,:])" : "";
    for (const each of form.matchAll(new RegExp(`${before}${words}(?![\\p{L}\\p{N}]|[.,:]\\p{N})`, "giu"))) {
      const [from, to] = [each.index, each.index + each[0].length];
      found.push(at ? [at[from], at[to], origin] : [from, to, origin]);
    }
  }
  return found.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
}

function marked(text, parts) {
  const made = make("p", {});
  let end = 0;
  for (const [from, to, origin] of places(text, parts)) {
    if (from < end || to <= from) continue;
    made.append(text.slice(end, from), make("mark", { class: ORIGINS[origin][0], title: ORIGINS[origin][1] }, text.slice(from, to)));
    end = to;
  }
  made.append(text.slice(end));
  return said(made);
}

function markKey(parts) {
  const used = [...new Set(parts.map(([, origin]) => origin))].sort();
  return used.length ? make("p", { class: "quiet" }, used.flatMap((each) => [make("mark", { class: ORIGINS[each][0] }, "marked"), ` ${ORIGINS[each][1]} `])) : "";
}
