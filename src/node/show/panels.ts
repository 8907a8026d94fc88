// SVG panels of measured curves: lines over a logarithmic axis. Text and axes have the page's colours (`--ink`,
// `--faint`); each line has a colour of Okabe and Ito and its own dash.

import { log } from "../../base/math.js";
import type { Context } from "../../evaluation/inside/context.js";
import type { GradientDecay } from "../../evaluation/inside/gradient-decay.js";

export const WIDTH = 720;
export const PANEL = 250;
const LEFT = 64;
const RIGHT = 560;
export const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"];
/** A gradient curve ends at this share of its largest value. */
const FAINTEST = 1e-6;
/** Smallest distance between the names at the ends of lines. */
const APART = 13;
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2"];

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Lowest and highest of each point. */
  readonly bands?: readonly (readonly [x: number, low: number, high: number])[];
}

export interface Panel {
  readonly title: string;
  readonly xName: string;
  /** Whether the y axis is logarithmic. */
  readonly logarithmic: boolean;
  readonly lines: readonly Line[];
  /** x of a vertical mark. */
  readonly mark?: number | undefined;
}

/** Gradient decay; `unit` is the plural of a token's unit, such as "characters". */
export function gradientPanel(gradientDecay: GradientDecay, unit: string, mark?: number): Panel {
  const layers = gradientDecay.layers.length > 1 ? gradientDecay.layers : [];
  const least = FAINTEST * Math.max(...gradientDecay.norms);
  const curve = (name: string, norms: readonly number[]): Line => ({
    name,
    points: gradientDecay.lags.map((lag, i) => [lag, norms[i]!] as const).filter(([, norm]) => norm > least),
  });
  return {
    title: "Gradient decay: norm of ∂loss/∂state, nats",
    xName: `${unit} back`,
    logarithmic: true,
    lines: [curve("all layers", gradientDecay.norms), ...layers.map((norms, l) => curve(`layer ${l + 1}`, norms))],
    mark,
  };
}

/** Gain of context. */
export function contextPanel(context: Context, unit: string, mark?: number): Panel {
  const carried = context.rows.map(({ tokens }) => [tokens, context.carried] as const);
  const measured: Line = {
    name: "limited context",
    points: context.rows.map(({ tokens, nats }) => [tokens, nats]),
    bands: context.rows
      .filter(({ above }) => Number.isFinite(above.low))
      .map(({ tokens, above }) => [tokens, context.carried + above.low, context.carried + above.high]),
  };
  return {
    title: "Context: loss of the same text, nats",
    xName: `${unit} of context`,
    logarithmic: false,
    lines: [measured, { name: "the carried state", points: carried }],
    mark,
  };
}

/** SVG elements of a panel whose upper edge lies at `top`. */
export function drawn({ title, xName, logarithmic, lines, mark }: Panel, top: number): string[] {
  const all = lines.flatMap(({ points, bands = [] }) => [
    ...points,
    ...bands.flatMap(([x, low, high]) => [[x, low] as const, [x, high] as const]),
  ]);
  if (all.length === 0) return [];
  const above = top + 30;
  const below = top + PANEL - 34;
  const heights = all.map(([, y]) => (logarithmic ? log(y) : y));
  const low = Math.min(...heights);
  const high = Math.max(...heights);
  const places = all.map(([x]) => log(1 + x));
  const nearest = Math.min(...places);
  const furthest = Math.max(...places);
  const x = (value: number) => LEFT + ((log(1 + value) - nearest) / (furthest - nearest || 1)) * (RIGHT - LEFT);
  const y = (value: number) =>
    below - (((logarithmic ? log(value) : value) - low) / (high - low || 1)) * (below - above);
  const ticks = [...new Set(all.map(([value]) => value))].sort((a, b) => a - b).filter(apart(x));
  const ends = [Math.min(...all.map(([, value]) => value)), Math.max(...all.map(([, value]) => value))];
  return [
    text(12, top + 14, logarithmic ? `${title} (logarithmic scale)` : title, 'font-weight="bold"'),
    `<path d="M${LEFT} ${above}V${below}H${RIGHT}" fill="none" stroke="var(--faint)"/>`,
    ...(mark === undefined
      ? []
      : [`<path d="M${at(x(mark))} ${above}V${below}" stroke="var(--faint)" stroke-dasharray="1 4"/>`]),
    ...ticks.map((value) => text(x(value), below + 16, String(value), 'text-anchor="middle" class="faint"')),
    ...ends.map((value) => text(LEFT - 6, y(value) + 4, shortly(value), 'text-anchor="end" class="faint"')),
    text((LEFT + RIGHT) / 2, below + 32, `${xName} (logarithmic scale)`, 'text-anchor="middle"'),
    ...lines.flatMap((line, i) => lineOf(line, i, x, y)),
    ...names(lines, x, y),
  ];
}

/** The name of each line at its end, moved up where it would stand on another. */
function names(lines: readonly Line[], x: (v: number) => number, y: (v: number) => number): string[] {
  const ends = lines.flatMap(({ name, points }) => points.slice(-1).map(([px, py]) => ({ name, x: x(px), y: y(py) })));
  let before = Number.POSITIVE_INFINITY;
  return ends
    .sort((a, b) => b.y - a.y)
    .map((end) => {
      before = Math.min(end.y, before - APART);
      return text(end.x + 8, before + 4, end.name);
    });
}

function lineOf({ points, bands = [] }: Line, i: number, x: (v: number) => number, y: (v: number) => number): string[] {
  const colour = COLOURS[i % COLOURS.length]!;
  const dash = DASHES[i % DASHES.length]!;
  if (points.length === 0) return [];
  const way = points.map(([px, py]) => `${at(x(px))} ${at(y(py))}`).join("L");
  return [
    ...bands.map(
      ([px, low, high]) =>
        `<path d="M${at(x(px))} ${at(y(low))}V${at(y(high))}" stroke="${colour}" stroke-width="5" opacity="0.4"/>`,
    ),
    `<path d="M${way}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
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

/** Three digits, in a few characters however small. */
const shortly = (value: number) => (value > 0 && value < 1e-3 ? value.toExponential(1) : value.toPrecision(3));

const at = (place: number) => place.toFixed(1);
/** Plain words between tags. */
export const escaped = (words: string) => words.replace(/&/g, "&amp;").replace(/</g, "&lt;");
export const text = (x: number, y: number, words: string, more = "") =>
  `<text x="${at(x)}" y="${at(y)}" ${more}>${escaped(words)}</text>`;
