// The loaders of the lesson, compared with slow transcriptions of their rules that were made from their description,
// not from this code: fastai 0.7's LanguageModelLoader (nlp.py) and torchtext's BPTTIterator (0.2.3 to 0.6).

import { describe, expect, test } from "vitest";
import { normal, Purpose, uniform } from "../../src/base/random.js";
import { sourceOf } from "../../src/text/storage/tokens.js";
import { type LaneReader, padded, trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import { countWindows, epochWindows, type WindowRule } from "../../src/text/windows/windows.js";
import { all, thinned } from "../helpers/random.js";

const PAD = 1;
const sizes = { N: [2, 3, 5, 7, 11, 16, 24, 31, 40, 57, 64, 80, 99, 121, 150, 200, 257, 300, 391, 512, 700] as const };
const lengths = Array.from({ length: 62 }, (_, i) => sizes.N[i % 21]! + 13 * Math.floor(i / 21));
const grid = thinned(lengths, 5).flatMap((N) =>
  [1, 2, 3, 4, 5, 7, 8, 16, 20].flatMap((bs) => [1, 2, 3, 5, 8, 10, 13, 20, 35, 70].map((bptt) => ({ N, bs, bptt }))),
);

/** A batch as those loaders give it: x (T, bs) and the flattened y, both time-major. */
interface Batch {
  readonly x: number[];
  readonly y: number[];
}

function columns(data: readonly number[], bs: number): number[][] {
  const n = data.length / bs;
  return Array.from({ length: n }, (_, t) => Array.from({ length: bs }, (_, b) => data[b * n + t]!));
}

/** nlp.py, with the two draws of a window given by its number over all epochs. */
function languageModelLoader(data: number[], bs: number, bptt: number, seed: number, first: number): Batch[] {
  const nb = Math.floor(data.length / bs);
  const rows = columns(data.slice(0, nb * bs), bs);
  const n = nb;
  const length = Math.floor(n / bptt) - 1;
  const batches: Batch[] = [];
  let i = 0;
  let iter = 0;
  while (!(i >= n - 1 || iter >= length)) {
    const window = first + iter;
    const b = uniform(seed, Purpose.windowLength, window) < 0.95 ? bptt : bptt / 2;
    const drawn = b + 5 * normal(seed, Purpose.windowLength, window, 0, 1);
    const sl = Math.min(Math.max(5, drawn < 0 ? Math.ceil(drawn) : Math.floor(drawn)), bptt + 40);
    const take = Math.min(sl, n - 1 - i);
    batches.push({ x: rows.slice(i, i + take).flat(), y: rows.slice(i + 1, i + 1 + take).flat() });
    i += sl;
    iter += 1;
  }
  return batches;
}

/** iterator.py. */
function bpttIterator(data: number[], bs: number, bptt: number): Batch[] {
  const L = Math.ceil(data.length / bs);
  const text = [...data, ...new Array<number>(L * bs - data.length).fill(PAD)];
  const rows = columns(text, bs);
  const batches: Batch[] = [];
  const count = Math.ceil((data.length / bs - 1) / bptt);
  for (let k = 0; k < count; k++) {
    const i = k * bptt;
    const take = Math.min(bptt, L - i - 1);
    batches.push({ x: rows.slice(i, i + take).flat(), y: rows.slice(i + 1, i + 1 + take).flat() });
  }
  return batches;
}

function ours(reader: LaneReader, rule: WindowRule, bptt: number, seed: number, first: number): Batch[] {
  return [...epochWindows({ rule, bptt, seed }, reader.positions, first)].map(({ at, steps }) => {
    const { inputs, targets } = reader.window(at, steps) as Window;
    return { x: [...inputs], y: [...targets] };
  });
}

const tokens = (N: number) => Array.from({ length: N }, (_, i) => 2 + i);

describe("the lesson's loaders", () => {
  test(`fastai 0.7's loader: the same batches over ${grid.length} combinations of N, batch and bptt`, () => {
    expect(grid.length).toBe(all ? 5580 : 1170);
    let early = 0;
    for (const [k, { N, bs, bptt }] of grid.entries()) {
      const wanted = languageModelLoader(tokens(N), bs, bptt, 3, 7 * k);
      const reader = trainingLanes(sourceOf(Int32Array.from(tokens(N))), bs);
      const found = ours(reader, "lesson", bptt, 3, 7 * k);
      // A loader whose own length is none gives nothing there; here an epoch has at least one window, where the lanes
      // have one.
      if (Math.floor(Math.floor(N / bs) / bptt) - 1 < 1) expect(found.length).toBe(reader.positions > 0 ? 1 : 0);
      else expect(found, JSON.stringify({ N, bs, bptt })).toEqual(wanted);
      const reached = wanted.reduce((sum, { x }) => sum + x.length / bs, 0);
      if (wanted.length > 0 && reached < reader.positions) early += 1;
    }
    expect(early).toBeGreaterThan(all ? 100 : 20); // it does stop early
  });

  test(`torchtext's BPTTIterator: the same batches over ${grid.length} combinations, padding trained on`, () => {
    for (const { N, bs, bptt } of grid) {
      const reader = trainingLanes(padded(sourceOf(Int32Array.from(tokens(N))), bs, PAD), bs);
      expect(reader.positions).toBe(Math.ceil(N / bs) - 1);
      if (N < bs) continue; // every lane is one token, nothing can be predicted
      expect(ours(reader, "fixed", bptt, 0, 0), JSON.stringify({ N, bs, bptt })).toEqual(
        bpttIterator(tokens(N), bs, bptt),
      );
    }
  });

  test("the lesson's figures: 963 batches reported, about 922 read; of long windows 95.5% of a text", () => {
    const positions = Math.floor(493_747 / 64) - 1;
    expect(Math.floor((positions + 1) / 8)).toBe(964); // less one: 963
    const counts = Array.from({ length: 20 }, (_, seed) =>
      countWindows({ rule: "lesson", bptt: 8, seed }, positions, 1),
    );
    const mean = counts.reduce((a, b) => a + b) / counts.length;
    expect(Math.abs(mean - 922)).toBeLessThan(6);
    expect(Math.abs(positions / mean - 8.38)).toBeLessThan(0.06);
    const share =
      Array.from({ length: 20 }, (_, seed) => {
        const windows = [...epochWindows({ rule: "lesson", bptt: 70, seed }, positions, 0)];
        expect(windows.length).toBe(Math.floor((positions + 1) / 70) - 1);
        return (windows.at(-1)!.at + windows.at(-1)!.steps) / positions;
      }).reduce((a, b) => a + b) / 20;
    expect(Math.abs(share - 0.955)).toBeLessThan(0.01);
  });
});
