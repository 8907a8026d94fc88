// Sections: the lesson's lists of characters, in the order of the text or shuffled, each in exactly one batch of an
// epoch.

import { describe, expect, test } from "vitest";
import { sourceOf } from "../../src/text/storage/tokens.js";
import { type LaneReader, trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import { lastTargets, type SectionOptions, sections } from "../../src/text/windows/sections.js";
import { fc, repeats } from "../helpers/random.js";

/** Tokens 1, 2, 3 …: each is its offset + 1, and none is the padding 0. */
const counting = (length: number) => sourceOf(Int32Array.from({ length }, (_, i) => i + 1));

/** An epoch's sections as rows of inputs with their targets; the padding left out. */
function rows(reader: LaneReader, length: number, epoch = 0): { inputs: number[]; targets: number[] }[] {
  const all: { inputs: number[]; targets: number[] }[] = [];
  for (let at = 0; at < reader.positions; at += length) {
    const w = reader.window(at, length, epoch) as Window;
    const lane = (a: Int32Array, b: number) => [...a].filter((_, i) => i % w.lanes === b);
    const found = Array.from({ length: w.lanes }, (_, b) => ({
      inputs: lane(w.inputs, b),
      targets: lane(w.targets, b),
    }));
    const real = found.filter(({ inputs }) => inputs[0] !== 0);
    const known = real.flatMap(({ targets }) => targets).filter((y) => y >= 0);
    expect([w.steps, w.counted]).toEqual([length, known.length]);
    for (const { targets } of found.filter(({ inputs }) => inputs[0] === 0))
      expect(new Set(targets)).toEqual(new Set([-1]));
    all.push(...real);
  }
  return all;
}

describe("sections", () => {
  test("are the lists of the lesson: three characters and the fourth, eight and the ninth, eight and each next", () => {
    for (const tokens of [9, 10, 17, 40, 41, 42, 43]) {
      const idx = Array.from({ length: tokens }, (_, i) => i + 1);
      const range = (stop: number, step: number) => idx.map((_, i) => i * step).filter((j) => j < stop);
      const three = range(tokens - 3, 3).map((j) => ({ inputs: idx.slice(j, j + 3), targets: [-1, -1, idx[j + 3]!] }));
      expect(rows(lastTargets(sections(counting(tokens), { lanes: 4, length: 3, stride: 3 })), 3)).toEqual(three);
      const eight = range(tokens - 8, 1).map((j) => ({
        inputs: idx.slice(j, j + 8),
        targets: [...new Array(7).fill(-1), idx[j + 8]!],
      }));
      expect(rows(lastTargets(sections(counting(tokens), { lanes: 5, length: 8, stride: 1 })), 8)).toEqual(eight);
      // The lesson stops one character short here: a section that would end with the text's last is not in its list.
      const all = range(tokens - 8, 8).map((j) => ({ inputs: idx.slice(j, j + 8), targets: idx.slice(j + 1, j + 9) }));
      expect(rows(sections(counting(tokens), { lanes: 3, length: 8, stride: 8 }), 8)).toEqual(all);
    }
  });

  test("shuffled, each occurs once per epoch, in an order that depends on seed and epoch only", () => {
    const o = fc.record({
      tokens: fc.integer({ min: 0, max: 400 }),
      lanes: fc.integer({ min: 1, max: 20 }),
      length: fc.integer({ min: 1, max: 12 }),
      stride: fc.integer({ min: 1, max: 12 }),
      seed: fc.nat(),
      epoch: fc.nat(1000),
    });
    fc.assert(
      fc.property(o, ({ tokens, epoch, ...options }) => {
        const { seed, ...plain } = options;
        const straight = sections(counting(tokens), plain);
        const mixed = sections(counting(tokens), { ...plain, seed });
        const wanted = rows(straight, plain.length);
        const found = rows(mixed, plain.length, epoch);
        const byStart = (a: { inputs: number[] }, b: { inputs: number[] }) => a.inputs[0]! - b.inputs[0]!;
        expect([...found].sort(byStart)).toEqual(wanted);
        expect(rows(mixed, plain.length, epoch)).toEqual(found);
        if (wanted.length < 20) return;
        for (const other of [wanted, rows(mixed, plain.length, epoch + 1)]) expect(found).not.toEqual(other);
        expect(rows(sections(counting(tokens), { ...plain, seed: seed + 1 }), plain.length, epoch)).not.toEqual(found);
      }),
      { numRuns: repeats(300) },
    );
  });

  test("the trimmed tokens are those in no section", () => {
    const held = (tokens: number, o: SectionOptions) =>
      Math.max(0, ...rows(sections(counting(tokens), o), o.length).map(({ targets }) => targets.at(-1)!));
    for (let tokens = 0; tokens < 40; tokens++) {
      for (const stride of [1, 3, 5]) {
        const o = { lanes: 3, length: 4, stride };
        expect(sections(counting(tokens), o).trimmed).toBe(tokens - held(tokens, o));
      }
    }
  });

  test("a window that is not one whole batch is refused", () => {
    const reader = sections(counting(50), { lanes: 2, length: 5, stride: 5 });
    for (const [at, steps] of [
      [0, 4],
      [2, 5],
      [0, 10],
      [-5, 5],
      [reader.positions, 5],
    ] as const) {
      // biome-ignore format: one line
      expect(() => reader.window(at, steps), `${steps} at ${at}`).toThrow(RangeError);
    }
  });

  test("an asynchronous source gives the same windows", async () => {
    const source = { length: 30, read: async (from: number, to: number) => counting(30).read(from, to) };
    const o = { lanes: 4, length: 3, stride: 2, seed: 5 };
    const [promised, plain] = [source, counting(30)].map((each) => lastTargets(sections(each, o)).window(3, 3, 1));
    expect(promised).toBeInstanceOf(Promise);
    expect(await promised).toEqual(plain);
  });
});

test("lastTargets keeps only each window's last target, also of lanes", () => {
  const lanes = trainingLanes(counting(40), 3);
  const whole = lanes.window(5, 4) as Window;
  const last = lastTargets(lanes).window(5, 4) as Window;
  expect(last.inputs).toEqual(whole.inputs);
  expect([...last.targets]).toEqual([...new Array(9).fill(-1), ...whole.targets.slice(9)]);
  expect(last.counted).toBe(3);
});
