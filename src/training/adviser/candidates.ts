// Among which settings the adviser chooses, which of them are timed, and how long it may take.

import { usageError } from "../../base/errors.js";
import { binarySize } from "../../base/size.js";
import type { CheckedSettings } from "../settings/settings.js";
import { epochsOf } from "../settings/training-settings.js";
import type { Candidate } from "./rule.js";
import { bytesOf, type Lab } from "./trials.js";

/** Among these it is chosen, as far as text and memory go. */
const BPTTS = [8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256];
const BATCHES = [8, 12, 16, 24, 32, 48, 64, 96, 128];
/**
 * The advice takes a fifth of the run's time, but ten seconds or half of it at least, and never longer than three
 * minutes.
 */
const PART = 0.2;
const LEAST = 10;
const MOST = 180;

/**
 * What fits text and memory; what the caller gave stands as it is. Throws a usage error where nothing fits the memory.
 */
export function candidatesOf(lab: Lab, given: readonly string[], bytes: number): Candidate[] {
  const { settings, corpus } = lab;
  const values = (name: "bptt" | "batch", all: readonly number[]) => (given.includes(name) ? [settings[name]] : all);
  const all = values("bptt", BPTTS).flatMap((bptt) => values("batch", BATCHES).map((batch) => ({ bptt, batch })));
  // Trials begin anywhere in the text's first half, and a lane is some windows long.
  const long = all.filter(({ bptt, batch }) => batch * (4 * bptt + 1) <= corpus.train.length / 2);
  const some = long.length > 0 ? long : all.slice(0, 1);
  const fitting = some.filter((each) => bytesOf(lab, each, true) <= bytes);
  if (fitting.length > 0) return fitting;
  const least = binarySize(bytesOf(lab, some[0]!, true));
  throw usageError(
    `Advice trains models to try, and wants ${least} of memory for the smallest ` +
      `of them and one beside it; there are ${binarySize(bytes)}.`,
    "Give it more memory, or a smaller model: `hidden`, `layers`.",
  );
}

/**
 * Which settings are timed: lanes a doubling apart, and of each windows of about 8, 24 and 64, as far as they are
 * candidates.
 */
export function timedOf(candidates: readonly Candidate[]): Candidate[] {
  const doublings: number[] = [];
  for (const { batch } of candidates.toSorted((a, b) => a.batch - b.batch)) {
    if (batch >= 2 * (doublings.at(-1) ?? 0)) doublings.push(batch);
  }
  return doublings.flatMap((batch) => {
    const bptts = candidates.filter((each) => each.batch === batch).map(({ bptt }) => bptt);
    const near = (wanted: number) => bptts.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0]!;
    return [...new Set([near(8), near(24), near(64)])].map((bptt) => ({ bptt, batch }));
  });
}

/** From windows of 32 lanes and 32 tokens, with which the brief training goes where it can. */
export function distance({ bptt, batch }: Candidate): number {
  const ratio = (a: number, b: number) => Math.max(a, b) / Math.min(a, b);
  return ratio(bptt, 32) * ratio(batch, 32);
}

/** From what a window takes: the run's seconds, by the length that the settings ask for, and the advice's. */
export function clockOf(settings: CheckedSettings, length: number, first: Candidate) {
  const { minutes, steps } = settings;
  const tokens = steps === undefined ? epochsOf(settings) * length : steps * settings.bptt * settings.batch;
  return (window: number) => {
    const seconds = minutes === undefined ? (tokens * window) / (first.bptt * first.batch) : 60 * minutes;
    return { seconds, advice: Math.min(MOST, Math.max(PART * seconds, Math.min(LEAST, seconds / 2))) };
  };
}
