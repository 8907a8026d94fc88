// Reads a text with a trained model and finds the lines it expected least. Prints five lines, the strangest first, each with
// its surprisal in bits per character.
//   node examples/04-score-lines.ts [run] [text]

import { readFile } from "node:fs/promises";
import { createSession, loadModel, nodeEngine, surprisal } from "longhand/node";

const [run = "runs/start", path = "data/tinyshakespeare.txt"] = process.argv.slice(2);
const stored = await loadModel(run);
const { model } = createSession(stored, nodeEngine().engine, 256);
const { lines } = await surprisal(model, stored, await readFile(path), path);

const bits = (line: (typeof lines)[number]) => line.nats / Math.LN2 / line.characters;
const strangest = lines.filter((line) => line.characters > 1).sort((a, b) => bits(b) - bits(a));
for (const line of strangest.slice(0, 5)) {
  const text = line.tokens.map(({ token }) => token).join("");
  console.log(`${bits(line).toFixed(2)}  line ${line.line}: ${text.trimEnd()}`);
}
