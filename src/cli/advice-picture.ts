// Advice as one picture: how gradients fade, how context helps, what a token costs. SVG text drawn by hand; ink and paper turn with the
// reader's light or dark, each line has a colour of Okabe and Ito and a dash of its own. Nothing is computed here but places.

import { log } from "../base/math.js";
import type { Advice } from "../training/adviser.js";

const [WIDTH, PANEL, LEFT, RIGHT] = [720, 250, 64, 560];
const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2"];
const STYLE = `
svg { --ink: #1b1b1b; --paper: #ffffff; --faint: #767676 }
@media (prefers-color-scheme: dark) { svg { --ink: #ececec; --paper: #16181c; --faint: #9a9a9a } }
text { fill: var(--ink) }
.faint { fill: var(--faint) }
`;

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Lowest and highest of each point. */
  readonly bands?: readonly (readonly [x: number, low: number, high: number])[];
}

interface Panel {
  readonly title: string;
  readonly xName: string;
  /** The heights go by their logarithm. */
  readonly logarithmic: boolean;
  readonly lines: readonly Line[];
  /** A mark across at this x. */
  readonly mark: number;
}

/** A whole SVG file. */
export function advicePicture(a: Advice): string {
  const panels = panelsOf(a);
  const height = 40 + panels.length * (PANEL + 20);
  const title = `bptt ${a.advised.bptt}, ${a.advised.batch} lanes, clip ${a.advised.clip}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title><desc>${escaped(Object.values(a.reasons).join(". "))}</desc><style>${STYLE}</style>`,
    '<rect width="100%" height="100%" fill="var(--paper)"/>',
    text(12, 22, title, 'font-weight="bold" font-size="14"'),
    ...panels.flatMap((panel, i) => drawn(panel, 40 + i * (PANEL + 20))),
    "</svg>\n",
  ].join("\n");
}

function panelsOf({ fading, context, speeds, advised, unit }: Advice): Panel[] {
  const layers = fading.layers.length > 1 ? fading.layers : [];
  const curve = (name: string, norms: readonly number[]): Line => ({
    name,
    points: fading.lags.map((lag, i) => [lag, norms[i]!] as const).filter(([, norm]) => norm > 0),
  });
  const batches = [...new Set(speeds.map(({ batch }) => batch))].slice(0, COLOURS.length);
  const of = (lanes: number) => speeds.filter(({ batch }) => batch === lanes).sort((a, b) => a.bptt - b.bptt);
  const carried = context.rows.map(({ tokens }) => [tokens, context.carried] as const);
  const measured: Line = {
    name: "that many kept",
    points: context.rows.map(({ tokens, nats }) => [tokens, nats]),
    bands: context.rows
      .filter(({ above }) => Number.isFinite(above.low))
      .map(({ tokens, above }) => [tokens, context.carried + above.low, context.carried + above.high]),
  };
  return [
    {
      title: "Gradient: the norm of ∂loss/∂state, nats",
      xName: `${unit} back`,
      logarithmic: true,
      lines: [curve("all layers", fading.norms), ...layers.map((norms, l) => curve(`layer ${l + 1}`, norms))],
      mark: advised.bptt,
    },
    {
      title: "Context: loss of the same text, nats",
      xName: `${unit} of state kept`,
      logarithmic: false,
      lines: [measured, { name: "the carried state", points: carried }],
      mark: advised.bptt,
    },
    {
      title: "Cost: microseconds a token",
      xName: "bptt",
      logarithmic: true,
      lines: batches.map((batch) => ({
        name: `${batch} lanes`,
        points: of(batch).map(({ bptt, seconds }) => [bptt, 1e6 * seconds] as const),
      })),
      mark: advised.bptt,
    },
  ];
}

function drawn({ title, xName, logarithmic, lines, mark }: Panel, top: number): string[] {
  const all = lines.flatMap(({ points, bands = [] }) => [
    ...points,
    ...bands.flatMap(([x, low, high]) => [[x, low] as const, [x, high] as const]),
  ]);
  if (all.length === 0) return [];
  const [above, below] = [top + 30, top + PANEL - 34];
  const heights = all.map(([, y]) => (logarithmic ? log(y) : y));
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const places = all.map(([x]) => log(1 + x));
  const [nearest, furthest] = [Math.min(...places), Math.max(...places)];
  const x = (value: number) => LEFT + ((log(1 + value) - nearest) / (furthest - nearest || 1)) * (RIGHT - LEFT);
  const y = (value: number) =>
    below - (((logarithmic ? log(value) : value) - low) / (high - low || 1)) * (below - above);
  const ticks = [...new Set(all.map(([value]) => value))].sort((a, b) => a - b).filter(apart(x));
  const ends = [Math.min(...all.map(([, value]) => value)), Math.max(...all.map(([, value]) => value))];
  return [
    text(12, top + 14, title, 'font-weight="bold"'),
    `<path d="M${LEFT} ${above}V${below}H${RIGHT}" fill="none" stroke="var(--faint)"/>`,
    `<path d="M${at(x(mark))} ${above}V${below}" stroke="var(--faint)" stroke-dasharray="1 4"/>`,
    ...ticks.map((value) => text(x(value), below + 16, String(value), 'text-anchor="middle" class="faint"')),
    ...ends.map((value) => text(LEFT - 6, y(value) + 4, value.toPrecision(3), 'text-anchor="end" class="faint"')),
    text((LEFT + RIGHT) / 2, below + 32, xName, 'text-anchor="middle"'),
    ...lines.flatMap((line, i) => lineOf(line, i, x, y)),
  ];
}

function lineOf(
  { name, points, bands = [] }: Line,
  i: number,
  x: (v: number) => number,
  y: (v: number) => number,
): string[] {
  const [colour, dash] = [COLOURS[i % COLOURS.length]!, DASHES[i % DASHES.length]!];
  const last = points.at(-1);
  if (last === undefined) return [];
  const way = points.map(([px, py]) => `${at(x(px))} ${at(y(py))}`).join("L");
  return [
    ...bands.map(
      ([px, low, high]) =>
        `<path d="M${at(x(px))} ${at(y(low))}V${at(y(high))}" stroke="${colour}" stroke-width="5" opacity="0.4"/>`,
    ),
    `<path d="M${way}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
    text(x(last[0]) + 8, y(last[1]) + 4 - 13 * (i % 2), name),
  ];
}

/** Leaves out ticks that would stand on the one before. */
function apart(x: (v: number) => number): (value: number) => boolean {
  let before = Number.NEGATIVE_INFINITY;
  return (value) => {
    if (x(value) - before < 24) return false;
    before = x(value);
    return true;
  };
}

const at = (place: number) => place.toFixed(1);
const escaped = (words: string) => words.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const text = (x: number, y: number, words: string, more = "") =>
  `<text x="${at(x)}" y="${at(y)}" ${more}>${escaped(words)}</text>`;
