// More epochs for a run: where the schedule does not look at its end, the grown run is the long one from the start. And
// what a continuation may ask for at all.

import { describe, expect, test } from "vitest";
import type { SettingValues } from "../../src/base/setting.js";
import { continuedSettings } from "../../src/training/run/resume.js";
import type { CheckedSettings } from "../../src/training/settings/settings.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { memoryFileSystem } from "../helpers/memory-filesystem.js";
import { begin, goOn, outcome, stopAt } from "../helpers/run.js";

const growing = [
  { schedule: "constant", cell: "lstm", layers: 2, dropout: 0.2, windowRule: "awd", resetState: "never" },
  { schedule: "piecewise", rates: "1:0.02,1:0.005", optimizer: "adamw", cell: "rnn" },
] as const;

describe("a run that grows", () => {
  test.each(growing)("from 2 epochs to 3 is the run of 3 epochs, to the bit: %o", async (settings) => {
    const long = memoryFileSystem();
    await begin(long, { settings: { ...settings, epochs: 3 } });
    const wanted = outcome(long);
    // The start was told as it was then.
    wanted.log[0] = { ...(wanted.log[0] as object), epochs: 2, windows: expect.any(Number) };
    for (const stop of [Number.POSITIVE_INFINITY, 5]) {
      const grown = memoryFileSystem();
      await begin(grown, { settings: { ...settings, epochs: 2 }, stopping: stopAt(stop).stopping });
      await goOn(grown, { settings: { epochs: 3 } });
      expect(outcome(grown), `stopped at question ${stop}`).toEqual(wanted);
      const config = JSON.parse(new TextDecoder().decode(grown.peek("run/config.json")));
      expect(config.settings.epochs).toBe(3);
    }
  });

  test("keeps the warm-up that it began with", async () => {
    const settings = { schedule: "constant", warmup: 0.8, epochs: 1 };
    const rates = (events: readonly object[]) => events.flatMap((event) => ("rate" in event ? [event.rate] : []));
    const short = rates(await begin(memoryFileSystem(), { settings }));
    for (const stop of [Number.POSITIVE_INFINITY, 5]) {
      const grown = memoryFileSystem();
      const before = rates(await begin(grown, { settings, stopping: stopAt(stop).stopping }));
      const all = [...before, ...rates(await goOn(grown, { settings: { epochs: 2 } }))];
      expect(all.slice(0, short.length)).toEqual(short);
      expect(new Set(all.slice(short.length))).toEqual(new Set([0.003]));
    }
  });

  test("keeps its new length from the moment it goes on", async () => {
    const disk = memoryFileSystem();
    await begin(disk, { settings: { schedule: "constant", epochs: 1 } });
    await expect(
      goOn(disk, {
        settings: { epochs: 2 },
        each: ({ kind }) => {
          if (kind === "saved") throw new Error("ended by force");
        },
      }),
    ).rejects.toThrow("ended by force");
    expect((await goOn(disk)).some((event) => event.kind === "epoch" && event.epoch === 2)).toBe(true);
  });

  test("that has ended and is not given more does nothing", async () => {
    const disk = memoryFileSystem();
    await begin(disk);
    const before = outcome(disk);
    const kinds = (await goOn(disk)).map(({ kind }) => kind);
    expect(kinds).toEqual(["resumed", "saved", "saved"]);
    expect(outcome(disk)).toEqual(before);
  });
});

describe("a continuation", () => {
  const was = checkSettings({ schedule: "constant", epochs: 4 });
  const asks = (before: object, asked: object) => () =>
    continuedSettings({ settings: checkSettings({ ...was, ...before }, undefined) }, asked as SettingValues, "runs/my");
  const same = { lengthened: [], minutes: undefined };

  test("may say again what is so already", () => {
    expect(asks({}, { epochs: 4, lr: 0.003, cell: "gru" })()).toEqual({ settings: was, ...same });
    expect(asks({ schedule: "cosine", epochs: undefined }, { epochs: 10 })()).toMatchObject(same);
    expect(asks({ epochs: undefined, minutes: 1, steps: 90 }, { steps: 90 })()).toMatchObject({
      settings: { minutes: 1, steps: 90 },
      ...same,
    });
  });

  test("may change how often it saves, the engine, the threads, and how often it tries again", () => {
    const free = { saveEvery: 1, engine: "reference", threads: 2, tries: 0 };
    expect(asks({}, free)().settings).toMatchObject(free);
  });

  test.each(["constant", "linear", "cosine", "one-cycle"])("may be longer under %s, by every measure", (schedule) => {
    const lengthened = [{ epochs: 4 }];
    expect(asks({ schedule }, { epochs: 5 })()).toMatchObject({ settings: { epochs: 5 }, lengthened });
    const bySteps = asks({ schedule }, { steps: 900 })();
    expect(bySteps).toMatchObject({ settings: { steps: 900 }, lengthened, minutes: undefined });
    expect(bySteps.settings.epochs).toBeUndefined();
    expect(asks({ schedule }, { minutes: 2 })()).toMatchObject({ lengthened, minutes: 2 });
    expect(asks({ schedule, steps: 100, epochs: undefined }, { epochs: 5 })()).toMatchObject({
      settings: { epochs: 5 },
      lengthened: [{ steps: 100 }],
    });
  });

  test("cannot shrink, nor have two lengths", async () => {
    expect(asks({}, { epochs: 3 })).toThrow("epochs cannot be 3: runs/my was planned with 4.");
    expect(asks({}, { steps: 9, minutes: 1 })).toThrow("minutes does nothing with `steps: 9`");
    const disk = memoryFileSystem();
    await begin(disk);
    await expect(goOn(disk, { settings: { epochs: undefined, steps: 3 }, lengthen: true })).rejects.toThrow(
      /The run was planned for \d+ windows, and would end after 3\./,
    );
  });

  test("is refused with every other difference", () => {
    expect(asks({}, { hidden: 12, lr: 1, tied: true, embedding: 12 })).toThrow(
      "runs/my goes on with the settings it began with: `hidden: 256` is now `hidden: 12`; `embedding: 64` " +
        "is now `embedding: 12`; `tied: false` is now `tied: true`; `lr: 0.003` is now `lr: 1`.",
    );
    expect(asks({}, { hiden: 12 })).toThrow('There is no setting "hiden".');
  });

  test("a setting that a run's state lacks has its default, and another value of it is refused", () => {
    const { remainder: _, qrnnWindow: __, ...lacking } = checkSettings(was, undefined);
    const settings = lacking as CheckedSettings;
    expect(continuedSettings({ settings }, {}, "runs/my").settings).toEqual(checkSettings(was, undefined));
    expect(() => continuedSettings({ settings }, { remainder: "pad" }, "runs/my")).toThrow(
      '`remainder: "trim"` is now `remainder: "pad"`',
    );
  });
});

describe("a run whose schedule depends on its length", () => {
  const cyclic = [
    { schedule: "cosine", finalRate: 0.1, warmup: 0.2, cell: "lstm", layers: 2, dropout: 0.2 },
    { schedule: "one-cycle", optimizer: "adamw" },
    { schedule: "linear", steps: 7, windowRule: "awd" },
    { schedule: "cos-anneal", cell: "rnn" },
    { schedule: "piecewise", rates: "1:0.02,1:0.005:cosine" },
  ] as const;
  const lengths = (settings: object) =>
    "steps" in settings ? [7, 13].map((steps) => ({ steps })) : [{ epochs: 2 }, { epochs: 4 }];

  test.each(cyclic)(
    "begins a new cycle where its plan ended, to the same bits wherever it stopped: %o",
    async (settings) => {
      const [before, after] = lengths(settings);
      const start = { settings: { epochs: undefined, ...settings, ...before } };
      const longer = { settings: { epochs: undefined, ...after }, lengthen: true };
      const disk = memoryFileSystem();
      const first = await begin(disk, start);
      const second = await goOn(disk, longer);
      const wanted = outcome(disk);
      const rates = (events: readonly object[]) => events.flatMap((event) => ("rate" in event ? [event.rate] : []));
      const [ratesBefore, ratesAfter] = [rates(first), rates(second)];
      expect(ratesAfter.length).toBeGreaterThan(4);
      if (!("windowRule" in settings)) expect(ratesAfter[0]).toBe(ratesBefore[0]);
      const cycles = [...first, ...second].flatMap((event) => (event.kind === "cycle" ? [event.cycle] : []));
      expect(cycles).toEqual(cycles.map((_, i) => i + 1));
      for (const stop of [0, 1, 4]) {
        const again = memoryFileSystem();
        await begin(again, start);
        await goOn(again, { ...longer, stopping: stopAt(stop).stopping });
        await goOn(again);
        expect(outcome(again), `stopped at question ${stop} of the second plan`).toEqual(wanted);
      }
      const early = memoryFileSystem();
      await begin(early, { ...start, stopping: stopAt(3).stopping });
      await goOn(early, { ...longer, stopping: stopAt(2).stopping });
      await goOn(early);
      // By steps a plan may end within an epoch, and its end validates there.
      if (!("steps" in settings)) expect(outcome(early), "made longer before its end").toEqual(wanted);
      const config = JSON.parse(new TextDecoder().decode(early.peek("run/config.json")));
      expect(config.lengthened).toEqual([before]);
    },
  );
});
