// Stops small runs wherever they can be stopped, in every window and in every window of a validation, and goes on
// through the written bytes in a fresh trainer. The rest of the run must be the same to the bit.

import { describe, expect, test } from "vitest";
import type { SettingValues } from "../../src/base/setting.js";
import { f32, f64, native, wasm } from "../helpers/engines.js";
import { type MemoryFileSystem, memoryFileSystem } from "../helpers/memory-filesystem.js";
import { begin, goOn, outcome, own, stopAt, type TinyRun } from "../helpers/run.js";

const runs: readonly [string, SettingValues][] = [
  [
    "an lstm of two layers with dropout, windows of many lengths, adam and a cosine",
    {
      cell: "lstm",
      layers: 2,
      dropout: 0.3,
      windowRule: "awd",
      schedule: "cosine",
      warmup: 0.2,
      validateEvery: 7,
      sampleEvery: 5,
    },
  ],
  [
    "a gru whose state flows on from epoch to epoch, momentum and a list of rates",
    { cell: "gru", resetState: "never", optimizer: "sgd", momentum: 0.9, schedule: "piecewise", rates: "1:0.3,1:0.05" },
  ],
  [
    "a tied rnn over bytes for a number of windows, rmsprop and one cycle",
    { cell: "rnn", tied: true, unit: "byte", optimizer: "rmsprop", schedule: "one-cycle", steps: 25, clipBy: "value" },
  ],
];

async function straight(o: TinyRun) {
  const disk = memoryFileSystem();
  const counter = stopAt(Number.POSITIVE_INFINITY);
  const events = own(await begin(disk, { ...o, stopping: counter.stopping }));
  return { events, asked: counter.asked(), ...outcome(disk) };
}

async function stopped(o: TinyRun, k: number): Promise<MemoryFileSystem> {
  const disk = memoryFileSystem();
  const events = await begin(disk, { ...o, stopping: stopAt(k).stopping });
  expect(events.at(-1)).toMatchObject({ kind: "interrupted", process: true });
  return disk;
}

describe.each(runs)("%s", (_name, settings) => {
  test("stopped at any question it asks, the rest is the same: events, log, state, weights", async () => {
    const whole = await straight({ settings });
    expect(whole.asked).toBeGreaterThan(29);
    const kinds = whole.events.map((event) => (event as { kind: string }).kind);
    expect(new Set(kinds)).toEqual(new Set(["start", "window", "epoch", "baseline", "validation", "sample", "end"]));
    expect(kinds.filter((kind) => kind === "baseline")).toHaveLength(1);
    expect(kinds.indexOf("baseline") + 1).toBe(kinds.indexOf("validation"));
    for (let k = 0; k < whole.asked; k++) {
      const disk = await stopped({ settings }, k);
      const rest = own(await goOn(disk));
      expect(rest, `stopped at question ${k}`).toEqual(whole.events.slice(whole.events.length - rest.length));
      const { events: _, asked: __, ...files } = whole;
      expect(outcome(disk), `stopped at question ${k}`).toEqual(files);
    }
  });

  test("ended by force after the save of every single window, it is the same run", async () => {
    const everyWindow = { ...settings, saveEvery: 0 };
    const { events: _, asked: __, ...whole } = await straight({ settings: everyWindow });
    const disk = memoryFileSystem();
    let processes = 0;
    const life = (step: (o: TinyRun) => Promise<unknown>) => {
      processes += 1;
      return step({ settings: everyWindow, each: throwAfterSave() }).then(
        () => true,
        (error) => {
          if (error !== FORCE) throw error;
          return false;
        },
      );
    };
    for (let ended = await life((o) => begin(disk, o)); !ended; ended = await life((o) => goOn(disk, o)));
    expect(processes).toBeGreaterThan(20);
    expect(outcome(disk)).toEqual(whole);
  });
});

const FORCE = new Error("ended by force");

function throwAfterSave(): (event: { kind: string }) => void {
  let trained = false;
  return ({ kind }) => {
    if (kind === "window") trained = true;
    if (kind === "saved" && trained) throw FORCE;
  };
}

test.each([
  ["f32", f32] as const,
  ["f64", f64] as const,
  ...[...wasm, ...native].map((each) => [each.level, each] as const),
])("resume is exact on the engine %s", async (_name, engine) => {
  const settings = { ...runs[0]![1], steps: 12, validateEvery: 4 };
  const whole = await straight({ settings, engine });
  for (const k of [0, 6, 11]) {
    const disk = await stopped({ settings, engine }, k);
    await goOn(disk, { engine });
    const { events: _, asked: __, ...files } = whole;
    expect(outcome(disk)).toEqual(files);
  }
});
