// Draws the lanes and windows of the lesson's text: the characters and lengths of the first windows of
// recipes/lesson/rnn.json with the lesson's rule. Writes SVG to standard output.
//
//   node lesson/lanes.mjs > docs/lesson-7/lanes.svg

import { readText, trainingLanes, windowLength } from "../dist/advanced-node.js";
import { recipe } from "./recipe.mjs";
import { oneLine } from "./samples.mjs";
import { page, text } from "./svg.mjs";

const WINDOWS = 4;
const LEFT = 212;
const TOP = 92;
const CELL = 18;
const ROW = 34;
const { path, settings } = recipe("rnn");
const { train, vocab } = await readText({ file: path }, settings.text);
const { batch, bptt, seed = 1 } = settings.all;
const reader = trainingLanes(train, batch);
const lengths = Array.from({ length: WINDOWS }, (_, window) => windowLength("lesson", bptt, seed, window));
const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
const shown = [0, 1, 2, batch - 2, batch - 1];
const { inputs, targets } = await reader.window(0, ends.at(-1));
const character = (ids, lane, at) => oneLine(vocab.itos[ids[at * batch + lane]]).replace(" ", "␣");
const x = (at) => LEFT + at * CELL;
const rowOf = (i) => TOP + i * ROW + (i > 2 ? 26 : 0);
const bottom = rowOf(shown.length - 1) + 14;

const mono = 'text-anchor="middle" font-family="monospace" font-size="14"';
const lanes = shown.flatMap((lane, i) => [
  text(12, rowOf(i), `lane ${lane}`, 'font-weight="bold"'),
  text(
    72,
    rowOf(i),
    `from character ${(lane * (reader.positions + 1)).toLocaleString("en")}`,
    'class="faint" font-size="11"',
  ),
  ...Array.from({ length: ends.at(-1) }, (_, at) =>
    text(x(at) + CELL / 2, rowOf(i), character(inputs, lane, at), mono),
  ),
  text(x(ends.at(-1)) + 6, rowOf(i), "…"),
]);
const edges = [0, ...ends].map((at) => `<path d="M${x(at)} ${TOP - 20}V${bottom}" stroke="#009E73" stroke-width="2"/>`);
const names = lengths.map((length, i) =>
  text(x(ends[i] - length / 2), TOP - 28, `window ${i + 1}: ${length}`, 'text-anchor="middle"'),
);
const first =
  `<rect x="${x(0) + 2}" y="${TOP - 17}" width="${lengths[0] * CELL - 4}" ` +
  `height="${bottom - TOP + 15}" rx="9" fill="none" stroke="#0072B2" stroke-width="2.5"/>`;
const carried = ends
  .slice(0, -1)
  .map(
    (at) => `<path d="M${x(at) - 12} ${bottom + 12}h20m-5 -4l5 4l-5 4" fill="none" stroke="#D55E00" stroke-width="2"/>`,
  );
const aim = Array.from({ length: lengths[0] }, (_, at) => character(targets, 0, at)).join("");
const read = Array.from({ length: lengths[0] }, (_, at) => character(inputs, 0, at)).join("");
const words = [
  text(
    12,
    42,
    `${train.length.toLocaleString("en")} characters in ${batch} lanes of ` +
      `${(reader.positions + 1).toLocaleString("en")}, read side by side.`,
  ),
  text(LEFT - 10, rowOf(3) - 28, "⋮", mono),
  text(12, bottom + 16, "state, a value, in every lane"),
  text(
    12,
    bottom + 42,
    `The first batch is framed: ${lengths[0]} × ${batch}. Lane 0 reads ${read} and is to say ${aim}, one ahead.`,
  ),
  text(
    12,
    bottom + 62,
    "The orange arrows carry each lane's state over an edge. No gradient goes back over one.",
    'class="faint"',
  ),
];

process.stdout.write(
  page({
    width: x(ends.at(-1)) + 40,
    height: bottom + 78,
    title: "Lanes and windows",
    about: `${batch} lanes, of which five are shown, cut into windows of ${lengths.join(", ")} characters`,
    body: [...names, ...edges, first, ...lanes, ...carried, ...words],
  }),
);
