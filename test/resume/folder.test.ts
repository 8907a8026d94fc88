// What lies in a run's folder while it runs: the state from the start, the latest weights until the first validation
// and the best from then on, a log thinned by window count, and never a number that is not finite.

import { describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/checkpoint/safetensors.js";
import { cycleFileOf, RunFile } from "../../src/training/run/run.js";
import { layUpon } from "../../src/training/settings/values.js";
import { type MemoryFileSystem, memoryFileSystem } from "../helpers/memory-filesystem.js";
import { begin, FOLDER, goOn, logLines, own, stopAt, tinySettings, tinyText } from "../helpers/run.js";

const at = (name: string) => `${FOLDER}/${name}`;

function stateIn(disk: MemoryFileSystem) {
  const { tensors, metadata } = readSafetensors(disk.peek(at(RunFile.state))!, "the state");
  return { weights: [...(tensors.get("weights")!.data as Float32Array)], ...JSON.parse(metadata["longhand.run"]!) };
}

/** All weights of the model's file, or of another, in the order of its parameters. */
function modelIn(disk: MemoryFileSystem, path = at(RunFile.model)): number[] {
  const { tensors } = readSafetensors(disk.peek(path)!, "the model");
  const order = ["embedding.weight", "rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0"];
  const names = [...order, "decoder.weight", "decoder.bias"];
  expect([...tensors.keys()].sort()).toEqual([...names].sort());
  return names.flatMap((name) => [...(tensors.get(name)!.data as Float32Array)]);
}

describe("the folder of a run", () => {
  test("has state, model and config before the first window", async () => {
    const disk = memoryFileSystem();
    const seen: unknown[] = [];
    await begin(disk, {
      stopping: stopAt(1).stopping,
      each: ({ kind }) => {
        if (kind !== "start") return;
        const state = stateIn(disk);
        seen.push(state.trainer.position.window, modelIn(disk).length);
        expect(modelIn(disk)).toEqual(state.weights);
        expect(disk.peek(at(RunFile.config))).toBeDefined();
      },
    });
    expect(seen).toEqual([0, stateIn(disk).weights.length]);
  });

  test("holds the latest weights until the first validation, then the best", async () => {
    const disk = memoryFileSystem();
    const settings = { steps: 30, validateEvery: 6, saveEvery: 0, lr: 0.3, schedule: "constant" };
    let best: number[] | undefined;
    const bests: boolean[] = [];
    await begin(disk, {
      settings,
      text: tinyText(6000), // its validation part is long enough to choose weights
      each: (event) => {
        if (event.kind === "validation") {
          bests.push(event.best);
          if (event.best) best = stateIn(disk).weights; // saved after this very window
        }
        if (event.kind === "saved") expect(modelIn(disk)).toEqual(best ?? stateIn(disk).weights);
      },
    });
    expect(bests).toContain(false);
    expect(bests.filter(Boolean).length).toBeGreaterThan(1);
    expect(modelIn(disk)).toEqual(best);
  });

  test("holds the latest weights to the end where there is no validation", async () => {
    const disk = memoryFileSystem();
    await begin(disk, { settings: { validFraction: 0, steps: 5 } });
    expect(modelIn(disk)).toEqual(stateIn(disk).weights);
  });

  test("tells in config.json all settings and what the text was, without what is for machines", async () => {
    const disk = memoryFileSystem();
    await begin(disk, { settings: { steps: 1 } });
    const config = JSON.parse(new TextDecoder().decode(disk.peek(at(RunFile.config))));
    expect(config).toMatchObject({
      format: 3,
      settings: { ...layUpon(tinySettings, { steps: 1 }), cell: "gru", seed: 1 },
      warmup: 0,
    });
    const bytes = new TextEncoder().encode(tinyText(450)).length;
    expect(config.text).toEqual({
      names: ["tiny.txt"],
      bytes,
      trained: bytes,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(config.engine).toMatch(/^(native|wasm) /);
  });

  test("keeps in the log every event under its number, but of windows only each logEvery-th", async () => {
    for (const logEvery of [1, 4, 1000]) {
      const disk = memoryFileSystem();
      const events = own(await begin(disk, { settings: { logEvery, validateEvery: 7 } })) as {
        kind: string;
        window: number;
      }[];
      const numbered = events.map((event, i) => ({ n: i + 1, ...event }));
      const kept = numbered.filter(({ kind, window }) => kind !== "window" || window % logEvery === 0);
      expect(own(logLines(disk.peek(at(RunFile.log))!))).toEqual(kept);
    }
  });

  test("keeps at each cycle's end the weights of that moment, be it an epoch's end or not, and they stay", async () => {
    const disk = memoryFileSystem();
    const settings = { schedule: "piecewise", rates: "1:0.01,3:0.01:cos-anneal", cycle: 5, cycleMult: 2, saveEvery: 0 };
    const wanted: [string, number[]][] = [];
    await begin(disk, {
      settings: { ...settings, epochs: undefined },
      each: (event) => {
        if (event.kind !== "cycle") return;
        expect(event.cycle).toBe(wanted.length + 1);
        wanted.push([at(cycleFileOf(event.cycle)), stateIn(disk).weights]); // saved after this very window
      },
    });
    expect(wanted.length).toBeGreaterThan(2);
    expect(disk.paths().filter((path) => path.includes("cycle"))).toEqual(wanted.map(([path]) => path));
    for (const [path, weights] of wanted) expect(modelIn(disk, path), path).toEqual(weights);
  });

  test("is rid of what a crash left half-written as soon as the run goes on", async () => {
    const disk = memoryFileSystem();
    await begin(disk, { stopping: stopAt(3).stopping });
    const whole = disk.paths();
    const names = [...Object.values(RunFile), cycleFileOf(12)];
    for (const name of names) disk.put(`${at(name)}.tmp`, new Uint8Array(7));
    disk.put(at("notes.txt.tmp"), new Uint8Array(7));
    await goOn(disk, { stopping: () => true });
    expect(disk.paths()).toEqual([...whole, at("notes.txt.tmp")].sort());
  });
});

/** Every tensor of every file in the folder. */
function notFinite(disk: MemoryFileSystem): string[] {
  const files = disk.paths().filter((path) => /\.safetensors(\.previous)?$/.test(path));
  return files.flatMap((path) =>
    [...readSafetensors(disk.peek(path)!, path).tensors]
      .filter(([, { data }]) => [...data].some((x) => !Number.isFinite(Number(x))))
      .map(([name]) => `${path}: ${name}`),
  );
}

describe("an n-gram that cannot be counted", () => {
  test("ends no run: it is warned of once, and counted again when the run goes on", async () => {
    const settings = { steps: 12, validateEvery: 4 };
    const disk = memoryFileSystem();
    const whole = memoryFileSystem();
    const events = await begin(disk, {
      settings,
      stopping: stopAt(14).stopping,
      baseline: () => Promise.reject(new Error("no memory")),
    });
    const warnings = events.filter((event) => event.kind === "warning" && event.text.includes("n-gram"));
    const text = "There is no n-gram to beat: counting it failed (no memory).";
    expect(warnings).toEqual([{ kind: "warning", process: true, text }]);
    expect(events.some(({ kind }) => kind === "baseline")).toBe(false);
    expect(logLines(disk.peek(at(RunFile.log))!)).toContainEqual(warnings[0]); // without a number
    expect(events.some(({ kind }) => kind === "validation")).toBe(true);

    const after = await goOn(disk);
    expect(after.map(({ kind }) => kind)).toContain("baseline");
    await begin(whole, { settings });
    expect(modelIn(disk)).toEqual(modelIn(whole));
  });
});

describe("a run whose numbers break", () => {
  const hot = { lr: 1e12, clip: 0, schedule: "constant", saveEvery: 0, tries: 0 };
  test.each([
    { ...hot, cell: "rnn", nonlinearity: "relu", optimizer: "sgd" },
    { ...hot, cell: "rnn", nonlinearity: "relu", optimizer: "adam", validateEvery: 1 },
    { ...hot, cell: "lstm", tied: true, optimizer: "sgd", momentum: 0.99, weightDecay: 1, steps: 400 },
    { ...hot, cell: "gru", optimizer: "sgd", momentum: 0.99, weightDecay: 1, steps: 400, validateEvery: 1 },
    { ...hot, cell: "gru", lr: 1e10, tries: 6, validateEvery: 1 },
    { ...hot, cell: "lstm", lr: 1e10, clip: 1, tries: 6, optimizer: "sgd", keepEvery: 1 },
  ])("ends with what to try, and no file ever holds what is not finite: %o", async (settings) => {
    const disk = memoryFileSystem();
    const bad: string[] = [];
    const each = ({ kind }: { kind: string }) => {
      if (kind === "saved" || kind === "validation" || kind === "warning") bad.push(...notFinite(disk));
    };
    const ended = await begin(disk, { settings, each }).catch((error) => error);
    expect(bad).toEqual([]);
    expect(notFinite(disk)).toEqual([]);
    expect(ended).toMatchObject({
      code: "diverged",
      hint: expect.stringMatching(/^Try one of these.*`lr: \d/),
    });
    const last = own(logLines(disk.peek(at(RunFile.log))!)).at(-1);
    expect(last).toMatchObject({ kind: "diverged", advice: ended.hint });
    expect(stateIn(disk).trainer.position.window).toBeLessThanOrEqual((last as { window: number }).window);
  });

  test("does not end well on a validation that is not finite, nor tell it, nor call it the best", async () => {
    const disk = memoryFileSystem();
    const settings = { ...hot, cell: "rnn", nonlinearity: "relu", optimizer: "adam", steps: 1 };
    await expect(begin(disk, { settings })).rejects.toMatchObject({
      code: "diverged",
      message: expect.stringMatching(
        /^Window 1: the loss on the validation part is not finite \((NaN|Infinity)\)\. The last good model is kept\./,
      ),
    });
    const kinds = own(logLines(disk.peek(at(RunFile.log))!)).map((line) => (line as { kind: string }).kind);
    expect(kinds).toEqual(["start", "baseline", "diverged"]);
    expect(stateIn(disk).trainer.best).toBeUndefined();
  });
});
