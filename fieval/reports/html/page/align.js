// Words as they are written, aligned here: of interactions whose own alignment is not in the page.
const MOST_CELLS = 25_000_000; // of a table of distances: 25 MB and a tenth of a second

function wordsOf(turns, speakers) {
  return (turns ? turns.text : []).filter((_, place) => !speakers.length || speakers.includes(turns.speaker[place]))
    .flatMap((text) => text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’.,:][\p{L}\p{N}]+)*/gu) || []);
}

// How each cell of the table is reached best: 0 a hit, 1 another word, 2 a word lost, 3 a word more.
function ways(said, heard) {
  const width = heard.length + 1;
  const way = new Uint8Array((said.length + 1) * width).fill(3, 1, width);
  let above = Uint32Array.from({ length: width }, (_, place) => place);
  for (let row = 1; row <= said.length; row += 1) {
    const here = new Uint32Array(width);
    here[0] = row;
    way[row * width] = 2;
    for (let column = 1; column < width; column += 1) {
      const other = said[row - 1] === heard[column - 1] ? 0 : 1;
      const costs = [above[column - 1] + other, above[column] + 1, here[column - 1] + 1];
      const least = Math.min(...costs);
      here[column] = least;
      way[row * width + column] = costs[0] === least ? other : costs[1] === least ? 2 : 3;
    }
    above = here;
  }
  return way;
}

// By turns what is the same on both sides, and what was said and heard instead; null where that would take too long.
function runsOf(said, heard) {
  const width = heard.length + 1;
  if ((said.length + 1) * width > MOST_CELLS) return null;
  const way = ways(said, heard);
  const runs = [];
  let [row, column] = [said.length, heard.length];
  while (row || column) {
    const how = way[row * width + column];
    const kept = how === 0;
    if (!runs.length || runs[0].kept !== kept) runs.unshift({ kept, said: [], heard: [] });
    if (how !== 3) runs[0].said.unshift(said[row -= 1]);
    if (how !== 2) runs[0].heard.unshift(heard[column -= 1]);
  }
  return runs.map((run) => [run.said.join(" "), run.heard.join(" ")]);
}
