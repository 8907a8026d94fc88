// Draws a picture of a page of `longhand show`: the first lines of its text, coloured by surprisal and by a unit.
//
//   node bench/inside.mjs PAGE LINES OUT [UNIT]     UNIT such as h.72: one of the page's list, by default its first
//
// The colours are the page's, with a light and a dark theme.

import { readFileSync, writeFileSync } from "node:fs";
import { STEPS, themes } from "../dist/node/show/colours.js";
import { escaped } from "./picture.mjs";

const [path, lines, out, named] = process.argv.slice(2);
const page = JSON.parse(/id="data">(.*)<\/script>/.exec(readFileSync(path, "utf8"))[1]);
const called = ({ series, position }) => `${page.series[series].name}.${page.series[series].units[position]}`;
const find = page.finds.find((each) => called(each) === named) ?? page.finds[0];
const series = page.series[find.series];
const number = series.units[find.position];
const position = find.position;
const bytes = Buffer.from(series.bytes, "base64").subarray(position * page.tokens.length);

const surprisal = (i) => `s${Math.round(Math.min(1, (page.nats[i] ?? 0) / page.uniform) * STEPS.surprisal)}`;
const unit = (i) => {
  const level = Math.round(((bytes[i] - 127) / 127) * STEPS.signed);
  return level < 0 ? `n${-level}` : `p${level}`;
};
const WIDE = 8.45;
const HIGH = 22;
const LEFT = 12;

/** The first lines over boxes of their colours, each with a bar: below the text, or above it for negative values. */
function block(title, top, colourOf) {
  const body = [`<text x="${LEFT}" y="${top}" class="title">${escaped(title)}</text>`];
  const { tokens } = page;
  let i = 0;
  let y = top + 10;
  for (let line = 0; line < Number(lines) && i < tokens.length; line++, y += HIGH) {
    const from = i;
    while (i < tokens.length && tokens[i] !== "\n") i += 1;
    i += 1;
    const colours = Array.from({ length: i - from }, (_, k) => colourOf(from + k));
    for (let k = 0, end = 0; k < colours.length; k = end) {
      while (end < colours.length && colours[end] === colours[k]) end += 1;
      body.push(...box(LEFT + k * WIDE, y, (end - k) * WIDE, colours[k]));
    }
    const words = escaped(`${tokens.slice(from, i - 1).join("")}⏎`);
    body.push(
      `<text x="${LEFT}" y="${y + 13}" class="t" textLength="${((i - from) * WIDE).toFixed(1)}">${words}</text>`,
    );
  }
  return { body, bottom: y };
}

function box(x, y, width, colour) {
  const rect = (at, high, fill) =>
    `<rect x="${x.toFixed(1)}" y="${at}" width="${width.toFixed(1)}" height="${high}" fill="var(--${fill})"/>`;
  const bar = Math.round((2 * Number(colour.slice(1))) / (colour[0] === "s" ? STEPS.surprisal : STEPS.signed));
  const over = colour[0] === "n";
  return [rect(y, 18, colour), ...(bar > 0 ? [rect(over ? y : y + 18 - bar, bar, colour[0])] : [])];
}

function variables(theme) {
  const scales = { s: theme.surprisal, p: theme.positive, n: theme.negative };
  const levels = Object.entries(scales).flatMap(([letter, all]) => all.map((colour, i) => `--${letter}${i}:${colour}`));
  const { surprisal: s, positive: p, negative: n } = theme.marks;
  return [`--ink:${theme.ink}`, `--paper:${theme.paper}`, `--s:${s}`, `--p:${p}`, `--n:${n}`, ...levels].join(";");
}

const first = block("Surprisal: the stronger the colour, the less it was expected", 24, surprisal);
const says = `${series.name} of unit ${number}: ${find.feature}, correlation ${find.second.toFixed(2)}`;
const second = block(says, first.bottom + 34, unit);
const style = `
svg{${variables(themes.light)}}
@media (prefers-color-scheme:dark){svg{${variables(themes.dark)}}}
text{fill:var(--ink)}
.title{font:bold 13px sans-serif}
.t{font:14px monospace;white-space:pre}`;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${second.bottom + 8}" role="img">
<title>A text coloured by what goes on inside a model</title><style>${style}</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
${[...first.body, ...second.body].join("\n")}
</svg>
`;
writeFileSync(out, svg);
