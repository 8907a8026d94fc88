// Rates: PyTorch's schedules, warm-up, the list of steps; and where in a schedule a run stands, with windows of any length.

import { describe, expect, test } from "vitest";
import type { KnobValues } from "../../src/base/knob.js";
import { trainingLanes } from "../../src/text/lanes.js";
import { windowLength } from "../../src/text/windows.js";
import type { TrainEvent } from "../../src/training/events.js";
import { checkKnobs } from "../../src/training/knob-values.js";
import { findSchedule, parseRates, rateAt, schedules } from "../../src/training/schedule.js";
import { fastest } from "../helpers/engines.js";
import { distance, golden } from "../helpers/golden.js";
import { newDraw, openTrainer, source, tinySpec, units } from "../helpers/tiny.js";

type WindowEvent = Extract<TrainEvent, { kind: "window" }>;

function ratesOf(kind: string, lr: number, windows: number, knobs: KnobValues, warmup = 0): number[] {
  const values = checkKnobs({ schedule: kind, ...knobs });
  return Array.from({ length: windows }, (_, window) =>
    rateAt(findSchedule(kind), lr, { window, windows, epoch: 0 }, warmup, values),
  );
}

test("cosine and one-cycle are PyTorch's CosineAnnealingLR and OneCycleLR to 1e-12", () => {
  const g = golden("more/schedules");
  for (const name of ["cosine", "cosine_floor", "one_cycle", "one_cycle_late"]) {
    const about = JSON.parse(g.about[name]!);
    const [kind, knobs] = name.startsWith("cosine")
      ? ["cosine", { finalRate: about.eta_min / about.lr }]
      : ["one-cycle", { rise: about.pct_start, div: about.div_factor, finalDiv: about.final_div_factor }];
    const lr = about.max_lr ?? about.lr;
    expect(distance(ratesOf(kind, lr, 50, knobs), g.numbers(`rates.${name}`)).relative, name).toBeLessThan(1e-12);
  }
});

test("constant stays; linear goes from the rate towards its share of it in equal steps", () => {
  expect(ratesOf("constant", 0.5, 4, {})).toEqual([0.5, 0.5, 0.5, 0.5]);
  expect(ratesOf("linear", 0.5, 4, {})).toEqual([0.5, 0.375, 0.25, 0.125]);
  expect(ratesOf("linear", 0.5, 4, { finalRate: 0.5 })).toEqual([0.5, 0.4375, 0.375, 0.3125]);
});

test("one-cycle has a finite, positive rate in every window of a run of any length", () => {
  for (const rise of [0.01, 0.3, 0.5, 0.99]) {
    for (let windows = 1; windows <= 30; windows++) {
      const rates = ratesOf("one-cycle", 0.1, windows, { rise });
      expect(Math.min(...rates), `rise ${rise}, ${windows} windows`).toBeGreaterThan(0);
      expect(Math.max(...rates)).toBeLessThan(0.1 + 1e-15);
    }
  }
});

test("step reads its list by epochs, its last rate goes on, and it asks for as many epochs as it lists", () => {
  const knobs = checkKnobs({ schedule: "step", rates: "2:0.1,1:0.01" });
  const step = findSchedule("step");
  const rates = [0, 1, 2, 3, 9].map((epoch) => step.rate(7, { window: 0, windows: 1, epoch }, knobs));
  expect(rates).toEqual([0.1, 0.1, 0.01, 0.01, 0.01]);
  expect(step.epochs!(knobs)).toBe(3);
  for (const bad of ["", "3", "0:1", "1.5:1", "1:-1", "1:x", "1:2:3", "1:2,", "1:"]) {
    expect(() => parseRates(bad), bad).toThrow("--rates wants a list of epochs:rate");
  }
});

test("a warm-up of n windows takes n equal steps to the schedule, and nothing after it is changed", () => {
  expect(ratesOf("constant", 1, 6, {}, 3)).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  for (const { kind } of schedules.filter((each) => each.kind !== "step")) {
    const [cold, warm] = [ratesOf(kind, 0.1, 20, {}), ratesOf(kind, 0.1, 20, {}, 5)];
    expect(warm.slice(5)).toEqual(cold.slice(5));
    expect(warm.slice(0, 5)).toEqual(cold.slice(0, 5).map((rate, i) => (rate * (i + 1)) / 6));
  }
});

describe("a run's place in its schedule", () => {
  const [, gru] = units[2]!;
  const train = trainingLanes(source(newDraw(3).integers(2 * 97, 0, 10)), 2);
  const spec = tinySpec(gru, {}, { layers: 1 });

  async function windowsOf(knobs: KnobValues) {
    const { trainer, settings } = openTrainer(spec, fastest, knobs, { train });
    const events: TrainEvent[] = [];
    for await (const event of trainer.events()) events.push(event);
    const windows = events.filter((event): event is WindowEvent => event.kind === "window");
    return { windows, settings, epochs: events.filter((event) => event.kind === "epoch").length };
  }

  test("windows in all are counted by walking the awd rule over every epoch, and each rate is by windows done", async () => {
    const knobs = { windowRule: "awd", bptt: 12, epochs: 4, schedule: "linear", lr: 0.01, seed: 5, lrRescale: false };
    const { windows, settings, epochs } = await windowsOf(knobs);
    expect(windows.length).toBe(settings.windows);
    expect(epochs).toBe(4);
    expect(windows.reduce((sum, each) => sum + each.length, 0)).toBe(4 * 96);
    expect(new Set(windows.map((each) => each.length)).size).toBeGreaterThan(3);
    expect(windows.map((each) => each.rate)).toEqual(windows.map((_, i) => 0.01 + (0 - 0.01) * (i / settings.windows)));
    let at = 0;
    for (const [i, each] of windows.entries()) {
      const drawn = windowLength("awd", 12, 5, i);
      expect(each.length).toBe(Math.min(drawn, 96 - (at % 96)));
      at += each.length;
    }
  });

  test("the rate follows the window's length under awd unless told not to, and under fixed only if told to", async () => {
    const rates = async (knobs: KnobValues) => (await windowsOf({ bptt: 10, steps: 15, lr: 0.01, ...knobs })).windows;
    const inProportion = (all: WindowEvent[]) => all.every((each) => each.rate === (0.01 * each.length) / 10);
    const even = (all: WindowEvent[]) => all.every((each) => each.rate === 0.01);
    expect(inProportion(await rates({ windowRule: "awd" }))).toBe(true);
    expect(even(await rates({ windowRule: "awd", lrRescale: false }))).toBe(true);
    expect(even(await rates({ windowRule: "fixed" }))).toBe(true);
    const told = await rates({ windowRule: "fixed", lrRescale: true });
    expect(inProportion(told)).toBe(true);
    expect(even(told)).toBe(false); // the shorter last window of the epoch
  });

  test("step changes its rate where an epoch begins, and its list says how many epochs there are", async () => {
    const { windows, epochs } = await windowsOf({ schedule: "step", rates: "1:0.02,2:0.005", bptt: 40 });
    expect(epochs).toBe(3);
    expect(windows.map((each) => each.rate)).toEqual([0.02, 0.02, 0.02, ...new Array(6).fill(0.005)]);
  });

  test("a warm-up is a share of all windows, rounded down", async () => {
    const { windows } = await windowsOf({ warmup: 0.35, bptt: 10, lr: 1e-3, epochs: 1 });
    expect(windows.length).toBe(10);
    expect(windows.slice(0, 5).map((each) => each.rate)).toEqual([1e-3 / 4, 2e-3 / 4, 3e-3 / 4, 1e-3, 1e-3]);
  });
});
