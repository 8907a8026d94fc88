// The rules by which a run is called exploded and made gentler, and whole runs that need them: what they change, how
// they end, and that a run which was stopped and gone on with comes to the same bits.

import { describe, expect, test } from "vitest";
import { log } from "../../src/base/math.js";
import { backoff } from "../../src/training/divergence/backoff.js";
import {
  appendLoss,
  emptyHistory,
  findExplosion,
  isCalm,
  type LossHistory,
  medianOf,
} from "../../src/training/divergence/guard.js";
import type { TrainEvent } from "../../src/training/loop/events.js";
import type { EffectiveHyperparameters } from "../../src/training/loop/trainer-state.js";
import type { Finding } from "../../src/training/step/step.js";
import { memoryFileSystem } from "../helpers/memory-filesystem.js";
import { begin, goOn, outcome, own, stopAt } from "../helpers/run.js";

const pastOf = (losses: readonly number[], norms: readonly number[]): LossHistory =>
  losses.reduce((past: LossHistory, nats, i) => appendLoss(past, nats, norms[i]!), emptyHistory);

describe("an explosion", () => {
  const uniform = log(40);
  const steady = pastOf(Array(40).fill(1), Array(40).fill(0.2));
  const measured = { nats: 1, norm: 0.2, clipped: false, uniform };

  test("of the loss is over ten medians and two uniform guesses, or over three times the first loss", () => {
    const what = (past: LossHistory, nats: number, factor = 10) =>
      findExplosion(past, { ...measured, nats }, factor)?.what;
    expect(what(steady, 9.9)).toBeUndefined();
    expect(what(steady, 10.1)).toBe("loss");
    const sharp = pastOf(Array(40).fill(0.1), Array(40).fill(0.2));
    expect(what(sharp, 2 * uniform - 0.1)).toBeUndefined(); // a text that changes its language is no explosion
    expect(what(sharp, 2 * uniform + 0.1)).toBe("loss");
    const begun = pastOf([uniform - 0.1], [1]);
    expect(what(begun, 3 * uniform - 0.1)).toBeUndefined();
    expect(what(begun, 3 * uniform + 0.1)).toBe("loss");
    expect(what(begun, 1e9, 0)).toBeUndefined();
    expect(what(emptyHistory, 1e9)).toBeUndefined(); // tied weights may begin so
    expect(what(pastOf([50], [1]), 149)).toBeUndefined();
  });

  test("of the gradient is over ten medians of at least 16 windows, and none where it is clipped by norm", () => {
    const what = (past: LossHistory, norm: number, clipped = false) =>
      findExplosion(past, { ...measured, norm, clipped }, 10)?.what;
    expect(what(steady, 1.99)).toBeUndefined();
    expect(what(steady, 2.01)).toBe("gradient");
    expect(what(steady, 1e6, true)).toBeUndefined();
    expect(what(pastOf(Array(15).fill(1), Array(15).fill(0.2)), 1e6)).toBeUndefined();
    expect(what(pastOf(Array(40).fill(1), Array(40).fill(0)), 1e-9)).toBeUndefined();
  });

  test("is told by the last 63 windows alone, and by their middle", () => {
    const past = pastOf([...Array(100).fill(9), ...Array(63).fill(1)], Array(163).fill(1));
    expect(past.losses).toEqual(Array(63).fill(1));
    expect(medianOf([...Array(15).keys()])).toBeUndefined();
    expect(medianOf([...Array(17).keys()].reverse())).toBe(8);
  });
});

test("a moment is calm where a window costs no more than a fifth above the median, or above a uniform guess", () => {
  const uniform = 3;
  const past = pastOf(Array(20).fill(2), Array(20).fill(1));
  expect(isCalm(past, { nats: 2.39, uniform })).toBe(true);
  expect(isCalm(past, { nats: 2.41, uniform })).toBe(false);
  expect(isCalm(emptyHistory, { nats: 3.59, uniform })).toBe(true);
  expect(isCalm(pastOf(Array(20).fill(5), Array(20).fill(1)), { nats: 3.61, uniform })).toBe(false);
});

describe("the ladder", () => {
  const start: EffectiveHyperparameters = { rate: 0.8, scale: 1, bptt: 20, clip: 0, clipBy: "value" };
  const loss = { what: "loss", how: "not finite", window: 5, value: "NaN" } as const satisfies Finding;

  function backoffs(k: EffectiveHyperparameters, tries: number, facts = { again: true, norm: 0.5, shortens: true }) {
    const changes: unknown[] = [];
    for (let n = 0; n < tries; n++) {
      const { hyperparameters, change } = backoff(n, loss, k, facts)!;
      changes.push([change.setting, change.from, change.to]);
      k = hyperparameters;
    }
    return { changes, k };
  }

  test("is a quarter of the rate twice, half of bptt, clipping on; and the same again, harder", () => {
    const { changes, k } = backoffs(start, 8);
    expect(changes).toEqual([
      ["lr", 0.8, 0.2],
      ["lr", 0.2, 0.05],
      ["bptt", 20, 10],
      ["clip", 0, 0.5],
      ["lr", 0.05, 0.0125],
      ["lr", 0.0125, 0.003125],
      ["bptt", 10, 8],
      ["clip", 0.5, 0.125],
    ]);
    expect(k).toEqual({ rate: 0.8, scale: 1 / 256, bptt: 8, clip: 0.125, clipBy: "norm" });
  });

  test("passes over what can change nothing: bptt at 8 or less, and sections, which come whole", () => {
    const settings = (k: EffectiveHyperparameters, shortens: boolean) =>
      backoffs(k, 4, { again: true, norm: 0.5, shortens }).changes.map((change) => (change as unknown[])[0]);
    expect(settings({ ...start, bptt: 8 }, true)).toEqual(["lr", "lr", "clip", "clip"]);
    expect(settings(start, false)).toEqual(["lr", "lr", "clip", "clip"]);
  });

  test("has nothing for a text that is wrong, but to read it once more", () => {
    const ids = { ...loss, what: "ids", how: "out of range" } as const;
    const facts = { again: false, norm: undefined, shortens: true };
    expect(backoff(0, ids, start, facts)).toEqual({
      hyperparameters: start,
      change: { setting: "none", from: 0, to: 0 },
    });
    expect(backoff(1, ids, start, { ...facts, again: true })).toBeUndefined();
  });
});

type Of<Kind extends TrainEvent["kind"]> = Extract<TrainEvent, { kind: Kind }>;
const retries = (events: readonly TrainEvent[]) =>
  events.filter((event): event is Of<"retry"> => event.kind === "retry");
const windowsIn = (events: readonly TrainEvent[]) =>
  events.filter((event): event is Of<"window"> => event.kind === "window");

/** Rates so high that all backoffs are needed: bptt, clipping, and the first again. */
const wild = {
  cell: "rnn",
  nonlinearity: "relu",
  optimizer: "sgd",
  momentum: 0.9,
  lr: 1e5,
  clip: 0,
  bptt: 20,
  hidden: 12,
  schedule: "cosine",
  keepEvery: 4,
  tries: 30,
  validateEvery: 5,
  sampleEvery: 7,
  epochs: 4,
};

describe("a run whose rate is much too high", () => {
  test("backs off until training goes on, and ends; it has read all of the text as often as was asked", async () => {
    const disk = memoryFileSystem();
    const calm = memoryFileSystem();
    const events = await begin(disk, { settings: wild });
    const changed = retries(events).map(({ change }) => change.setting);
    expect(changed.slice(0, 4)).toEqual(["lr", "lr", "bptt", "clip"]);
    expect(events.some(({ kind }) => kind === "end")).toBe(true);
    const read = (all: readonly TrainEvent[]) => windowsIn(all).at(-1)!.tokens;
    const quiet = await begin(calm, { settings: { ...wild, lr: 0.01 } });
    expect(retries(quiet)).toEqual([]);
    expect(read(events)).toBe(read(quiet));
    const epochs = events.filter(({ kind }) => kind === "epoch").map((event) => (event as Of<"epoch">).epoch);
    expect(epochs.at(-1)).toBe(4);
    // It told about how many windows there would be: each epoch's last window may be short.
    const told = retries(events).at(-1)!.windows;
    expect(Math.abs(windowsIn(events).at(-1)!.window - told)).toBeLessThanOrEqual(4);
  });

  test("goes on at the schedule's own rate for that place of the text, however short its windows became", async () => {
    const events = await begin(memoryFileSystem(), { settings: wild });
    const last = events.lastIndexOf(retries(events).at(-1)!);
    const rates = windowsIn(events.slice(last)).map(({ rate }) => rate);
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
    const scale = retries(events).reduce((s, { change }) => (change.setting === "lr" ? s / 4 : s), 1);
    expect(rates[0]).toBeLessThanOrEqual(wild.lr * scale);
    expect(rates[0]).toBeGreaterThan((wild.lr * scale) / 2); // near the beginning of a cosine
    expect(rates.at(-1)).toBeLessThan(wild.lr * scale * 0.02); // and at its end
  });

  test("tells windows again from where it went back to; its own events are numbered without a gap", async () => {
    const events = await begin(memoryFileSystem(), { settings: wild });
    for (const [i, event] of events.entries()) {
      if (event.kind !== "retry") continue;
      expect(event.back).toBeLessThan(event.window);
      const next = windowsIn(events.slice(i))[0]!;
      const again = events.slice(i + 1).find(({ kind }) => kind === "retry" || kind === "window")!;
      if (again.kind === "window") expect(next.window).toBe(event.back + 1);
    }
  });

  test("stopped at any question it asks, comes to the same bits, log and state", async () => {
    const whole = memoryFileSystem();
    const counter = stopAt(Number.POSITIVE_INFINITY);
    const events = own(await begin(whole, { settings: wild, stopping: counter.stopping }));
    expect(counter.asked()).toBeGreaterThan(50);
    for (let k = 0; k < counter.asked(); k++) {
      const disk = memoryFileSystem();
      await begin(disk, { settings: wild, stopping: stopAt(k).stopping });
      const rest = own(await goOn(disk));
      expect(rest, `stopped at question ${k}`).toEqual(events.slice(events.length - rest.length));
      expect(outcome(disk), `stopped at question ${k}`).toEqual(outcome(whole));
    }
  });
});

describe("a run that nothing mends", () => {
  const hopeless = { ...wild, lr: 1e12, tries: 3 };

  test("ends after its tries with the last good model, and comes to the same end when it is gone on with", async () => {
    const disk = memoryFileSystem();
    const events: TrainEvent[] = [];
    const ended = await begin(disk, { settings: hopeless, each: (event) => events.push(event) }).catch(
      (error) => error,
    );
    expect(ended).toMatchObject({ code: "diverged" });
    expect(ended.message).toMatch(
      /^Window \d+: .* After 3 attempts from window \d+ the run ends\. The last good model/,
    );
    expect(retries(events).map((event) => event.attempt)).toEqual([1, 2, 3]);
    const before = outcome(disk);
    await expect(goOn(disk)).rejects.toMatchObject({ code: "diverged", message: ended.message });
    expect(outcome(disk)).toEqual(before);
  });

  test("given more tries goes on as if it had had them from the beginning", async () => {
    const disk = memoryFileSystem();
    const whole = memoryFileSystem();
    await expect(begin(disk, { settings: { ...wild, tries: 2 } })).rejects.toMatchObject({ code: "diverged" });
    await goOn(disk, { settings: { tries: 30 } });
    await begin(whole, { settings: wild });
    const plain = ({ log: _, state: __, ...rest }: ReturnType<typeof outcome>) => rest;
    expect(plain(outcome(disk))).toEqual(plain(outcome(whole)));
    const weights = (each: ReturnType<typeof outcome>) => (each.state as { tensors: unknown }).tensors;
    expect(weights(outcome(disk))).toEqual(weights(outcome(whole)));
  });

  test("with no tries ends at once, holds no second copy, and says what to try", async () => {
    const disk = memoryFileSystem();
    const events: TrainEvent[] = [];
    const settings = { ...hopeless, tries: 0 };
    const ended = await begin(disk, { settings, each: (event) => events.push(event) }).catch((error) => error);
    expect(ended.message).not.toContain("tries to go on");
    expect(ended.hint).toContain("`lr: 250000000000` ");
    expect(retries(events)).toEqual([]);
    expect((outcome(disk).state as { about: object }).about).not.toHaveProperty("recovery.lastGood");
  });
});
