// Scores a text with a trained model and finds the lines that it expected least. Prints five lines, the strangest
// first, each with its surprisal in bits per character.
//   node examples/04-score-lines.ts [run] [text]

import { load } from "longhand";
import type { LineSurprisal } from "longhand/advanced";

const [run = "runs/start", file = "data/tinyshakespeare.txt"] = process.argv.slice(2);
const model = await load(run);
const { lines } = await model.score({ file });

const bits = (line: LineSurprisal) => line.nats / Math.LN2 / line.characters;
const strangest = lines.filter((line) => line.characters > 1).sort((a, b) => bits(b) - bits(a));
for (const line of strangest.slice(0, 5)) {
  const text = line.tokens.map(({ token }) => token).join("");
  console.log(`${bits(line).toFixed(2)}  line ${line.line}: ${text.trimEnd()}`);
}
