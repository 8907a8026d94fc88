// The colours of the page: ink is readable on all of them, and they are told apart by eyes that see fewer of them.

import { describe, expect, test } from "vitest";
import { STEPS, type Theme, themes } from "../../../src/node/show/colours.js";

/** Linear red, green, blue of sRGB (IEC 61966-2-1). */
function linear(colour: string): number[] {
  return [1, 3, 5].map((at) => {
    const x = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  });
}

/** Relative luminance and contrast as WCAG 2 defines them. */
const luminance = (colour: string) => linear(colour).reduce((sum, x, i) => sum + [0.2126, 0.7152, 0.0722][i]! * x, 0);
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

/** Machado, Oliveira and Fernandes 2009, severity 1.0: linear colours as they are seen without one kind of cone. */
const blindness: Readonly<Record<string, readonly (readonly number[])[]>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIE L*a*b* (D65) of linear red, green, blue. */
function lab(rgb: readonly number[]): number[] {
  const matrix = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.072175],
    [0.0193339, 0.119192, 0.9503041],
  ];
  const white = [0.95047, 1, 1.08883];
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [x, y, z] = matrix.map((row, i) => f(row.reduce((sum, m, k) => sum + m * Math.max(0, rgb[k]!), 0) / white[i]!));
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
}

const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((x, i) => x - b[i]!));
const seenBy = (matrix: readonly (readonly number[])[], colour: string) =>
  lab(matrix.map((row) => row.reduce((sum, m, k) => sum + m * linear(colour)[k]!, 0)));

const grounds = ({ surprisal, positive, negative }: Theme) => [...surprisal, ...positive, ...negative];

describe.each(Object.entries(themes))("in %s", (_, theme) => {
  test("each scale has all its steps, and begins with the paper", () => {
    expect(theme.surprisal).toHaveLength(STEPS.surprisal + 1);
    for (const scale of [theme.positive, theme.negative]) expect(scale).toHaveLength(STEPS.signed + 1);
    for (const [first] of [theme.surprisal, theme.positive, theme.negative]) expect(first).toBe(theme.paper);
  });

  test("ink has a contrast of 4.5 or more on every colour, and fainter words on paper and cards", () => {
    for (const ground of grounds(theme)) expect(contrast(theme.ink, ground), ground).toBeGreaterThanOrEqual(4.5);
    for (const ground of [theme.paper, theme.card]) {
      for (const words of [theme.ink, theme.faint]) expect(contrast(words, ground)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test("a bar has a contrast of 3 or more with the colour it stands on", () => {
    const { marks, surprisal, positive, negative } = theme;
    for (const ground of surprisal) expect(contrast(marks.surprisal, ground), ground).toBeGreaterThanOrEqual(3);
    for (const ground of positive) expect(contrast(marks.positive, ground), ground).toBeGreaterThanOrEqual(3);
    for (const ground of negative) expect(contrast(marks.negative, ground), ground).toBeGreaterThanOrEqual(3);
  });

  test("surprisal goes one way in lightness, so it can be read without hue", () => {
    const light = theme.surprisal.map((colour) => lab(linear(colour))[0]!);
    const direction = Math.sign(light.at(-1)! - light[0]!);
    for (let i = 1; i < light.length; i++) expect(Math.sign(light[i]! - light[i - 1]!)).toBe(direction);
    expect(Math.abs(light.at(-1)! - light[0]!)).toBeGreaterThan(25);
  });

  test.each(Object.entries(blindness))(
    "with %s, above and below the middle stay apart from the half of a scale on",
    (_, matrix) => {
      for (let i = STEPS.signed / 2; i <= STEPS.signed; i++) {
        const above = seenBy(matrix, theme.positive[i]!);
        const below = seenBy(matrix, theme.negative[i]!);
        expect(distance(above, below), `step ${i}`).toBeGreaterThan(20);
      }
    },
  );
});
