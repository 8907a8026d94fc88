// Draws the stages in one picture, from the runs' logs: validation loss against epochs, a line for each stage, the
// lesson's figures as marks, and the losses of n-grams and of a uniform guess as horizontal lines.

import { meanAfter, recordsOf } from "./record.mjs";
import { DASHES, PALETTE, page, text } from "./svg.mjs";
import { levelsOf } from "./table.mjs";

const WIDTH = 860;
const HEIGHT = 560;
const LEFT = 56;
const RIGHT = WIDTH - 24;
const TOP = 92;
const BOTTOM = HEIGHT - 48;
/** The axis is broken above this height, since the loss of a uniform guess is far higher. */
const BREAK = 132;
const TICKS = [1, 2, 3, 4, 5, 6, 8, 9, 17, 32, 80];

export function picture(stages, folder, { quick }) {
  const lines = stages
    .map((stage, i) => lineOf(stage, recordsOf(folder, stage), i))
    .filter(({ points }) => points.length > 0);
  const levels = levelsOf(stages, folder);
  const drawn = new Set(lines.map(({ name }) => name));
  const figures = stages.flatMap((stage, i) =>
    drawn.has(stage.name) ? stage.lesson.map((each) => ({ ...each, i })) : [],
  );
  const marks = quick ? [] : figures;
  const all = [...lines.flatMap(({ points }) => points.map(([, nats]) => nats)), ...marks.map(({ nats }) => nats)];
  const epochs = lines.flatMap(({ points }) => points.map(([each]) => each)).concat(marks.map((mark) => mark.epochs));
  const x = logarithmic(Math.max(2, ...epochs));
  const y = heights(
    [...all, ...levels.map(({ ngram }) => ngram.nats)],
    levels.map(({ uniform }) => uniform),
  );
  const title = `Validation loss of every stage${quick ? ", shortened (--quick)" : ""}`;
  const about = lines
    .map(({ name, points }) => `${name}: ${points.at(-1)[1].toFixed(3)} after ${points.at(-1)[0]}`)
    .join("; ");
  const body = [...axes(x, y), ...levelLines(levels, y), ...lines.flatMap((each) => curve(each, x, y))];
  return page({
    width: WIDTH,
    height: HEIGHT,
    title,
    about: `Nats a character against epochs. ${about}`,
    body: [...body, ...marks.map((mark) => diamond(mark, x, y)), ...labels(lines, x, y), legend(marks.length > 0)],
  });
}

/** The mean over seeds after each validated epoch. */
function lineOf(stage, records, i) {
  const places = [...new Set(records.flatMap(({ validations }) => validations.map(({ epochs }) => epochs)))];
  const points = places.sort((a, b) => a - b).map((epochs) => [epochs, meanAfter(records, epochs).nats]);
  return { name: stage.name, points, i };
}

/** The colour and the dash of a stage by its index: stages of the same colour have other dashes. */
export const lookOf = (i) => ({
  colour: PALETTE[i % PALETTE.length],
  dash: DASHES[(i + 2 * Math.floor(i / PALETTE.length)) % DASHES.length],
});
const colourOf = (i) => lookOf(i).colour;

function logarithmic(most) {
  return (epochs) => LEFT + 14 + (Math.log(epochs) / Math.log(most)) * (RIGHT - LEFT - 120);
}

/** The vertical scale: linear below the break; above it stand the uniform guesses. */
function heights(below, above) {
  const low = Math.floor(10 * Math.min(...below) - 0.3) / 10;
  const high = Math.ceil(10 * Math.max(...below)) / 10;
  const y = (nats) =>
    nats <= high
      ? BOTTOM - ((nats - low) / (high - low)) * (BOTTOM - BREAK - 10)
      : TOP + 18 - 18 * above.filter((each) => each < nats).length;
  return Object.assign(y, { low, high });
}

function axes(x, y) {
  const nats = Array.from({ length: Math.round(10 * (y.high - y.low)) + 1 }, (_, k) => Math.round(10 * y.low + k) / 10);
  const epochs = TICKS.filter((each) => x(each) <= RIGHT - 100);
  return [
    `<path d="M${LEFT} ${BREAK}V${BOTTOM}H${RIGHT}M${LEFT} ${TOP - 8}V${BREAK - 8}M${LEFT - 5} ` +
      `${BREAK - 4}l10 -4M${LEFT - 5} ${BREAK + 2}l10 -4" fill="none" stroke="var(--faint)"/>`,
    ...nats.map((each) => text(LEFT - 8, y(each) + 4, each.toFixed(1), 'text-anchor="end" class="faint"')),
    ...epochs.map((each) => text(x(each), BOTTOM + 17, each, 'text-anchor="middle" class="faint"')),
    text((LEFT + RIGHT) / 2, BOTTOM + 36, "epochs, by their logarithm", 'text-anchor="middle"'),
    text(12, TOP - 22, "nats a character"),
  ];
}

/** The lines of the n-grams, with their names on the left, where no stage's line is so low. */
function levelLines(levels, y) {
  const highest = Math.max(...levels.map(({ ngram }) => ngram.nats));
  return levels.flatMap(({ vocabulary, ngram, uniform }) => [
    level(y(uniform), RIGHT, -4, `uniform over ${vocabulary}: ${uniform.toFixed(3)}`, "end"),
    level(
      y(ngram.nats),
      LEFT + 14,
      ngram.nats === highest ? -4 : 12,
      `${ngram.order}-gram, ${vocabulary} characters: ${ngram.nats.toFixed(3)}`,
      "start",
    ),
  ]);
}

const level = (at, x, below, words, anchor) =>
  `<path d="M${LEFT} ${at.toFixed(1)}H${RIGHT}" stroke="var(--faint)" stroke-dasharray="1 4"/>` +
  text(x, at + below, words, `text-anchor="${anchor}" class="faint" font-size="11"`);

function curve({ points, i }, x, y) {
  const path = points.map(([epochs, nats]) => `${x(epochs).toFixed(1)} ${y(nats).toFixed(1)}`).join("L");
  const [lastX, lastY] = points.at(-1);
  return [
    `<path d="M${path}" fill="none" stroke="${colourOf(i)}" stroke-width="2.2" stroke-dasharray="${lookOf(i).dash}"/>`,
    `<circle cx="${x(lastX).toFixed(1)}" cy="${y(lastY).toFixed(1)}" r="3.2" fill="${colourOf(i)}"/>`,
  ];
}

/** A figure of the lesson as a diamond: filled if it is comparable to ours, hollow if it is of another text. */
function diamond({ epochs, nats, of, i }, x, y) {
  const fill = of ? "var(--paper)" : colourOf(i);
  const at = `${x(epochs).toFixed(1)} ${y(nats).toFixed(1)}`;
  return (
    `<path d="M${at}m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z" ` +
    `fill="${fill}" stroke="${colourOf(i)}" stroke-width="1.8"/>`
  );
}

/**
 * The name of each line next to its end. Names of lines that end close together stand in a column, with thin leaders.
 */
function labels(lines, x, y) {
  const ends = lines.map(({ name, points, i }) => {
    const [epochs, nats] = points.at(-1);
    return { words: `${name} ${nats.toFixed(3)}`, x: x(epochs), y: y(nats), i };
  });
  const placed = [];
  for (const end of ends.sort((a, b) => a.y - b.y)) {
    const beside = ends.filter((other) => Math.abs(other.x - end.x) < 200 && Math.abs(other.y - end.y) < 40);
    const to = Math.max(...beside.map((other) => other.x)) + 18;
    const near = placed.filter((other) => Math.abs(other.to - to) < 150);
    placed.push({ ...end, to, at: Math.max(end.y, ...near.map(({ at }) => at + 15)) });
  }
  return placed.map(
    ({ words, x: from, y: height, to, at, i }) =>
      `<path d="M${(from + 4).toFixed(1)} ${height.toFixed(1)}L${to.toFixed(1)} ` +
      `${at.toFixed(1)}" stroke="${colourOf(i)}" fill="none"/>` +
      text(to + 3, at + 4, words),
  );
}

const legend = (marks) =>
  marks
    ? text(
        12,
        42,
        "◆ the lesson's figure; ◇ a figure of the lesson that is of another text than ours",
        'class="faint" font-size="11"',
      )
    : "";
