import { describe, expect, test } from "vitest";
import { sourceOf, type TokenSource } from "../../src/text/storage/tokens.js";
import {
  evaluationLanes,
  fitLanes,
  type LaneReader,
  trainingLanes,
  type Window,
} from "../../src/text/windows/lanes.js";
import { epochWindows } from "../../src/text/windows/windows.js";
import { fc, repeats } from "../helpers/random.js";
import { messageOf } from "./helpers.js";

/** Tokens 1, 2, 3 …: each is its offset + 1, and none is the padding 0. */
const counting = (length: number) => sourceOf(Int32Array.from({ length }, (_, i) => i + 1));

function allWindows(lanes: LaneReader, bptt: number, seed: number): Window[] {
  const plan = { rule: "awd", bptt, seed } as const;
  return [...epochWindows(plan, lanes.positions, 0)].map(({ at, steps }) => {
    const window = lanes.window(at, steps);
    if (window instanceof Promise) throw new Error("promised");
    const known = window.targets.filter((target) => target !== -1).length;
    const shape = [
      window.steps,
      window.lanes,
      window.inputs.length,
      window.targets.length,
      window.counted,
      window.starts,
    ];
    expect(shape).toEqual([steps, lanes.lanes, steps * lanes.lanes, steps * lanes.lanes, known, undefined]);
    return window;
  });
}

/** All windows one after another, as one row a lane. */
function rowsOf(windows: readonly Window[], lanes: number, key: "inputs" | "targets"): number[][] {
  return Array.from({ length: lanes }, (_, b) => windows.flatMap((w) => [...w[key]].filter((_, i) => i % lanes === b)));
}

const sizes = fc.record({
  tokens: fc.integer({ min: 2, max: 300 }),
  lanes: fc.integer({ min: 1, max: 20 }),
  bptt: fc.integer({ min: 1, max: 20 }),
  seed: fc.nat(),
});

describe("lanes", () => {
  test("training: lanes are contiguous, targets are the next tokens, and only the trimmed tokens are left out", () => {
    fc.assert(
      fc.property(sizes, ({ tokens, lanes, bptt, seed }) => {
        fc.pre(tokens >= 2 * lanes);
        const reader = trainingLanes(counting(tokens), lanes);
        const windows = allWindows(reader, bptt, seed);
        const length = reader.positions + 1;
        expect(reader.trimmed).toBe(tokens % lanes);
        expect(lanes * length + reader.trimmed).toBe(tokens);
        const lane = (b: number) => Array.from({ length }, (_, i) => b * length + i + 1);
        const wanted = Array.from({ length: lanes }, (_, b) => lane(b));
        expect(rowsOf(windows, lanes, "inputs")).toEqual(wanted.map((row) => row.slice(0, -1)));
        expect(rowsOf(windows, lanes, "targets")).toEqual(wanted.map((row) => row.slice(1)));
      }),
      { numRuns: repeats(2000) },
    );
  });

  test("evaluation: every token but the first is scored once; with a token before, the first too", () => {
    fc.assert(
      fc.property(sizes, fc.option(fc.constant(777), { nil: undefined }), ({ tokens, lanes, bptt, seed }, before) => {
        const reader = evaluationLanes(counting(tokens), lanes, before);
        const predictions = before === undefined ? tokens - 1 : tokens;
        expect([reader.lanes, reader.positions]).toEqual([lanes, Math.ceil(predictions / lanes)]);
        const windows = allWindows(reader, bptt, seed);
        const inputs = rowsOf(windows, reader.lanes, "inputs").flat();
        const targets = rowsOf(windows, reader.lanes, "targets").flat();
        const scored = Array.from({ length: predictions }, (_, i) => i + (before === undefined ? 2 : 1));
        const padding = targets.length - predictions;
        expect(targets).toEqual([...scored, ...Array<number>(padding).fill(-1)]);
        const fed = scored.map((target) => (target === 1 ? before : target - 1));
        expect(inputs).toEqual([...fed, ...Array<number>(padding).fill(0)]);
        expect(windows.reduce((sum, window) => sum + window.counted, 0)).toBe(predictions);
      }),
      { numRuns: repeats(2000) },
    );
  });

  test("an asynchronous source gives the same windows as promises", async () => {
    const memory = counting(103);
    const promised: TokenSource = { length: 103, read: async (from, to) => memory.read(from, to) };
    for (const [now, later] of [
      [trainingLanes(memory, 4), trainingLanes(promised, 4)],
      [evaluationLanes(memory, 7, 9), evaluationLanes(promised, 7, 9)],
    ] as const) {
      for (const { at, steps } of epochWindows({ rule: "fixed", bptt: 6, seed: 0 }, now.positions, 0)) {
        const window = later.window(at, steps);
        expect(window).toBeInstanceOf(Promise);
        expect(await window).toEqual(now.window(at, steps));
      }
    }
  });

  test("a text with nothing to predict has no positions", () => {
    expect(evaluationLanes(counting(1), 4).positions).toBe(0);
    expect(evaluationLanes(counting(1), 4, 5)).toMatchObject({ lanes: 4, positions: 1 });
    expect(trainingLanes(counting(7), 5).positions).toBe(0);
  });

  test("a window outside the lanes is refused", () => {
    const lanes = trainingLanes(counting(10), 2);
    expect(() => lanes.window(3, 2)).toThrow("a window of 2 at 3 is outside the lanes' 4 positions");
    expect(() => lanes.window(0, 0)).toThrow(RangeError);
  });
});

describe("the number of lanes that fit a text", () => {
  test("is as asked if each lane holds a window, otherwise the largest that does, at least 1, with a notice", () => {
    fc.assert(
      fc.property(sizes, ({ tokens, lanes, bptt }) => {
        const notices: string[] = [];
        const fitting = fitLanes(counting(tokens), lanes, bptt, (text) => notices.push(text));
        const holds = (n: number) => trainingLanes(counting(tokens), n).positions >= bptt;
        expect(fitting).toBeGreaterThanOrEqual(1);
        expect(fitting === lanes || !holds(fitting + 1)).toBe(true);
        expect(fitting === 1 || holds(fitting)).toBe(true);
        expect(notices.length).toBe(fitting < lanes ? 1 : 0);
        expect(trainingLanes(counting(tokens), fitting).positions).toBeGreaterThan(0);
      }),
      { numRuns: repeats(1000) },
    );
  });

  test("the text of the notice and of the error", async () => {
    const notices: string[] = [];
    fitLanes(counting(1000), 64, 70, (text) => notices.push(text));
    fitLanes(counting(2), 64, 70, (text) => notices.push(text));
    expect(notices).toEqual([
      "The training part has 1000 tokens, too few for 64 lanes of at least 71: using 14 lanes.",
      "The training part has 2 tokens, too few for 64 lanes of at least 71: using 1 lane.",
    ]);
    expect(await messageOf(() => fitLanes(counting(1), 1, 1))).toBe(
      "LonghandError: The training part of the text has 1 token; the smallest that works is 2.\n" +
        "Give a longer text, or a smaller `validFraction`.",
    );
  });
});
