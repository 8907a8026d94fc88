// Tests of learning rates: PyTorch's and fastai's schedules, warm-up, the piecewise list, and a run's position in its
// schedule with windows of any length.

import { describe, expect, test } from "vitest";
import type { SettingValues } from "../../src/base/setting.js";
import { trainingLanes } from "../../src/text/windows/lanes.js";
import { windowLength } from "../../src/text/windows/windows.js";
import type { TrainEvent } from "../../src/training/loop/events.js";
import {
  endingCycle,
  findSchedule,
  parseRates,
  rateAt,
  type SchedulePlace,
  schedules,
} from "../../src/training/settings/schedule.js";
import { checkSettings, readSettings } from "../../src/training/settings/values.js";
import { fastest } from "../helpers/engines.js";
import { distance, golden } from "../helpers/golden.js";
import { newDraw, openTrainer, source, tinySpec, units } from "../helpers/tiny.js";

type WindowEvent = Extract<TrainEvent, { kind: "window" }>;

function ratesOf(kind: string, lr: number, windows: number, settings: SettingValues, warmup = 0): number[] {
  const values = checkSettings(readSettings({ schedule: kind, ...settings }));
  return Array.from({ length: windows }, (_, window) =>
    rateAt(findSchedule(kind), lr, positionOf(windows, windows)(window), warmup, values),
  );
}

/** The schedule position of each window, in a run of `windows` with epochs of `each` windows. */
function positionOf(windows: number, each: number): (window: number) => SchedulePlace {
  return (window) => ({ window, windows, epoch: Math.floor(window / each), begins: (epoch) => epoch * each });
}

test("cosine and one-cycle equal PyTorch's CosineAnnealingLR and OneCycleLR to 1e-12", () => {
  const g = golden("more/schedules");
  for (const name of ["cosine", "cosine_floor", "one_cycle", "one_cycle_late"]) {
    const about = JSON.parse(g.about[name]!);
    const [kind, settings] = name.startsWith("cosine")
      ? ["cosine", { finalRate: about.eta_min / about.lr }]
      : [
          "one-cycle",
          { pctStart: about.pct_start, divFactor: about.div_factor, finalDivFactor: about.final_div_factor },
        ];
    const lr = about.max_lr ?? about.lr;
    expect(distance(ratesOf(kind, lr, 50, settings), g.numbers(`rates.${name}`)).relative, name).toBeLessThan(1e-12);
  }
});

test("constant keeps the rate; linear falls in equal steps towards finalRate times the rate", () => {
  expect(ratesOf("constant", 0.5, 4, {})).toEqual([0.5, 0.5, 0.5, 0.5]);
  expect(ratesOf("linear", 0.5, 4, {})).toEqual([0.5, 0.375, 0.25, 0.125]);
  expect(ratesOf("linear", 0.5, 4, { finalRate: 0.5 })).toEqual([0.5, 0.4375, 0.375, 0.3125]);
});

test("one-cycle has a finite, positive rate in every window of a run of any length", () => {
  for (const rise of [0.01, 0.3, 0.5, 0.99]) {
    for (let windows = 1; windows <= 30; windows++) {
      const rates = ratesOf("one-cycle", 0.1, windows, { pctStart: rise });
      expect(Math.min(...rates), `rise ${rise}, ${windows} windows`).toBeGreaterThan(0);
      expect(Math.max(...rates)).toBeLessThan(0.1 + 1e-15);
    }
  }
});

test("piecewise takes each rate for its epochs, continues with the last, and sets the number of epochs", () => {
  const settings = checkSettings({ schedule: "piecewise", rates: "2:0.1,1:0.01" });
  const piecewise = findSchedule("piecewise");
  const rates = [0, 1, 2, 3, 9].map((epoch) => piecewise.rate(7, positionOf(10, 1)(epoch), settings));
  expect(rates).toEqual([0.1, 0.1, 0.01, 0.01, 0.01]);
  expect(piecewise.epochs!(settings)).toBe(3);
  for (const bad of ["", "3", "0:1", "1.5:1", "1:-1", "1:x", "1:2:3", "1:2,", "1:", "1:2:step", "1:2:linear:3"]) {
    expect(() => parseRates(bad), bad).toThrow("rates wants a list of epochs:rate");
  }
});

test("a warm-up of n windows rises to the schedule in n equal steps, and changes no later rate", () => {
  expect(ratesOf("constant", 1, 6, {}, 3)).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  for (const { kind } of schedules.filter((each) => each.kind !== "piecewise")) {
    const cold = ratesOf(kind, 0.1, 20, {});
    const warm = ratesOf(kind, 0.1, 20, {}, 5);
    expect(warm.slice(5)).toEqual(cold.slice(5));
    expect(warm.slice(0, 5)).toEqual(cold.slice(0, 5).map((rate, i) => (rate * (i + 1)) / 6));
  }
});

/**
 * The rates of fastai 0.7's CosAnneal callback, transcribed. `ends` are the windows whose rate ends a cycle.
 */
function cosAnnealed(lr: number, nb: number, cycleMult: number, windows: number): { rates: number[]; ends: number[] } {
  let cycleIter = 0;
  let length = nb;
  const rates: number[] = [];
  const ends: number[] = [];
  for (let iteration = 0; iteration < windows; iteration++) {
    if (iteration < length / 20) {
      cycleIter += 1;
      rates.push(lr / 100);
      continue;
    }
    const cosine = Math.cos((Math.PI * cycleIter) / length) + 1;
    cycleIter += 1;
    if (cycleIter === length) {
      cycleIter = 0;
      length *= cycleMult;
      ends.push(iteration);
    }
    rates.push((lr / 2) * cosine);
  }
  return { rates, ends };
}

/** The last window of each cycle, and the cycle's number. */
function cycleEnds(kind: string, settings: SettingValues, windows: number, each: number): [number, number][] {
  const values = checkSettings(readSettings({ schedule: kind, ...settings }));
  const schedule = findSchedule(kind);
  const position = positionOf(windows, each);
  return Array.from({ length: windows }, (_, window): [number, number | undefined] => {
    const next = window + 1 < windows ? position(window + 1) : undefined;
    return [window, endingCycle(schedule, position(window), next, values)];
  }).filter((end): end is [number, number] => end[1] !== undefined);
}

describe("cos-anneal", () => {
  test("with a cycle length it equals fastai's CosAnneal in every window and in the ends of cycles", () => {
    for (const cycle of [2, 3, 7, 19, 20, 21, 40, 937]) {
      for (const cycleMult of [1, 2, 3, 25]) {
        const windows = 7 * cycle + 5;
        const theirs = cosAnnealed(0.01, cycle, cycleMult, windows);
        const values = checkSettings({ schedule: "cos-anneal", cycle, cycleMult });
        const position = positionOf(windows, 3); // the length of an epoch has no influence
        const ours = theirs.rates.map((_, w) => findSchedule("cos-anneal").rate(0.01, position(w), values));
        const off = Math.max(...ours.map((rate, w) => Math.abs(rate - theirs.rates[w]!)));
        expect(off, `${cycle} × ${cycleMult}`).toBeLessThan(1e-16);
        const ends = cycleEnds("cos-anneal", { cycle, cycleMult }, windows, 3);
        // The end of a run ends a cycle too.
        const completed = ends.at(-1)![0] === theirs.ends.at(-1) ? ends : ends.slice(0, -1);
        expect(completed).toEqual(theirs.ends.map((window, i) => [window, i + 1]));
      }
    }
  });

  test("without a cycle length the cycles follow the epochs, whatever their length", () => {
    const starts = [0, 5, 12, 18, 27, 30, 41, 47, 60]; // epochs of uneven length
    const values = checkSettings({ schedule: "cos-anneal", cycleMult: 2 });
    const begins = (epoch: number) => starts[epoch]!;
    const position = (window: number) => ({
      window,
      windows: 47,
      epoch: starts.findLastIndex((s) => s <= window),
      begins,
    });
    const schedule = findSchedule("cos-anneal");
    const rates = Array.from({ length: 47 }, (_, w) => schedule.rate(1, position(w), values));
    const half = (from: number, n: number) =>
      Array.from({ length: n }, (_, i) => (Math.cos((Math.PI * i) / n) + 1) / 2).map((rate, i) =>
        from + i < n / 20 ? 0.01 : rate,
      );
    const wanted = [...half(0, 5), ...half(5, 13), ...half(18, 29)];
    for (const [w, rate] of rates.entries()) expect(rate, `window ${w}`).toBeCloseTo(wanted[w]!, 14);
    const last = [4, 17, 46].map((w) =>
      endingCycle(schedule, position(w), w < 46 ? position(w + 1) : undefined, values),
    );
    expect(last).toEqual([1, 2, 3]);
  });
});

describe("piecewise with other schedules", () => {
  const settings = { rates: "2:0.5,3:0.01:cos-anneal,1:0.3,7:0.02:cos-anneal", cycle: 11, cycleMult: 2 };
  const windows = 13 * 10;

  test("each part runs its own schedule from its start, like two fits of fastai with a callback each", () => {
    const rates = ratesIn("piecewise", settings, windows, 10);
    expect(rates.slice(0, 20)).toEqual(new Array(20).fill(0.5));
    const near = (from: number, wanted: number[]) => {
      for (const [i, rate] of wanted.entries()) expect(rates[from + i], `window ${from + i}`).toBeCloseTo(rate, 15);
    };
    near(20, cosAnnealed(0.01, 11, 2, 30).rates);
    expect(rates.slice(50, 60)).toEqual(new Array(10).fill(0.3));
    near(60, cosAnnealed(0.02, 11, 2, 70).rates);
    const falling = ratesIn("piecewise", { rates: "1:1,2:0.5:linear,1:0.1:cosine", finalRate: 0.5 }, 40, 10);
    expect(falling.slice(10, 30)).toEqual(Array.from({ length: 20 }, (_, i) => 0.5 + (0.25 - 0.5) * (i / 20)));
    expect(falling[30]).toBe(0.1);
    expect(falling[39]).toBeCloseTo(0.05 + 0.025 * (1 + Math.cos(0.9 * Math.PI)), 15);
  });

  test("cycles are counted across the parts, and the end of a part ends its last cycle", () => {
    const first = [20 + 10, 20 + 29]; // cycles of 11 and of 22 windows, the latter ended by the part
    const second = [60 + 10, 60 + 32, 60 + 69]; // cycles of 11, 22 and 44 windows, the last ended by the run
    expect(cycleEnds("piecewise", settings, windows, 10)).toEqual([...first, ...second].map((w, i) => [w, i + 1]));
    expect(cycleEnds("piecewise", { rates: "2:0.1,1:0.2" }, 30, 10)).toEqual([]);
  });

  test("the last part continues to the end of the run, which may be extended if its schedule allows it", () => {
    const piecewise = findSchedule("piecewise");
    const rates = ratesIn("piecewise", { rates: "1:1,1:0.5:linear" }, 50, 10);
    expect(rates.slice(10)).toEqual(Array.from({ length: 40 }, (_, i) => 0.5 + (0 - 0.5) * (i / 40)));
    const growing = ["1:1", "1:1:cosine,2:1"].map((list) =>
      piecewise.mayGrow(checkSettings({ schedule: "piecewise", rates: list })),
    );
    const ended = ["1:1:cosine", "1:1,2:1:cos-anneal"].map((list) =>
      piecewise.mayGrow(checkSettings({ schedule: "piecewise", rates: list })),
    );
    expect([growing, ended]).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  test("it takes the settings of the schedules in its list and refuses those of others", () => {
    expect(() => checkSettings({ schedule: "piecewise", ...settings })).not.toThrow();
    expect(() => checkSettings({ schedule: "piecewise", rates: "1:1,2:1", cycle: 9 })).toThrow(
      'cycle does nothing with `schedule: "piecewise"`.',
    );
  });

  function ratesIn(kind: string, values: SettingValues, all: number, each: number): number[] {
    const checked = checkSettings(readSettings({ schedule: kind, ...values }));
    const position = positionOf(all, each);
    return Array.from({ length: all }, (_, w) => findSchedule(kind).rate(7, position(w), checked));
  }
});

describe("a run's position in its schedule", () => {
  const [, gru] = units[2]!;
  const train = trainingLanes(source(newDraw(3).integers(2 * 97, 0, 10)), 2);
  const spec = tinySpec(gru, {}, { layers: 1 });

  async function windowsOf(given: SettingValues) {
    const { trainer, settings } = openTrainer(spec, fastest, given, { train });
    const events: TrainEvent[] = [];
    for await (const event of trainer.events()) events.push(event);
    const windows = events.filter((event): event is WindowEvent => event.kind === "window");
    return { windows, settings, epochs: events.filter((event) => event.kind === "epoch").length };
  }

  test("the run counts its windows in advance by the awd rule, and each rate depends on the windows done", async () => {
    const given = { windowRule: "awd", bptt: 12, epochs: 4, schedule: "linear", lr: 0.01, seed: 5, lrRescale: false };
    const { windows, settings, epochs } = await windowsOf(given);
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

  test("the rate is proportional to the window's length under awd, and under fixed with lrRescale", async () => {
    const rates = async (settings: SettingValues) =>
      (await windowsOf({ bptt: 10, steps: 15, lr: 0.01, ...settings })).windows;
    const inProportion = (all: WindowEvent[]) => all.every((each) => each.rate === (0.01 * each.length) / 10);
    const even = (all: WindowEvent[]) => all.every((each) => each.rate === 0.01);
    expect(inProportion(await rates({ windowRule: "awd" }))).toBe(true);
    expect(even(await rates({ windowRule: "awd", lrRescale: false }))).toBe(true);
    expect(even(await rates({ windowRule: "fixed" }))).toBe(true);
    const rescaled = await rates({ windowRule: "fixed", lrRescale: true });
    expect(inProportion(rescaled)).toBe(true);
    expect(even(rescaled)).toBe(false); // the last window of the epoch is shorter
  });

  test("piecewise changes its rate where an epoch starts, and its list sets the number of epochs", async () => {
    const { windows, epochs } = await windowsOf({ schedule: "piecewise", rates: "1:0.02,2:0.005", bptt: 40 });
    expect(epochs).toBe(3);
    expect(windows.map((each) => each.rate)).toEqual([0.02, 0.02, 0.02, ...new Array(6).fill(0.005)]);
  });

  test("the warm-up is a share of all windows, rounded down", async () => {
    const { windows } = await windowsOf({ warmup: 0.35, bptt: 10, lr: 1e-3, epochs: 1 });
    expect(windows.length).toBe(10);
    expect(windows.slice(0, 5).map((each) => each.rate)).toEqual([1e-3 / 4, 2e-3 / 4, 3e-3 / 4, 1e-3, 1e-3]);
  });
});
