// Slips of a hand: where they come, how often, what they make of a character, and that nothing else is touched.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draw, Purpose } from "../../src/base/random.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import { sourceOf } from "../../src/text/storage/tokens.js";
import { type LaneReader, trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import { keysAround, type NoiseOptions, noisy, slipTable } from "../../src/text/windows/noise.js";
import { sections } from "../../src/text/windows/sections.js";
import { epochWindows } from "../../src/text/windows/windows.js";

const characters = [..."abcdefghijklmnopqrstuvwxyABC .\n7é"]; // no z, no É
const vocab = Vocab.build(
  characters.map((c, i) => [c, 1000 - i] as const),
  { specials: ["<unk>", "<end>"], minFreq: 1, maxSize: undefined },
);
const id = (c: string) => vocab.stoi.get(c)!;
const table = slipTable(vocab);
const text = Int32Array.from({ length: 4000 }, (_, i) => (i % 41 === 0 ? 1 : 2 + ((i * 7919) % characters.length)));
const o = { caseRate: 0.2, typingRate: 0.3, seed: 9, carried: true };

const lane = (w: Window, key: "inputs" | "targets", b: number) => [...w[key]].filter((_, i) => i % w.lanes === b);
function rows(reader: LaneReader, key: "inputs" | "targets", bptt: number, epoch: number): number[][] {
  const plan = { rule: "awd", bptt, seed: 3 } as const;
  const windows = [...epochWindows(plan, reader.positions, 0)].map(
    ({ at, steps }) => reader.window(at, steps, epoch) as Window,
  );
  for (const w of windows) expect([w.inputs.length, w.counted]).toEqual([w.steps * w.lanes, w.steps * w.lanes]);
  return Array.from({ length: reader.lanes }, (_, b) => windows.flatMap((w) => lane(w, key, b)));
}

/** A lane by the words of the definition, all of it at once. */
function literal(clean: readonly number[], last: number, number0: number, b: number, n: NoiseOptions): number[] {
  const words = clean.map((_, p) => [...draw(n.seed, Purpose.noise, number0 + p, b, 0)]);
  const chance = (word: number, rate: number) => word / 2 ** 32 < rate;
  const early = words.map((w) => chance(w[0]!, n.typingRate) && w[1]! % 2 === 1);
  const next = (p: number) => clean[p + 1] ?? last;
  const moves = (x: number) => x >= vocab.specials && x !== id("\n");
  const goes = clean.map((x, p) => early[p]! && !(early[p - 1] ?? false) && moves(x) && moves(next(p)));
  return clean.map((x, p) => {
    const [w0, w1, w2, w3] = words[p] as [number, number, number, number];
    const near = table.around[x]!;
    const wrong = chance(w0, n.typingRate) && w1 % 2 === 0 && near.length > 0;
    const read = goes[p - 1] ? clean[p - 1]! : goes[p] ? next(p) : wrong ? near[Math.floor((w2 / 2 ** 32) * near.length)]! : x; // biome-ignore format: one line
    return chance(w3, n.caseRate) ? table.otherCase[read]! : read;
  });
}

describe("noise", () => {
  test("is what its definition says, wherever windows are cut, and targets are clean", () => {
    const sizes = fc.record({ lanes: fc.integer({ min: 1, max: 5 }), bptt: fc.integer({ min: 1, max: 90 }) });
    fc.assert(
      fc.property(sizes, fc.nat(20), fc.nat(), ({ lanes, bptt }, epoch, seed) => {
        const plain = trainingLanes(sourceOf(text.subarray(0, 600)), lanes);
        const reader = noisy(plain, table, { ...o, seed });
        const [inputs, targets] = [rows(plain, "inputs", bptt, epoch), rows(plain, "targets", bptt, epoch)];
        expect(rows(reader, "targets", bptt, epoch)).toEqual(targets);
        const wanted = inputs.map((row, b) =>
          literal(row, targets[b]!.at(-1)!, epoch * plain.positions, b, { ...o, seed }),
        );
        expect(rows(reader, "inputs", bptt, epoch)).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  test("comes as often as its rate, half of it on neighbouring keys, half in the wrong order", () => {
    const plain = trainingLanes(sourceOf(Int32Array.from({ length: 40_001 }, (_, i) => id("sdfghjk"[i % 7]!))), 1);
    const changed = (n: Partial<NoiseOptions>) => {
      const [clean, read] = [plain, noisy(plain, table, { ...o, caseRate: 0, typingRate: 0, ...n })].map((each) => [
        ...(each.window(0, plain.positions) as Window).inputs,
      ]);
      const other = clean!.map((x, p) => x !== read![p]);
      const swapped = clean!.filter((x, p) => other[p] && read![p] === clean![p + 1] && read![p + 1] === x).length;
      return { all: other.filter(Boolean).length / clean!.length, swapped: swapped / clean!.length };
    };
    expect(changed({})).toEqual({ all: 0, swapped: 0 });
    const { all, swapped } = changed({ typingRate: 0.1 });
    expect(swapped).toBeCloseTo(0.05 * 0.95, 2); // one that comes after another is none
    expect(all).toBeCloseTo(0.05 + 2 * 0.05 * 0.95, 1.7);
    expect(changed({ caseRate: 0.1 }).all).toBe(0); // none of these has its other case here
  });

  test("swaps case where the vocabulary has both, and strikes only keys that it has", () => {
    expect([..."aBzé\n"].map((c) => vocab.itos[table.otherCase[id(c) ?? 0]!])).toEqual(["A", "b", "<unk>", "é", "\n"]);
    expect(keysAround("g").sort()).toEqual([..."bfhtvy"]);
    expect(table.around[id("a")]!.map((x) => vocab.itos[x]!).sort()).toEqual([..."qsw"]); // z is not in the text
    expect(table.around[id("A")]).toEqual([]); // its neighbours are not in capitals
    expect([keysAround("é"), keysAround(" "), keysAround("")]).toEqual([[], [], []]);
    const all = noisy(trainingLanes(sourceOf(text), 2), table, { ...o, caseRate: 1, typingRate: 1 });
    const read = new Set(rows(all, "inputs", 50, 0).flat());
    expect([...read].every((x) => x < vocab.size)).toBe(true);
  });

  test("leaves specials and line ends where they are", () => {
    const still = (x: number) => x < vocab.specials || x === id("\n");
    const plain = trainingLanes(sourceOf(text), 3);
    const [clean, read] = [plain, noisy(plain, table, { ...o, typingRate: 1, caseRate: 1 })].map((each) =>
      rows(each, "inputs", 17, 0).flat(),
    );
    expect(clean!.map((x) => still(x) && x)).toEqual(read!.map((x) => still(x) && x));
  });

  test("knows nothing of a section before another, and is another in each epoch", () => {
    const plain = sections(sourceOf(text), { lanes: 3, length: 8, stride: 8, seed: 2 });
    const reader = noisy(plain, table, { ...o, carried: false });
    const [clean, read, later] = [plain.window(16, 8, 2), reader.window(16, 8, 2), reader.window(16, 8, 3)] as Window[];
    for (let b = 0; b < 3; b++) {
      const inputs = lane(clean!, "inputs", b);
      const wanted = literal(inputs, lane(clean!, "targets", b).at(-1)!, 2 * plain.positions + 16, b, o);
      expect(lane(read!, "inputs", b)).toEqual(wanted);
    }
    expect(later).not.toEqual(read);
  });

  test("takes starts along", () => {
    const plain = trainingLanes(sourceOf(text), 2);
    const marked: LaneReader = {
      ...plain,
      window(at, steps) {
        const w = plain.window(at, steps) as Window;
        return { ...w, starts: w.inputs.map((x) => (x === 1 ? 1 : 0)) };
      },
    };
    const window = noisy(marked, table, o).window(39, 20) as Window;
    expect(window.starts).toEqual((marked.window(39, 20) as Window).starts);
    expect(window.starts).toEqual(window.inputs.map((x) => (x === 1 ? 1 : 0)));
  });
});
