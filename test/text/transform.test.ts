// A user's own transform of training inputs: what it is called with, what it may change, and that a run with one
// resumes to the same bits.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Vocab } from "../../src/text/encoding/vocab.js";
import { sourceOf } from "../../src/text/storage/tokens.js";
import { type LaneReader, trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import { sections } from "../../src/text/windows/sections.js";
import { type TransformContext, transformed, type WindowTransform } from "../../src/text/windows/transform.js";
import { epochWindows } from "../../src/text/windows/windows.js";
import { requireTransform } from "../../src/training/run/resume.js";
import { memoryFileSystem } from "../helpers/memory-filesystem.js";
import { begin, goOn, outcome, stopAt } from "../helpers/run.js";
import { messageOf } from "./helpers.js";

const url = "file:///project/drop.js";
const vocab = Vocab.build(
  [..."abcdefgh"].map((c, i) => [c, 100 - i] as const),
  { specials: ["<unk>"], minFreq: 1, maxSize: undefined },
);
const text = Int32Array.from({ length: 600 }, (_, i) => 1 + ((i * 7919) % 8));

/** Every tenth id becomes the token 0. */
const drop: WindowTransform = { url, apply: (ids, { random }) => ids.map((id, t) => (random(t) < 0.1 ? 0 : id)) };
const same: WindowTransform = { url, apply: (ids) => ids };

/** The inputs of each lane over one epoch. */
function laneInputs(reader: LaneReader, bptt: number, epoch: number): number[][] {
  const windows = [...epochWindows({ rule: "awd", bptt, seed: 3 }, reader.positions, 0)].map(
    ({ at, steps }) => reader.window(at, steps, epoch) as Window,
  );
  return Array.from({ length: reader.lanes }, (_, lane) =>
    windows.flatMap((w) => [...w.inputs].filter((_, i) => i % w.lanes === lane)),
  );
}

describe("transform", () => {
  test("gets each lane's ids with their targets, position, lane and epoch; changes inputs, and nothing else", () => {
    const plain = trainingLanes(sourceOf(text, 8), 3);
    const calls: { ids: number[]; context: TransformContext }[] = [];
    const reader = transformed(
      plain,
      {
        url,
        apply: (ids, context) => {
          calls.push({ ids: [...ids], context });
          return ids.fill(0);
        },
      },
      { seed: 5, vocab },
    );
    const [was, window] = [plain, reader].map((each) => each.window(21, 7, 2) as Window);
    expect(window).toEqual({ ...was, inputs: new Int32Array(21) });
    expect(was!.starts).toBeDefined();
    expect(calls).toHaveLength(3);
    for (const [lane, { ids, context }] of calls.entries()) {
      const of = (array: Int32Array) => [...array].filter((_, i) => i % 3 === lane);
      expect(ids).toEqual(of(was!.inputs));
      expect([...context.targets]).toEqual(of(was!.targets));
      expect(context).toMatchObject({ seed: 5, epoch: 2, lane, position: 21, vocab });
    }
  });

  test("random numbers do not depend on window boundaries, and differ by epoch, lane, seed and draw", () => {
    const plain = trainingLanes(sourceOf(text), 3);
    const inputs = (seed: number, bptt: number, epoch: number, which = 0) => {
      const apply: WindowTransform["apply"] = (ids, { random }) => ids.map((_, t) => Math.floor(9 * random(t, which)));
      return laneInputs(transformed(plain, { url, apply }, { seed, vocab }), bptt, epoch);
    };
    const expected = inputs(1, 50, 4);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), (bptt) => {
        expect(inputs(1, bptt, 4)).toEqual(expected);
      }),
    );
    for (const other of [inputs(2, 50, 4), inputs(1, 50, 5), inputs(1, 50, 4, 1)]) expect(other).not.toEqual(expected);
    expect(expected[0]).not.toEqual(expected[1]);
  });

  test("works on windows that are read from a file, and on sections", async () => {
    const later = (reader: LaneReader): LaneReader => ({
      ...reader,
      window: async (at, steps, epoch) => reader.window(at, steps, epoch),
    });
    for (const plain of [
      trainingLanes(sourceOf(text), 2),
      sections(sourceOf(text), { lanes: 3, length: 8, stride: 8, seed: 2 }),
    ]) {
      const [now, promised] = [plain, later(plain)].map((each) => transformed(each, drop, { seed: 1, vocab }));
      const window = now!.window(8, 8, 1) as Window;
      expect(await promised!.window(8, 8, 1)).toEqual(window);
      expect(window.targets).toEqual((plain.window(8, 8, 1) as Window).targets);
    }
  });

  test("a result of another length, or with an id outside the vocabulary, is refused with the URL", async () => {
    const said = (apply: WindowTransform["apply"]) =>
      messageOf(async () =>
        transformed(trainingLanes(sourceOf(text), 2), { url, apply }, { seed: 1, vocab }).window(0, 9),
      );
    expect(await said((ids) => ids.subarray(1))).toMatch(`The transform ${url} returned 8 ids for 9 inputs.`);
    expect(await said((ids) => ids.fill(9))).toMatch(`returned the id 9; the vocabulary has ids from 0 to 8.`);
    expect(await said((ids) => ids.fill(-1))).toMatch(`returned the id -1;`);
    expect(await said(() => undefined as never)).toMatch(`returned no ids for 9 inputs.`);
  });
});

describe("a run with a transform", () => {
  test("ends with the bits of a run without one if it is the identity, otherwise with other bits", async () => {
    const [plain, identity, dropped] = [undefined, same, drop].map(() => memoryFileSystem());
    await begin(plain!);
    await begin(identity!, { transform: same });
    await begin(dropped!, { transform: drop });
    expect(outcome(identity!)).toEqual(outcome(plain!));
    expect(outcome(dropped!).model).not.toBe(outcome(plain!).model);
  });

  test("that is stopped and resumed ends with the bits of one that was not", async () => {
    const settings = { bptt: 9, windowRule: "awd" as const, resetState: "never" as const, insertEvery: 40 };
    const whole = memoryFileSystem();
    await begin(whole, { settings, transform: drop });
    const disk = memoryFileSystem();
    await begin(disk, { settings, transform: drop, stopping: stopAt(17).stopping });
    await goOn(disk, { transform: drop });
    expect(outcome(disk)).toEqual(outcome(whole));
  });

  test("is not resumed without it or with another, and a run without one is not resumed with one", async () => {
    const said = (was?: string, now?: string) => messageOf(async () => requireTransform(was, now, "runs/my"));
    expect(await said(url)).toMatch(`runs/my was started with the transform ${url}; got none.`);
    expect(await said(url, "file:///project/other.js")).toMatch(
      `with the transform ${url}; got file:///project/other.js.`,
    );
    expect(await said(undefined, url)).toMatch(`runs/my was started without a transform; got ${url}.`);
    for (const [was, now] of [[url, url], [url, "file:///moved/drop.js"], []]) {
      expect(await said(was, now)).toBe("nothing was thrown");
    }
  });
});
